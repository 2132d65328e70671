"""Playing the world that is to be compared: on demand of its own, or on the very orders of a log."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.candidates import candidate_id_for
from simulator.calibration.names import matching_key
from simulator.demand import Demand, draw_demand
from simulator.errors import ValidationError
from simulator.identifiers import order_id
from simulator.mishaps import draw_mishaps
from simulator.noise import Noise
from simulator.reference_policies import UniformCompensation
from simulator.run import WorldRun, finished, require_affordable, require_usable, simulate
from simulator.scenario.moments import midnight_of
from simulator.scenario.schema import Scenario
from simulator.stage import Stage, set_stage, workload_of
from simulator.validation.observed import Observed
from simulator.validation.policies import ArmsAsLogged, AsAsked, AsLogged
from simulator.validation.source import Source
from simulator.world import World

# A world starts without queues: its first day is not compared.
WARM_UP_HOURS = 24.0
# A world staffed for twice the orders of a trace, or half, has other queues than whoever logged them.
VOLUME_FACTOR = 2.0
MIN_SHARE_WITH_ACTION = 0.9


@dataclass(frozen=True)
class Trace:
    """A run on the very orders of a log, with its actions forced.

    Parameters
    ----------
    n_not_on_offer : int
        Orders whose logged action the world does not have; they went as they asked.
    n_left_out : int
        Orders of regions or service levels that the world does not know.
    """

    run: WorldRun
    n_not_on_offer: int
    n_left_out: int

    @property
    def notes(self) -> list[str]:
        """What could not be replayed."""
        notes = []
        if self.n_not_on_offer:
            notes.append(f"{self.n_not_on_offer:,} logged actions are not on offer in the world: shipped as asked")
        if self.n_left_out:
            notes.append(f"{self.n_left_out:,} orders are of regions or levels the world does not have: left out")
        return notes


class VolumeError(ValidationError):
    """A trace has far more, or fewer, orders than the world is made for."""


def as_asked(scenario: Scenario, n_orders: int, seed: int) -> WorldRun:
    """The world on demand of its own, every order shipped by the service level it asked for."""
    require_usable(n_orders, seed)
    require_affordable(scenario, n_orders)
    demand = draw_demand(scenario, Noise(seed), n_orders)
    return simulate(scenario, _asked(scenario, demand), UniformCompensation(), n_orders=n_orders, seed=seed)


def says_actions(history: Observed) -> bool:
    """Whether nearly every order says which node and which carrier shipped it."""
    return bool(history.orders[["node", "carrier"]].notna().all(axis=1).mean() > MIN_SHARE_WITH_ACTION)


def replayed(history: Observed, scenario: Scenario, seed: int) -> Trace:
    """The world on the history's own orders, each shipped as it was; work, transit and weather are drawn anew.

    Raises
    ------
    ValidationError
        If the orders are of another world: other regions or service levels.
    VolumeError
        If it is made for far more orders, or far fewer.
    """
    orders, n_left_out = _known(history.orders, scenario)
    _require_volume(orders, scenario)
    stage = _stage(orders, scenario, seed)
    asked = _asked(scenario, stage.demand)
    policy = AsLogged(_logged(orders, asked), asked)
    world = World(stage, policy, UniformCompensation())
    world.open()
    world.run()
    run = finished(world, policy, UniformCompensation())
    return Trace(run, len(policy.not_on_offer), n_left_out)


def replays_exactly(source: Source, scenario: Scenario, seed: int, n_orders: int) -> int:
    """How many orders of a simulated log arrive to the microsecond when all of it is played again.

    Parameters
    ----------
    n_orders : int
        Of the run that wrote the log.
    """
    asked = _asked(scenario, draw_demand(scenario, Noise(seed), n_orders))
    logged = source.observed.orders
    names = logged["order_id"].tolist()
    policy = AsLogged({**dict(zip(names, logged["candidate"].tolist(), strict=True)), **source.cancelled}, asked)
    run = simulate(scenario, policy, ArmsAsLogged(source.arm_of), n_orders=n_orders, seed=seed)
    lead = np.array(run.record.delivered_at_hours)[:n_orders] - run.stage.demand.placed_at_hours
    number_of = {order_id(order): order for order in range(n_orders)}
    played = lead[[number_of[name] for name in names]]
    # Two instants, each to the nearest microsecond.
    return int((np.abs(played - logged["lead_hours"].to_numpy()) * 3.6e9 <= 1.01).sum())  # noqa: PLR2004


def _asked(scenario: Scenario, demand: Demand) -> AsAsked:
    levels = [level.service_level for level in scenario.service_levels]
    return AsAsked({order_id(order): levels[level] for order, level in enumerate(demand.service_level.tolist())})


def _logged(orders: pd.DataFrame, asked: AsAsked) -> dict[str, str]:
    """The candidate of each order; who names node and carrier only, shipped by the level that was asked for."""
    names = [order_id(order) for order in range(len(orders))]
    if "candidate" in orders:
        return dict(zip(names, orders["candidate"].tolist(), strict=True))
    ways = zip(names, orders["node"], orders["carrier"], strict=True)
    return {
        name: candidate_id_for(str(node), str(carrier), asked.service_level_of[name]) for name, node, carrier in ways
    }


def _known(orders: pd.DataFrame, scenario: Scenario) -> tuple[pd.DataFrame, int]:
    regions = {matching_key(item.region_id): place for place, item in enumerate(scenario.regions)}
    levels = {matching_key(item.service_level): place for place, item in enumerate(scenario.service_levels)}
    placed = orders.assign(region=orders["region"].map(regions), service_level=orders["service_level"].map(levels))
    known = placed.dropna(subset=["region", "service_level"])
    if len(known) < len(orders) / 2:
        msg = (
            f"{len(orders) - len(known):,} of {len(orders):,} orders are of regions or service levels that "
            f"{scenario.name!r} does not have; name the scenario of this history"
        )
        raise ValidationError(msg)
    return known.reset_index(drop=True), len(orders) - len(known)


def _require_volume(orders: pd.DataFrame, scenario: Scenario) -> None:
    days = (orders["ordered_at"].iloc[-1] - orders["ordered_at"].iloc[0]).total_seconds() / 86_400
    per_day, planned = len(orders) / max(days, 1.0), scenario.demand.orders_per_day
    if not planned / VOLUME_FACTOR <= per_day <= planned * VOLUME_FACTOR:
        msg = (
            f"the history has {per_day:,.0f} orders a day, {scenario.name!r} is made for {planned:,.0f}: its queues "
            f"would say nothing of the history's; calibrate with --orders-per-day {per_day:.0f}"
        )
        raise VolumeError(msg)


def _stage(orders: pd.DataFrame, scenario: Scenario, seed: int) -> Stage:
    """The scenario's stage with the orders of the trace in place of its own."""
    started = scenario.model_copy(update={"start_at": midnight_of(orders["ordered_at"].iloc[0].to_pydatetime())})
    stage = set_stage(started, seed, len(orders))
    zero = pd.Timestamp(started.start_at)
    placed_at = (orders["ordered_at"] - zero).dt.total_seconds().to_numpy(dtype=np.float64) / 3600
    level = orders["service_level"].to_numpy(dtype=np.int64)
    usual = np.array([item.promise_hours for item in scenario.service_levels])[level]
    promise = orders["promise_hours"].to_numpy(dtype=np.float64)
    demand = replace(
        stage.demand,
        placed_at_hours=placed_at,
        promised_at_hours=placed_at + np.where(np.isnan(promise), usual, promise),
        region=orders["region"].to_numpy(dtype=np.int64),
        service_level=level,
        # What a history tells of did come, and was not cancelled.
        cancel_at_hours=np.full(len(orders), np.inf),
        latent=np.zeros(len(orders), dtype=np.bool_),
        **{name: orders[name].to_numpy(dtype=bool) for name in ("hazmat", "cold_chain") if name in orders},
    )
    mishaps = draw_mishaps(started, stage.table, stage.noise, demand.hazmat)
    menu_of = stage.table.menu_of(demand.region, demand.hazmat, demand.cold_chain, demand.placed_at_hours)
    return replace(stage, demand=demand, menu_of=menu_of, workload=workload_of(demand), mishaps=mishaps)
