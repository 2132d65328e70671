"""Service levels: their mix, promises and transit times, from a history onto the levels that the base sells."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from data.history.dataset import OrderHistory
from simulator.calibration.handling import Handling
from simulator.calibration.names import matching_key
from simulator.calibration.transit import SHORTEST_TRANSIT_HOURS, Transit, calibrated_transit
from simulator.errors import CalibrationError
from simulator.scenario.demand import ServiceLevelSpec
from simulator.scenario.schema import Scenario


@dataclass(frozen=True)
class CalibratedLevel:
    """A service level, and what was done to get it; `transit` is None where the base's times stay."""

    spec: ServiceLevelSpec
    n_orders: int
    transit: Transit | None
    notes: tuple[str, ...]


def calibrated_levels(history: OrderHistory, orders: pd.DataFrame, scenario: Scenario) -> tuple[CalibratedLevel, ...]:
    """Every level of the base; those the history does not have are sold, but not asked for.

    Parameters
    ----------
    scenario : Scenario
        The base with the history's regions and demand already in it.

    Raises
    ------
    CalibrationError
        If the history has a level that no carrier of the base sells.
    """
    by_key = {matching_key(level.service_level): level.service_level for level in scenario.service_levels}
    asked = {str(name): by_key.get(matching_key(str(name))) for name in orders["service_level"].unique()}
    unknown = sorted(name for name, level in asked.items() if level is None)
    if unknown:
        msg = (
            f"the history has the service levels {unknown}, which {scenario.name!r} does not sell; translate them to "
            f"{list(by_key.values())} with `values` of service_level in the mapping"
        )
        raise CalibrationError(msg)
    level_of = orders["service_level"].map(asked)
    handling = Handling(scenario)
    return tuple(
        _calibrated(history, orders[level_of == level.service_level], len(orders), level, handling)
        for level in scenario.service_levels
    )


def _calibrated(
    history: OrderHistory, mine: pd.DataFrame, n_all: int, level: ServiceLevelSpec, handling: Handling
) -> CalibratedLevel:
    notes: list[str] = []
    changed = {"demand_share": round(len(mine) / n_all, 6), "promise_hours": _promise(history, mine, level, notes)}
    transit = calibrated_transit(history, mine, level, handling)
    if isinstance(transit, str):
        notes.append(f"{level.service_level}: {transit}: transit times are the base's")
        return CalibratedLevel(level.model_copy(update=changed), len(mine), None, tuple(notes))
    if transit.history_mean_hours <= transit.handling_hours:
        notes.append(
            f"{level.service_level}: {transit.history_mean_hours:.1f} hours from order to door are no more than "
            f"handling alone ({transit.handling_hours:.1f}): the world will be slower than the history"
        )
    timed = {"transit_hours_quantiles": transit.quantiles, "reference_km": transit.reference_km}
    return CalibratedLevel(level.model_copy(update={**changed, **timed}), len(mine), transit, tuple(notes))


def _promise(history: OrderHistory, mine: pd.DataFrame, level: ServiceLevelSpec, notes: list[str]) -> float:
    """The median promise, to the end of the step in which the history still calls a delivery on time."""
    promised = mine["promised_hours"].dropna()
    if promised.empty:
        notes.append(f"{level.service_level}: the history has no promise: taken from the base")
        return level.promise_hours
    share = float((promised == promised.median()).mean())
    if share < 1:
        notes.append(f"{level.service_level}: promises differ; their median holds for {share:.0%} of orders")
    step = max(history.resolution_hours("promised"), history.resolution_hours("delivered"))
    return max(round(float(promised.median()) + step / 2, 3), SHORTEST_TRANSIT_HOURS)
