"""Validation: a scenario, or one calibrated on the earlier orders of a history, held against the later ones."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.history.dataset import OrderHistory
from simulator.calibration.calibrate import calibrate
from simulator.calibration.wishes import CalibrationWishes
from simulator.errors import ValidationError
from simulator.run import WorldRun, require_usable
from simulator.scenario.loading import load_scenario, scenario_hash
from simulator.scenario.schema import Scenario
from simulator.validation.comparison import MIN_ORDERS, Comparison, compared
from simulator.validation.demand_profiles import Profile, demand_profiles
from simulator.validation.groups import LEVEL
from simulator.validation.observed import Observed, of_run, pooled
from simulator.validation.playing import (
    WARM_UP_HOURS,
    VolumeError,
    as_asked,
    replayed,
    replays_exactly,
    says_actions,
)
from simulator.validation.shared_luck import FEWEST_RUNS
from simulator.validation.source import Source

DEFAULT_HELD_OUT = 0.3
DEFAULT_SEEDS, MOST_SEEDS = 8, 100
OWN_DEMAND, TRACE = "own demand, shipped as asked", "trace replay: the history's orders, shipped as logged"


@dataclass(frozen=True)
class ValidationWishes:
    """What to compare, and how much of the world to play.

    Parameters
    ----------
    scenario : str or None
        Name or path; None calibrates one on the earlier part of the history.
    base : str
        What a calibration is based on.
    held_out : float or None
        Share of the orders, the last ones, to compare with; None is all with a scenario and DEFAULT_HELD_OUT without.
    n_seeds : int
        Under how many seeds, from `seed` on, to play the world: how they differ says what orders share. One takes
        orders for independent.
    """

    scenario: str | None
    base: str
    n_orders: int
    seed: int
    held_out: float | None = None
    n_seeds: int = DEFAULT_SEEDS


@dataclass(frozen=True)
class Validation:
    """What was found.

    Parameters
    ----------
    history, world : Observed
        The orders compared, the world's stated as the history states them.
    drift_hours : dict of str to float
        By service level, how much longer the history's own later orders took than its earlier ones.
    exact_replay : dict or None
        Orders of a simulated log that the same world, seed and actions play again to the microsecond.
    notes : tuple of str
        What a reader should know before believing the rest.
    """

    source: Source
    scenario: Scenario
    is_calibrated: bool
    mode: str
    history: Observed
    world: Observed
    comparisons: list[Comparison]
    profiles: list[Profile]
    drift_hours: dict[str, float]
    exact_replay: dict[str, int] | None
    notes: tuple[str, ...]


def require_wishes(wishes: ValidationWishes) -> None:
    """Refuse what makes no validation before anything is read.

    Raises
    ------
    ValidationError
        If the held-out share is not one.
    SimulatorError
        If the number of orders or the seed makes no run.
    """
    require_usable(wishes.n_orders, wishes.seed)
    if wishes.n_seeds not in {1, *range(FEWEST_RUNS, MOST_SEEDS + 1)}:
        msg = (
            f"seeds is {wishes.n_seeds}; give 1, which takes orders for independent, or from {FEWEST_RUNS} to "
            f"{MOST_SEEDS}, whose spread says what orders share"
        )
        raise ValidationError(msg)
    require_usable(wishes.n_orders, wishes.seed + wishes.n_seeds - 1)
    if wishes.held_out is not None and not 0 < wishes.held_out < 1:
        msg = f"held-out is {wishes.held_out}; give a share of the orders between 0 and 1, such as {DEFAULT_HELD_OUT}"
        raise ValidationError(msg)


def validate(source: Source, wishes: ValidationWishes) -> Validation:
    """Compare a world with what happened.

    Raises
    ------
    ValidationError
        If there are too few orders, or a decision log comes without a scenario.
    SimulatorError
        If the scenario cannot be used, or calibration fails.
    """
    require_wishes(wishes)
    held_out = wishes.held_out
    if held_out is None and wishes.scenario is None:
        held_out = DEFAULT_HELD_OUT
    earlier, later = _parts(source.observed, held_out)
    scenario = _scenario(source, wishes, earlier)
    notes: list[str] = []
    mode, history, world = _played(later, scenario, wishes, notes)
    if not set(history.orders["region"]) & set(world.orders["region"]):
        notes.append("the world has none of the history's regions: is it the scenario of this history?")
    if len(history) < MIN_ORDERS:
        msg = (
            f"{len(history)} orders are too few to compare anything with; bring at least {MIN_ORDERS} "
            "that come after the first day, which is left out because a world starts without queues"
        )
        raise ValidationError(msg)
    return Validation(
        source=source,
        scenario=scenario,
        is_calibrated=wishes.scenario is None,
        mode=mode,
        history=history,
        world=world.stated(history.step_hours),
        comparisons=compared(history, world),
        profiles=demand_profiles(history, scenario, wishes.seed),
        drift_hours=_drift(earlier, later),
        exact_replay=_exact_replay(source, scenario),
        notes=tuple(notes),
    )


def _parts(observed: Observed, held_out: float | None) -> tuple[Observed | None, Observed]:
    """The earlier and the later orders; all are later where nothing is held out."""
    if held_out is None:
        return None, observed
    first_later = math.ceil(len(observed) * (1 - held_out))
    later = np.arange(len(observed)) >= first_later
    return observed.of(~later), observed.of(later)


def _scenario(source: Source, wishes: ValidationWishes, earlier: Observed | None) -> Scenario:
    if wishes.scenario is not None:
        return load_scenario(wishes.scenario)
    if source.history is None or earlier is None:
        msg = f"{source.name}: is a decision log, from which no scenario can be calibrated; name one with --scenario"
        raise ValidationError(msg)
    split_at = earlier.orders["ordered_at"].iloc[-1]
    return calibrate(_until(source.history, split_at), load_scenario(wishes.base), CalibrationWishes("calibrated"))


def _until(history: OrderHistory, moment: Any) -> OrderHistory:
    orders = history.orders[history.orders["ordered_at"] <= moment].reset_index(drop=True)
    lines = history.order_lines[history.order_lines["order_id"].isin(orders["order_id"])].reset_index(drop=True)
    return replace(history, orders=orders, order_lines=lines)


def _played(
    later: Observed, scenario: Scenario, wishes: ValidationWishes, notes: list[str]
) -> tuple[str, Observed, Observed]:
    """The mode, and both sides of the comparison."""
    seeds = range(wishes.seed, wishes.seed + wishes.n_seeds)
    if says_actions(later):
        try:
            traces = [replayed(later, scenario, seed) for seed in seeds]
        except VolumeError as error:
            notes.append(f"no trace replay: {error}")
        else:
            notes += traces[0].notes
            return TRACE, later.after(WARM_UP_HOURS), _pooled(trace.run for trace in traces)
    return OWN_DEMAND, later, _pooled(as_asked(scenario, wishes.n_orders, seed) for seed in seeds)


def _pooled(runs: Iterable[WorldRun]) -> Observed:
    return pooled([of_run(run, without_hours=WARM_UP_HOURS) for run in runs])


def _drift(earlier: Observed | None, later: Observed) -> dict[str, float]:
    if earlier is None:
        return {}
    means = [part.orders.groupby(LEVEL)["lead_hours"].mean() for part in (earlier, later)]
    drift = (means[1] - means[0]).dropna()
    return {str(level): float(hours) for level, hours in drift.items()}


def _exact_replay(source: Source, scenario: Scenario) -> dict[str, int] | None:
    facts = source.facts
    if facts.get("scenario_sha256") != scenario_hash(scenario) or not {"seed", "n_orders"} <= set(facts):
        return None
    n_equal = replays_exactly(source, scenario, int(facts["seed"]), int(facts["n_orders"]))
    return {"n_orders": len(source.observed), "n_equal": n_equal}
