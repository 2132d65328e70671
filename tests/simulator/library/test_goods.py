"""Shipped scenarios about what is sent: stock, batteries, papers, fresh goods, moves, second thoughts and splits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from decision.exploration import RulePolicy
from simulator.reference_policies import UniformCompensation
from simulator.run import simulate
from simulator.scenario.loading import load_scenario
from simulator.stage import set_stage
from simulator.world import World


def test_scarce_stock_is_preferred_to_plenty(library: Any) -> None:
    run = library.play("scarce_stock")
    candidates = run.decision_log().candidates
    most = candidates.groupby("order_id", sort=False)["available_quantity"].transform("max")
    chosen = candidates[candidates["is_chosen"]].assign(most=most[candidates["is_chosen"]])
    scarce = (chosen["available_quantity"] <= 3) & (chosen["most"] >= 200)
    assert scarce.sum() > 40
    orders = library.orders_of(run)
    assert orders.loc[scarce.to_numpy(), "stock_out"].mean() > 5 * orders.loc[~scarce.to_numpy(), "stock_out"].mean()
    truth = library.truth_beside_choice(run, np.flatnonzero(scarce.to_numpy()).tolist())
    assert truth.loc[truth["node"] == "leipzig", "stock_out"].mean() < 0.02


def test_rainy_season_wants_priority_orders_in_the_air(library: Any) -> None:
    run = library.play("rainy_season")
    orders = library.orders_of(run)
    priority = orders["asked"] == "express"
    assert (orders.loc[priority, "level"] != "same_day").mean() > 0.9
    truth = library.truth_beside_choice(run, np.flatnonzero(priority)[::5].tolist())
    by_road = truth[truth["chosen"] & (truth["level"] != "same_day")].set_index("order_id")["late"]
    by_air = truth[truth["level"] == "same_day"].groupby("order_id")["late"].min().reindex(by_road.index).dropna()
    assert by_road.mean() > 0.4
    assert by_air.mean() < 0.5 * by_road[by_air.index].mean()


def test_battery_ban_makes_the_cheapest_carrier_the_late_one(library: Any) -> None:
    run = library.play("battery_ban")
    orders, hazmat = library.orders_of(run), run.stage.demand.hazmat
    to_tortoise = hazmat & (orders["carrier"] == "tortoise").to_numpy()
    assert to_tortoise.sum() > 0.4 * hazmat.sum()
    harmless = ~hazmat & (orders["carrier"] == "tortoise").to_numpy()
    assert orders.loc[to_tortoise, "late"].mean() > 2 * orders.loc[harmless, "late"].mean()
    kinds = run.decision_log().incidents["incident_type"].value_counts()
    assert kinds["carrier_refusal"] > 10
    truth = library.truth_beside_choice(run, np.flatnonzero(to_tortoise).tolist())
    others = truth[truth["carrier"] == "meridian"].groupby("order_id")["lateness_hours"].min()
    assert others.mean() < 0.5 * truth.loc[truth["chosen"], "lateness_hours"].mean()


def test_missing_papers_hold_what_a_node_inside_the_border_would_have_brought(library: Any) -> None:
    run = library.play("missing_papers")
    orders = library.orders_of(run)
    over_the_border = (orders["region"] == "alsace") & (orders["node"] == "basel")
    assert over_the_border.sum() > 0.8 * (orders["region"] == "alsace").sum()
    scenario = run.stage.scenario
    free_trade = scenario.model_copy(update={"fulfilment": scenario.fulfilment.model_copy(update={"customs": None})})
    calm = library.orders_of(
        simulate(free_trade, RulePolicy(), UniformCompensation(), n_orders=library.n_orders, seed=5)
    )
    assert orders.loc[over_the_border, "late"].mean() > 1.8 * calm.loc[over_the_border, "late"].mean()
    truth = library.truth_beside_choice(run, np.flatnonzero(over_the_border).tolist())
    inside = truth[truth["node"] != "basel"].groupby("order_id")["lateness_hours"].min()
    assert inside.mean() < 0.5 * truth.loc[truth["chosen"], "lateness_hours"].mean()
    # The duty is in the freight that the rules see.
    freight = run.decision_log().candidates.query("node_id == 'basel'").groupby("order_id")["freight_minor"].min()
    assert freight.max() > 300


def test_holiday_moves_are_late_from_whatever_node(library: Any) -> None:
    run = library.play("holiday_moves")
    orders, mishaps = library.orders_of(run), run.stage.mishaps
    assert mishaps is not None
    moved = np.array(mishaps.redirect_hours) > 0
    assert moved.mean() == pytest.approx(0.12, abs=0.02)
    assert orders.loc[moved, "late"].mean() > 2 * orders.loc[~moved, "late"].mean()
    truth = library.truth_beside_choice(run, np.flatnonzero(moved & orders["late"].to_numpy()).tolist())
    taken = truth[truth["chosen"]].set_index("order_id")[["carrier", "level"]]
    alike = truth.set_index("order_id").loc[
        lambda rows: (rows[["carrier", "level"]] == taken.loc[rows.index]).all(axis=1)
    ]
    # From every other node the same service would have been late too; a faster service often would not.
    assert alike.groupby("order_id")["late"].min().mean() > 0.9
    assert truth.groupby("order_id")["late"].min().mean() < 0.5


def test_fresh_goods_are_written_off_and_then_missing() -> None:
    fresh = load_scenario("fresh_goods")
    lasting = fresh.model_copy(update={"fulfilment": fresh.fulfilment.model_copy(update={"shelf_life": None})})
    # Deliveries come after three days and expire after six at the earliest: a week and a half shows it.
    shares, received = [], []
    for scenario in (fresh, lasting):
        world = World(set_stage(scenario, 5, 15_000), RulePolicy(), UniformCompensation())
        world.open()
        world.run()
        shares.append(sum(world.stock_out) / 15_000)
        received.append(sum(sum(station.shelf.n_reorders.values()) for station in world.stations))
    assert shares[0] > 2 * shares[1]
    assert received[0] > 1.1 * received[1]


def test_second_thoughts_come_in_time_where_backlogs_are(library: Any) -> None:
    let_go = []
    for disrupted in (True, False):
        run = library.play("second_thoughts", disrupted=disrupted)
        asks = np.isfinite(run.stage.demand.cancel_at_hours) & (run.stage.demand.placed_at_hours >= 24)
        cancelled = np.isin(np.arange(library.n_orders), list(run.record.cancelled_at_hours))
        let_go.append(cancelled[asks].mean())
        assert len(run.decision_log().orders) == library.n_orders - cancelled.sum()
    assert let_go[0] > 1.5 * let_go[1]


def test_split_shipments_cost_more_and_complete_no_order_sooner(library: Any) -> None:
    run = library.play("split_shipments")
    scenario = run.stage.scenario
    whole = scenario.model_copy(update={"fulfilment": scenario.fulfilment.model_copy(update={"split": None})})
    logs = [
        play_log.outcomes
        for play_log in (
            run.decision_log(),
            simulate(whole, RulePolicy(), UniformCompensation(), n_orders=library.n_orders, seed=5).decision_log(),
        )
    ]
    split = (logs[0]["n_parcels"] > 1).to_numpy()
    assert split.sum() > 30
    assert logs[0].loc[split, "cost_minor"].mean() > 1.5 * logs[1].loc[split, "cost_minor"].mean()
    sooner = logs[1].loc[split, "lateness_hours"].mean() - logs[0].loc[split, "lateness_hours"].mean()
    assert sooner < 2.0
