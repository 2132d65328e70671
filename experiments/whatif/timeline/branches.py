"""Branches: a world is played to an order's decision, and goes on from there once for every candidate.

All other orders keep the candidate that the policy took for them, so whatever differs is this order's action. The
branch of the action taken must come to what the run came to, bit for bit; it is checked every time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.policies import Policies
from experiments.whatif.errors import ReplayError
from experiments.whatif.timeline.journey import Answer, Journey, Step
from experiments.whatif.timeline.watch import Watch
from simulator.clock import Kind
from simulator.lanes import Lane
from simulator.run import WorldRun, finished
from simulator.snapshot import Snapshot
from simulator.stage import Stage
from simulator.tariffs import carbon_kg, cost_minor
from simulator.world import World


@dataclass(frozen=True)
class Fork:
    """A run that was played to its end, and the state just before one order's decision."""

    run: WorldRun
    snapshot: Snapshot
    order: int
    policies: Policies


def fork_at(stage: Stage, policies: Policies, order: int) -> Fork:
    """Play a run to its end and keep the state just before an order's decision."""
    world = World(stage, policies.routing, policies.compensation)
    world.open()
    world.run_until_order(order)
    snapshot = world.snapshot()
    world.run()
    return Fork(finished(world, policies.routing, policies.compensation), snapshot, order, policies)


def journeys_of(fork: Fork) -> tuple[Journey, ...]:
    """The order under each of its candidates: the one taken first, the others as they arrive.

    Raises
    ------
    ReplayError
        If playing the action taken once more does not come to what the run came to.
    """
    stage, order = fork.run.stage, fork.order
    menu, taken = stage.table.menus[int(stage.menu_of[order])], fork.run.record.chosen[order]
    journeys = [_journey(fork, place, is_factual=place == taken) for place in range(len(menu.lanes))]
    _require_factual(fork, journeys[taken])
    others = [journey for journey in journeys if not journey.is_factual]
    return (journeys[taken], *sorted(others, key=lambda item: (item.delivered_at_hours or np.inf, item.candidate_id)))


def _journey(fork: Fork, place: int, *, is_factual: bool) -> Journey:
    stage, order = fork.run.stage, fork.order
    prescribed = list(fork.run.record.chosen)
    prescribed[order] = place
    world = World(stage, fork.policies.routing, fork.policies.compensation, prescribed)
    world.restore(fork.snapshot)
    lane_place = stage.table.menus[int(stage.menu_of[order])].lanes[place]
    steps = _followed(world, order, stage.table.lanes[lane_place])
    return _told(world, order, lane_place, steps, is_factual=is_factual)


def _followed(world: World, order: int, lane: Lane) -> tuple[Step, ...]:
    """Let the world go on until the order has arrived, or was cancelled, and its incident is answered."""
    world.step()
    steps = Watch(world, order, lane).follow()
    if _is_due(world, order):
        n_before = len(world.record.incidents)
        while all(incident.order != order for incident in world.record.incidents[n_before:]):
            world.step()
    return steps


def _is_due(world: World, order: int) -> bool:
    """Whether an incident of the order is still to be answered."""
    return any(kind == Kind.INCIDENT and entity[0] == order for _, kind, _, entity in world.due())


def _told(world: World, order: int, lane_place: int, steps: tuple[Step, ...], *, is_factual: bool) -> Journey:
    stage, record = world.stage, world.record
    scenario, lane = stage.scenario, stage.table.lanes[lane_place]
    orders, lanes = np.array([order]), np.array([lane_place])
    delivered_at, cancelled_at = record.delivered_at_hours[order], record.cancelled_at_hours.get(order)
    return Journey(
        candidate_id=lane.candidate_id,
        node=scenario.nodes[lane.node].node_id,
        carrier=scenario.carriers[lane.carrier].carrier_id,
        service_level=scenario.service_levels[lane.service_level].service_level,
        is_factual=is_factual,
        steps=steps,
        delivered_at_hours=delivered_at if cancelled_at is None else None,
        cancelled_at_hours=cancelled_at,
        hours_late=delivered_at - float(stage.demand.promised_at_hours[order]),
        lost=bool(record.lost[order]),
        damaged=bool(record.damaged[order]),
        stock_out=bool(world.stock_out[order]),
        cost_minor=int(cost_minor(stage, orders, lanes)[0]) if cancelled_at is None else 0,
        carbon_kg=float(carbon_kg(stage, lanes, stage.demand.n_units[orders])[0]) if cancelled_at is None else 0.0,
        answer=_answer(world, order),
    )


def _answer(world: World, order: int) -> Answer | None:
    for incident in world.record.incidents:
        if incident.order == order:
            return Answer(
                incident.grievance.incident_type.value,
                incident.occurred_at_hours,
                incident.choice.arm.value,
                incident.cost_minor,
                bool(incident.repurchase),
                bool(incident.churn),
            )
    return None


def _require_factual(fork: Fork, journey: Journey) -> None:
    record, order = fork.run.record, fork.order
    delivered_at, cancelled_at = record.delivered_at_hours[order], record.cancelled_at_hours.get(order)
    same = journey.delivered_at_hours == (delivered_at if cancelled_at is None else None)
    if not (
        same and journey.cancelled_at_hours == cancelled_at and journey.stock_out == bool(fork.run.stock_out[order])
    ):
        msg = (
            f"playing the action of order {order} once more came to {journey.delivered_at_hours}, and the run to "
            f"{delivered_at}; this is a fault of ours: report scenario, seed and order"
        )
        raise ReplayError(msg)
