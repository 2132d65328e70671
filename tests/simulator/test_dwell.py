"""Who is at a node for too long is told of once, at the first report that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.choices import ArmChoice
from data.incidents import CompensationArm, Incident, IncidentType
from simulator.customers import Grievance, reaction_probabilities
from simulator.errors import ScenarioValueError
from simulator.incident_log import IncidentRecord
from simulator.ledger import simulate_audited
from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.run import WorldRun, simulate
from simulator.scenario.schema import Scenario
from simulator.truth.compensation import compensation_truth
from simulator.truth.redrawn import redrawn_truth
from simulator.truth.routing import routing_truth
from simulator.world import World

Change = Callable[..., Scenario]
LIMIT_HOURS = 14.0
N_ORDERS = 900
WATCHED = {
    "customers.dwell_limit_hours": LIMIT_HOURS,
    "customers.churn.per_day_dwelt": 0.4,
    "customers.cancellation": {"share": 0.1, "after_hours_quantiles": [0.1, 16, 30]},
    "nodes.2.stock": {"reorder_point_days": 0.3, "order_up_to_days": 0.8, "replenishment_hours": 30.0},
    "disruptions": [{"kind": "node_outage", "node": "nuremberg", "starts_at": 4, "ends_at": 24, "reports": "stopped"}],
}


@pytest.fixture(scope="module")
def watched(changed: Change) -> WorldRun:
    return simulate_audited(changed(WATCHED), CheapestFromNearest(), UniformCompensation(), n_orders=N_ORDERS, seed=21)


def overruns(run: WorldRun) -> dict[int, IncidentRecord]:
    return {one.order: one for one in run.record.incidents if one.grievance.dwell_hours > 0}


def test_the_first_report_that_shows_a_dwell_over_the_limit_opens_the_incident_and_no_other_does(
    watched: WorldRun,
) -> None:
    told, lanes = overruns(watched), watched.stage.table.lanes
    reported_at = [np.array(history.observed_at_hours) for history in watched.record.reports]
    placed, shipped = watched.stage.demand.placed_at_hours, np.array(watched.record.shipped_at_hours)
    left_at = np.array([watched.record.cancelled_at_hours.get(order, at) for order, at in enumerate(shipped.tolist())])
    assert len(told) > 100
    for order, lane in enumerate(watched.lane_of):
        of_node = reported_at[lanes[lane].node]
        first = of_node[of_node - placed[order] > LIMIT_HOURS][:1]
        # At the very moment of a report what is collected or cancelled has left before it.
        first = first[first < left_at[order]]
        assert [told[order].occurred_at_hours for _ in first] == first.tolist()
        assert (order in told) == bool(len(first))
        if order in told:
            short = watched.stock_out[order]
            assert told[order].grievance.incident_type == ("stock_out" if short else "dwell_overrun")


def test_an_order_has_one_incident_and_a_late_order_that_was_told_of_has_no_second(watched: WorldRun) -> None:
    orders = [one.order for one in watched.record.incidents]
    assert len(orders) == len(set(orders))
    delivered, promised = np.array(watched.record.delivered_at_hours), watched.stage.demand.promised_at_hours
    assert sum(delivered[order] > promised[order] for order in overruns(watched)) > 20
    assert any(order in watched.record.cancelled_at_hours for order in overruns(watched))


def test_telling_changes_nothing_that_happens_to_an_order(watched: WorldRun, changed: Change) -> None:
    unwatched = {name: value for name, value in WATCHED.items() if "dwel" not in name}
    run = simulate(changed(unwatched), watched.routing, watched.compensation, n_orders=N_ORDERS, seed=21)
    assert run.record.delivered_at_hours.tobytes() == watched.record.delivered_at_hours.tobytes()
    assert not overruns(run)
    assert "dwell_hours" not in run.decision_log().incidents
    also_told = {one.order for one in watched.record.incidents} - set(overruns(watched))
    assert also_told == {one.order for one in run.record.incidents} - set(overruns(watched))


def test_the_log_and_the_policy_are_told_how_long(watched: WorldRun) -> None:
    seen: list[Incident] = []

    class Curious:
        name = "curious"

        def choose(self, incident: Incident, uniform: float) -> ArmChoice:
            seen.append(incident)
            return UniformCompensation().choose(incident, uniform)

    simulate(watched.stage.scenario, watched.routing, Curious(), n_orders=N_ORDERS, seed=21)
    table = watched.decision_log().incidents.set_index("incident_id")
    waited = table["incident_type"] == "dwell_overrun"
    assert (table.loc[waited, "dwell_hours"] > LIMIT_HOURS).all()
    assert (table.loc[table["incident_type"].isin(["late", "lost", "damaged"]), "dwell_hours"] == 0).all()
    assert {one.incident_id: one.dwell_hours for one in seen} == table["dwell_hours"].to_dict()


def test_each_day_of_dwell_adds_to_the_log_odds_of_leaving(watched: WorldRun) -> None:
    spec = watched.stage.scenario.customers
    waited = Grievance(IncidentType.DWELL_OVERRUN, 0, 0.25, 0.0, 0, 10_000, dwell_hours=36.0)
    odds = [
        np.log(p / (1 - p))
        for p in (
            reaction_probabilities(spec, one, CompensationArm.NONE)[1]
            for one in (waited, replace(waited, dwell_hours=0))
        )
    ]
    assert odds[0] - odds[1] == pytest.approx(0.4 * 1.5 * 0.75)


def test_a_snapshot_goes_on_to_the_same_incidents(watched: WorldRun) -> None:
    world = World(watched.stage, watched.routing, watched.compensation)
    world.open()
    while world.next_event()[0] < 26:
        world.step()
    before = len(world.record.incidents)
    branch = World(watched.stage, watched.routing, watched.compensation)
    branch.restore(world.snapshot())
    branch.run()
    assert 0 < before < len(watched.record.incidents)
    assert branch.record.incidents == watched.record.incidents[before:]
    # What went on from the snapshot took nothing from it.
    world.run()
    assert world.record.incidents == watched.record.incidents


def test_truth_is_exact_where_dwell_is_watched(watched: WorldRun, changed: Change) -> None:
    assert len(routing_truth(watched, watched.fulfilled_orders()[::20], redraws=0))
    assert set(compensation_truth(watched)["incident_id"]) == set(watched.decision_log().incidents["incident_id"])
    # Where reactions come back as demand, futures answer incidents as well.
    scenario = changed({**WATCHED, "customers.feedback": {"latent_share": 0.2}, "customers.n_customers": 150})
    run = simulate(scenario, UniformRouting(), UniformCompensation(), n_orders=300, seed=22)
    truth = redrawn_truth(run, run.fulfilled_orders()[150:152], redraws=2, seed=1)
    assert np.isfinite(truth["expected_lateness_hours"]).all()


@pytest.mark.parametrize("limit", [0, -3, float("nan"), "a day", 10**6])
def test_a_limit_that_is_none_is_refused(changed: Change, limit: Any) -> None:
    with pytest.raises(ScenarioValueError, match=r"customers\.dwell_limit_hours"):
        changed({"customers.dwell_limit_hours": limit})
