"""Asking for a timeline: which world, which order, and who decided."""

from __future__ import annotations

import math
from dataclasses import dataclass

from data.home import Home
from data.objective import DEFAULT_WEIGHTS
from experiments.whatif.affordability import BYTES_PER_WORKER, StudyCost, require_affordable
from experiments.whatif.contenders import build_policies, policy_spec
from experiments.whatif.errors import StudyPlanError, StudyTooLargeError
from experiments.whatif.timeline.branches import fork_at, journeys_of
from experiments.whatif.timeline.journey import Timeline
from simulator.demand import day_zero
from simulator.identifiers import order_id
from simulator.run import estimated_cost, require_usable
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario
from simulator.stage import set_stage

# Orders that come after the one looked at use up stock and hands it may wait for, so they are played too.
DAYS_AFTER = 2.0
MOST_AFTER = 20_000


@dataclass(frozen=True, slots=True)
class TimelineRequest:
    """What to look at.

    Parameters
    ----------
    order : str
        A number, 0 for the first, or an identifier such as O0000123.
    policy : str
        Who decided for everybody, named as a contender of a study is.
    n_orders : int or None
        Orders of the run; None is as many as come until two days after. A study's own number makes it the study's run.
    """

    scenario: str
    order: str
    seed: int
    policy: str
    n_orders: int | None = None
    force: bool = False


def timeline_of(request: TimelineRequest, home: Home) -> Timeline:
    """Play the run, then the order once more under each of its candidates.

    Raises
    ------
    WhatIfError
        If the order is not in the run, or the policy cannot be read.
    SimulatorError
        If the scenario or the seed cannot be used, or the run is too large and not forced.
    """
    scenario, order = load_scenario(request.scenario), _number(request.order)
    spec = policy_spec(request.policy, DEFAULT_WEIGHTS, home)
    n_orders = request.n_orders if request.n_orders is not None else _enough(scenario, order)
    require_usable(n_orders, request.seed)
    if order >= n_orders:
        msg = f"order {order:,} is not among the {n_orders:,} orders of the run; give one from 0 to {n_orders - 1:,}"
        raise StudyPlanError(msg)
    if not request.force:
        _require_affordable(scenario, n_orders, order, is_stated=request.n_orders is not None)
    stage = set_stage(scenario, request.seed, n_orders)
    journeys = journeys_of(fork_at(stage, build_policies(spec), order))
    return Timeline(
        scenario=scenario.name,
        policy=spec.label,
        seed=request.seed,
        n_orders=n_orders,
        order=order,
        order_id=order_id(order),
        region=scenario.regions[int(stage.demand.region[order])].region_id,
        zero=day_zero(scenario),
        placed_at_hours=float(stage.demand.placed_at_hours[order]),
        promised_at_hours=float(stage.demand.promised_at_hours[order]),
        journeys=journeys,
    )


def _require_affordable(scenario: Scenario, n_orders: int, order: int, *, is_stated: bool) -> None:
    seconds, n_bytes = estimated_cost(scenario, n_orders)
    cost = StudyCost(seconds, seconds, n_bytes + BYTES_PER_WORKER)
    if is_stated:
        require_affordable(cost)
    elif cost.is_too_large:
        day = order / scenario.demand.orders_per_day
        msg = (
            f"order {order:,} comes only after about {day:,.0f} days of {scenario.name!r}, in a run of {n_orders:,} "
            f"orders that would take about {cost}; name an earlier order, say how many the run has with --orders, or "
            f"pass --force"
        )
        raise StudyTooLargeError(msg)


def _number(text: str) -> int:
    digits = text.strip().removeprefix("O")
    if not (digits.isascii() and digits.isdecimal()):
        msg = f"--order {text!r} is no order; give its number, 0 for the first, or an identifier such as O0000123"
        raise StudyPlanError(msg)
    return int(digits) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS


_MOST_DIGITS = 12


def _enough(scenario: Scenario, order: int) -> int:
    return order + 1 + min(MOST_AFTER, math.ceil(DAYS_AFTER * scenario.demand.orders_per_day))
