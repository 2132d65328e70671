"""Stress: the same days with more and more orders, to see at what multiple of the load the service breaks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from experiments.whatif.contenders import Contender
from experiments.whatif.errors import StudyPlanError
from experiments.whatif.ranges import numbers_of, stepped
from simulator.demand import start_hours
from simulator.scenario.disruptions import DemandSpike
from simulator.scenario.schema import Scenario

DEFAULT_TARGET_SHARE = 0.9
MOST_LOADS = 25
MOST_CONTENDERS = 100
# Within which loads are played: below a tenth a day is empty, and above twenty nothing is left to break.
LEAST_LOAD, MOST_LOAD = 0.1, 20.0
# The lift lasts until the last order has come, however late chance lets that be.
SPARE_HOURS = 24.0 * 7


@dataclass(frozen=True, slots=True)
class Stress:
    """What to stress by.

    Parameters
    ----------
    loads : tuple of float
        Multiples of the scenario's demand, rising.
    target_share : float
        Share of orders on time below which the service counts as broken.
    """

    loads: tuple[float, ...]
    target_share: float = DEFAULT_TARGET_SHARE


def stress_of(loads: str, target: str | None) -> Stress:
    """Read a stress test from the command line: `1:3:0.25`, and a target such as `90%` or `0.9`.

    Raises
    ------
    StudyPlanError
        If the loads or the target cannot be used.

    Examples
    --------
    >>> stress_of("1:2:0.5", "95%")
    Stress(loads=(1.0, 1.5, 2.0), target_share=0.95)
    """
    first, last, step = numbers_of(loads, "--stress")
    found = stepped(first, last, step, most=MOST_LOADS, what="--stress")
    if not LEAST_LOAD <= found[0] <= found[-1] <= MOST_LOAD:
        msg = f"--stress {loads!r}: give multiples of the load from {LEAST_LOAD:g} to {MOST_LOAD:g}"
        raise StudyPlanError(msg)
    return Stress(found, _target(target) if target is not None else DEFAULT_TARGET_SHARE)


def stressed(
    contenders: Sequence[Contender], stress: Stress, n_orders: int, warm_up_days: float
) -> tuple[Contender, ...]:
    """Every contender under every load, load by load; the load holds from the end of the warm-up on.

    Stock and labour stay as they were planned: the extra orders come as a surprise, as those of a promotion do.

    Raises
    ------
    StudyPlanError
        If there are several scenarios, or too many contenders.
    """
    if len({contender.source for contender in contenders}) > 1:
        msg = "--stress plays one scenario under many loads, and there are several; name one scenario"
        raise StudyPlanError(msg)
    if len(contenders) * len(stress.loads) > MOST_CONTENDERS:
        msg = (
            f"{len(stress.loads)} loads of {len(contenders)} policies are more than {MOST_CONTENDERS} to play; take a "
            f"larger step or fewer policies"
        )
        raise StudyPlanError(msg)
    pairs = [(load, contender) for load in stress.loads for contender in contenders]
    return tuple(
        _under(load, contender, place, n_orders, warm_up_days) for place, (load, contender) in enumerate(pairs)
    )


def n_orders_under(load: float, scenario: Scenario, n_orders: int, warm_up_days: float) -> int:
    """How many orders come in the time in which `n_orders` come without the load."""
    before = min(float(n_orders), warm_up_days * scenario.demand.orders_per_day)
    return math.ceil(before + (n_orders - before) * load)


def _under(load: float, contender: Contender, place: int, n_orders: int, warm_up_days: float) -> Contender:
    label, scenario = f"{contender.label} at x{load:g}", contender.scenario
    if load != 1:
        begins = start_hours(scenario) + 24 * warm_up_days
        lasts = 2 * 24 * n_orders / scenario.demand.orders_per_day + SPARE_HOURS
        lift = DemandSpike(kind="demand_spike", multiplier=load, starts_at=begins, ends_at=begins + lasts)
        changes = {"name": f"{scenario.name} x{load:g}", "disruptions": (*scenario.disruptions, lift)}
        scenario = scenario.model_copy(update=changes)
    return replace(contender, label=label, slug=f"contender{place}", scenario=scenario, load=load)


def _target(text: str) -> float:
    number, whole = text.strip().removesuffix("%"), 100 if text.strip().endswith("%") else 1
    try:
        share = float(number) / whole
    except ValueError:
        share = math.nan
    if not 0 < share < 1:
        msg = f"the target is {text!r}; give a share of orders on time between 0 and 1, such as 90%"
        raise StudyPlanError(msg)
    return share
