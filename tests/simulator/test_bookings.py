"""Between two reports an operator counts parcels on: those sent come on top, a collection takes its cap."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from decision.exploration import RulePolicy
from simulator.bookings import Bookings
from simulator.reference_policies import UniformCompensation
from simulator.scenario.loading import load_scenario
from simulator.stage import set_stage
from simulator.world import World

CAP = 12


@given(st.integers(0, 60), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), min_size=1, max_size=12))
def test_parcels_counted_on_step_by_step_are_lindleys(at_first: int, steps: list[tuple[int, int]]) -> None:
    """Room that no parcel took is lost: the most of what any span of steps leaves (Lindley 1952)."""
    known, calls = Bookings((at_first,), (5,)), 5
    for n_sent, n_calls in steps:
        calls += n_calls
        known = known.later((n_sent,), (calls,), (CAP,))
    sent, taken = np.array([n for n, _ in steps]), CAP * np.array([n for _, n in steps])
    left = np.cumsum((sent - taken)[::-1])[::-1]
    since = sent + np.append(left[1:], 0)
    assert known == Bookings((max(at_first + int(left[0]), int(since.max())),), (calls,))


def test_a_collection_that_takes_nothing_is_as_full_as_can_be_told() -> None:
    assert Bookings((3, 3), (0, 0)).shares((0, 4), most=10.0) == [10.0, 0.75]


def test_what_is_counted_on_is_nearer_to_the_truth_than_an_old_report() -> None:
    scenario = load_scenario("small")
    seldom = int(np.argmax([node.reporting_interval_hours for node in scenario.nodes]))
    world = World(set_stage(scenario, 29, 4_000), RulePolicy(), UniformCompensation())
    world.open()
    truth, told, reckoned = [], [], []
    for hours in np.arange(7.1, 76.0, 1.3):
        world.run_until(float(hours))
        moment = world.snapshot()
        truth.append(moment.stations[seldom].booked)
        told.append(moment.reports[seldom].booked)
        reckoned.append(moment.bookings[seldom].parcels)
    far = [np.abs(np.array(column) - np.array(truth)).mean() for column in (told, reckoned)]
    assert far[1] < 0.5 * far[0]


def test_until_a_carrier_calls_what_was_sent_is_on_top_of_what_was_told() -> None:
    stage = set_stage(load_scenario("small"), 29, 4_000)
    world = World(stage, RulePolicy(), UniformCompensation())
    world.open()
    n_checked = 0
    for hours in np.arange(7.1, 40.0, 1.3):
        world.run_until(float(hours))
        moment, placed_at = world.snapshot(), stage.demand.placed_at_hours
        taken = np.array(moment.lane_of)
        for node, report in enumerate(moment.reports):
            since = (taken >= 0) & (placed_at > report.observed_at_hours)
            mine = taken[since & (stage.table.node[taken] == node)]
            for carrier, timetable in enumerate(stage.plans[node].waves):
                if timetable.last_until(moment.now) == timetable.last_until(report.observed_at_hours):
                    sent = int((stage.table.carrier[mine] == carrier).sum())
                    known = moment.bookings[node].parcels[carrier] + moment.sent[node][carrier]
                    assert known == report.booked[carrier] + sent
                    n_checked += sent
    assert n_checked > 50
