"""When a node will be done: read off what its candidates tell of its work and of the labour until their cut-offs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS, ChoiceSets
from decision.routing.clearing import clearing_hours
from decision.routing.features import Imputation
from decision.routing.stages import STAGE_NAMES, stage_columns

QUEUE = STAGE_NAMES.index("queue_hours")


def asked(
    hours: list[float], load: list[float], node: list[int] | None = None, offsets: tuple[int, ...] = ()
) -> ChoiceSets:
    """Candidates with these cut-offs and loads, of one order unless told otherwise, of one node unless told."""
    told = {name: np.ones(len(hours)) for name in CANDIDATE_COLUMNS}
    told |= {"hours_to_cut_off": np.array(hours), "capacity_utilization": np.array(load)}
    told["distance_km"] = np.array(node or [1] * len(hours), dtype=np.float64)
    ends = np.array(offsets or (0, len(hours)))
    return ChoiceSets({name: np.ones(len(ends) - 1) for name in ORDER_COLUMNS}, told, ends)


def test_a_node_is_done_when_its_people_have_done_its_work() -> None:
    # One picker for eight hours of the night, then three: 14 hours of work are done after ten.
    assert clearing_hours(asked([8.0, 12.0], [14 / 8, 14 / 20])) == pytest.approx(10)


@given(
    shifts=st.lists(st.tuples(st.floats(0.5, 12), st.integers(1, 9)), min_size=1, max_size=6),
    share=st.floats(0.05, 1.0),
)
def test_cut_offs_at_the_changes_of_shift_tell_the_very_hour(shifts: list[tuple[float, int]], share: float) -> None:
    ends = np.cumsum([hours for hours, _ in shifts])
    offered = np.cumsum([hours * people for hours, people in shifts])
    work = share * offered[-1]
    known = work / offered < 10
    found = clearing_hours(asked(ends[known].tolist(), (work / offered)[known].tolist()))
    first = int(np.argmax(known))
    # Before the first cut-off that still tells something, an even pace is all that can be assumed.
    times = np.concatenate(([0.0], ends[first:]))
    assert found == pytest.approx(np.interp(work, np.concatenate(([0.0], offered[first:])), times), rel=1e-9)


def test_nodes_at_one_distance_are_not_one_node() -> None:
    # A calm node has nothing to say of a busy one on the same site.
    sets = replace(asked([8.0, 8.0], [0.1, 5.0]), node_id=["calm", "busy"])
    assert clearing_hours(sets) == pytest.approx([0.8, 40])


def test_services_of_one_node_share_its_queue_however_far_each_goes() -> None:
    # By air and by road; 14 hours of work are done after ten.
    sets = replace(asked([8.0, 12.0], [14 / 8, 14 / 20], node=[1, 2]), node_id=["one", "one"])
    assert clearing_hours(sets) == pytest.approx([10, 10])


def test_nodes_of_one_name_in_two_orders_are_not_mixed() -> None:
    sets = replace(asked([8.0, 8.0, 8.0], [0.1, 5.0, 2.0], offsets=(0, 1, 3)), node_id=["one", "one", "other"])
    assert clearing_hours(sets) == pytest.approx([0.8, 40, 16])


def test_beyond_the_last_cut_off_a_node_goes_on_at_its_pace_so_far() -> None:
    # Two people, 40 hours of work.
    sets = asked([3.0, 5.0], [40 / 6, 40 / 10])
    assert clearing_hours(sets) == pytest.approx(20)
    # Whoever collects later waits less for the same work.
    assert stage_columns(sets, Imputation())[:, QUEUE] == pytest.approx([17, 15])


def test_a_report_that_is_capped_hides_no_queue_that_another_cut_off_tells() -> None:
    assert clearing_hours(asked([0.5, 5.0], [10.0, 4.0])) == pytest.approx(20)
    # Where all are capped, it is ten times the latest at least.
    assert clearing_hours(asked([0.5, 5.0], [10.0, 10.0])) == pytest.approx(50)


def test_a_load_beyond_the_cap_is_taken_as_it_is_told() -> None:
    assert clearing_hours(asked([2.0], [90.0])) == pytest.approx(180)
    assert clearing_hours(asked([0.5, 3.0], [90.0, 20.0])) == pytest.approx(60)
    # What forests see of it ends where their lessons did; the queue is reckoned.
    stages = stage_columns(asked([3.0], [20.0]), Imputation())[0]
    seen = [stages[STAGE_NAMES.index(name)] for name in ("utilization", "work_hours", "queue_hours")]
    assert seen == pytest.approx([10, 30, 57])


def test_a_collection_that_has_passed_erases_no_queue() -> None:
    assert clearing_hours(asked([-1.0, 20.0], [0.4, 3.0])) == pytest.approx(60)
    assert clearing_hours(asked([0.0, 20.0, 30.0], [3.0, 3.0, 3.0])) == pytest.approx(90)
    # Of a node that tells of no other, nothing is known to be ahead.
    assert clearing_hours(asked([-1.0, 0.0], [0.4, 3.0])).tolist() == [0.0, 0.0]


def test_the_same_load_at_every_cut_off_is_no_pace() -> None:
    assert clearing_hours(asked([2.0, 5.0], [2.0, 2.0])) == pytest.approx(10)
    assert clearing_hours(asked([2.0, 5.0], [0.5, 0.5])) == pytest.approx(1)


def test_an_idle_node_is_done_now() -> None:
    assert clearing_hours(asked([2.0, 5.0], [0.0, 0.0])).tolist() == [0.0, 0.0]


def test_other_nodes_and_other_orders_say_nothing() -> None:
    alone = clearing_hours(asked([3.0, 5.0], [3.0, 2.0]))
    mixed = clearing_hours(asked([3.0, 4.0, 5.0, 5.0], [3.0, 9.0, 2.0, 9.0], [1, 2, 1, 1], (0, 3, 4)))
    assert mixed[[0, 2]].tolist() == alone.tolist()
    assert mixed[[1, 3]] == pytest.approx([36, 45])


def test_the_order_of_candidates_does_not_matter() -> None:
    hours, load = [3.0, 3.0, 5.0, 9.0, 0.0], [3.0, 2.5, 2.0, 0.9, 4.0]
    found = clearing_hours(asked(hours, load))
    for turn in range(1, 5):
        turned = asked(hours[turn:] + hours[:turn], load[turn:] + load[:turn])
        assert clearing_hours(turned) == pytest.approx(found[0], abs=0)


def test_an_old_report_is_brought_up_to_the_mean_of_fresh_ones_in_a_peak() -> None:
    sets = asked([2.0, 4.0, 4.0, 4.0, 4.0], [6.0, 3.0, 1.5, 0.5, 9.0], [1, 1, 2, 3, 4])
    aged = replace(sets, candidate={**sets.candidate, "observation_age_hours": np.array([1.0, 1.0, 1.0, 5.0, 5.0])})
    # Done in 12, 6, 2 and 36 hours by what they report; fresh ones speak by their services.
    assert clearing_hours(aged) == pytest.approx([12, 12, 6, 2, 36])
    assert clearing_hours(aged, 9.9) == pytest.approx([12, 12, 6, 10, 36])
    # A node that has stopped is no peak.
    stopped = replace(aged, candidate={**aged.candidate, "capacity_utilization": np.array([10.0, 10.0, 1.5, 0.5, 9.0])})
    assert clearing_hours(stopped, 9.9) == pytest.approx([40, 40, 6, 2, 36])
    # The longest fresh queue is ten hours.
    assert clearing_hours(aged, 10.0) == pytest.approx([12, 12, 6, 2, 36])


@pytest.mark.parametrize("broken", [np.nan, np.inf])
@pytest.mark.parametrize("column", ["capacity_utilization", "hours_to_cut_off"])
def test_a_number_that_is_none_spoils_no_neighbour(column: str, broken: float) -> None:
    sets = asked([3.0, 5.0, 7.0], [40 / 6, 40 / 10, 40 / 14])
    spoilt = replace(
        sets, candidate={**sets.candidate, column: np.where(np.arange(3) == 1, broken, sets.candidate[column])}
    )
    assert clearing_hours(spoilt)[[0, 2]] == pytest.approx(20)
    assert np.isfinite(stage_columns(spoilt, Imputation())[[0, 2]]).all()
