"""Between two reports an operator reckons on: orders that were sent come on top, hours that were planned come off."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.choice_sets import ChoiceSet
from data.choices import Choice
from decision.exploration import RulePolicy
from simulator.reckoning import RECKONED_EVERY_HOURS, Reckoning
from simulator.reference_policies import UniformCompensation
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario
from simulator.snapshot import Snapshot
from simulator.stage import set_stage
from simulator.world import World


@given(
    st.floats(0, 20),
    st.lists(st.tuples(st.integers(0, 40), st.floats(0, 2)), min_size=1, max_size=12),
)
def test_a_queue_that_is_reckoned_step_by_step_is_lindleys(at_first: float, steps: list[tuple[int, float]]) -> None:
    """Hands that had nothing to do are lost: the most of what any span of steps leaves (Lindley 1952)."""
    each = 0.05
    known = Reckoning(0.0, at_first, 2 * at_first)
    for place, (n_sent, hours) in enumerate(steps):
        known = known.later(place + 1.0, n_sent, (hours, hours), (each, 2 * each))
    sent, worked = each * np.array([n for n, _ in steps]), np.array([hours for _, hours in steps])
    left = np.cumsum((sent - worked)[::-1])[::-1]
    since = sent + np.append(left[1:], 0.0)
    assert known.pick_work == pytest.approx(max(at_first + left[0], since.max()), abs=1e-9)
    assert known.pack_work >= known.pick_work - 1e-9


def test_where_nobody_is_there_the_work_is_never_done() -> None:
    closed = Reckoning(0.0, inf, inf).later(0.25, 0, (3.0, 3.0), (inf, inf))
    assert closed.later(0.5, 2, (3.0, 3.0), (inf, inf)) == Reckoning(0.5, inf, inf)


@pytest.fixture(scope="module")
def moments() -> list[Snapshot]:
    """A network of which one node reports twice a day, at some moments of three days."""
    scenario = load_scenario("small")
    world = World(set_stage(scenario, 29, 4_000), RulePolicy(), UniformCompensation())
    world.open()
    taken = []
    for hours in np.arange(7.1, 76.0, 1.3):
        world.run_until(float(hours))
        taken.append(world.snapshot())
    return taken


def test_every_node_is_reckoned_anew_each_half_hour(moments: list[Snapshot]) -> None:
    for moment in moments:
        ages = [moment.now - known.at_hours for known in moment.reckonings]
        assert min(ages) >= 0
        assert max(ages) < RECKONED_EVERY_HOURS
        assert all(
            known.at_hours >= told.observed_at_hours
            for known, told in zip(moment.reckonings, moment.reports, strict=True)
        )


def test_what_is_reckoned_is_nearer_to_the_truth_than_an_old_report(small: Scenario, moments: list[Snapshot]) -> None:
    seldom = int(np.argmax([node.reporting_interval_hours for node in small.nodes]))
    stage = set_stage(small, 29, 4_000)
    pick_hours = stage.plans[seldom].pick_hours * stage.mean_effort
    truth = np.array([moment.stations[seldom].to_pick * pick_hours for moment in moments])
    told = np.array([moment.reports[seldom].to_pick * pick_hours for moment in moments])
    reckoned = np.array([moment.reckonings[seldom].pick_work for moment in moments])
    assert np.abs(reckoned - truth).mean() < 0.7 * np.abs(told - truth).mean()
    assert np.corrcoef(reckoned, truth)[0, 1] > np.corrcoef(told, truth)[0, 1]


def test_orders_are_counted_as_they_are_sent(moments: list[Snapshot]) -> None:
    counts = [n for moment in moments for by_carrier in moment.sent for n in by_carrier]
    assert max(counts) > 0
    assert min(counts) >= 0


class LeastBusy:
    """Takes the node whose work would be done soonest, and so hangs on every reckoning."""

    name = "least_busy"

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        del uniform
        loads = list(choices.capacity_utilization)
        place = loads.index(min(loads))
        return Choice(place, place, [float(row == place) for row in range(len(loads))])


@pytest.mark.parametrize("hours", [5.2, 8.0, 12.3, 17.4])
def test_a_world_that_goes_on_between_two_reckonings_reckons_the_same(hours: float) -> None:
    stage = set_stage(load_scenario("node_outage"), 29, 900)
    whole = World(stage, LeastBusy(), UniformCompensation())
    whole.open()
    whole.run_until(hours)
    branch = World(stage, LeastBusy(), UniformCompensation())
    branch.restore(whole.snapshot())
    for world in (whole, branch):
        world.run_until(hours + 9.1)
    left, right = whole.snapshot(), branch.snapshot()
    assert (left.reckonings, left.bookings, left.sent) == (right.reckonings, right.bookings, right.sent)
    for world in (whole, branch):
        world.run()
    assert whole.lane_of == branch.lane_of
    late = range(int(np.searchsorted(stage.demand.placed_at_hours, hours)), stage.n_orders)
    assert [whole.record.delivered_at_hours[order] for order in late] == [
        branch.record.delivered_at_hours[order] for order in late
    ]
