"""Every shipped scenario shows what its description says, under the rules and against its own calm twin."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from data.choices import ArmChoice
from data.incidents import ARMS, CompensationArm, Incident
from data.network import distance_km
from decision.exploration import RulePolicy
from simulator.policies import CompensationPolicy
from simulator.reference_policies import UniformCompensation
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario, shipped_scenarios
from simulator.stage import set_stage
from simulator.truth.routing import routing_truth
from simulator.world import World

N_ORDERS = 2_500


@cache
def play(name: str, *, disrupted: bool = True, n_orders: int = N_ORDERS) -> WorldRun:
    scenario = load_scenario(name)
    if not disrupted:
        scenario = scenario.model_copy(update={"disruptions": ()})
    return simulate(scenario, RulePolicy(), UniformCompensation(), n_orders=n_orders, seed=5)


def orders_of(run: WorldRun) -> pd.DataFrame:
    """One row an order: what was asked, where it went, and what it met; hours of the world."""
    scenario, demand, lanes = run.stage.scenario, run.stage.demand, [run.stage.table.lanes[p] for p in run.lane_of]
    shipped, delivered = (
        np.array(run.record.shipped_at_hours),
        np.array(run.record.delivered_at_hours),
    )
    return pd.DataFrame(
        {
            "placed": demand.placed_at_hours,
            "region": [scenario.regions[place].region_id for place in demand.region],
            "asked": [scenario.service_levels[place].service_level for place in demand.service_level],
            "cold": demand.cold_chain,
            "node": [scenario.nodes[lane.node].node_id for lane in lanes],
            "carrier": [scenario.carriers[lane.carrier].carrier_id for lane in lanes],
            "level": [scenario.service_levels[lane.service_level].service_level for lane in lanes],
            "wait": shipped - demand.placed_at_hours,
            "shipped": shipped,
            "late": delivered > demand.promised_at_hours,
            "stock_out": np.frombuffer(run.stock_out, dtype=np.uint8) > 0,
            "damaged": np.frombuffer(bytes(run.record.damaged), dtype=np.uint8) > 0,
            "freight": [lane.freight_minor(int(units)) for lane, units in zip(lanes, demand.n_units, strict=True)],
        }
    )


def pair(name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same orders with and without the scenario's disruptions."""
    return orders_of(play(name)), orders_of(play(name, disrupted=False))


def truth_beside_choice(run: WorldRun, orders: list[int]) -> pd.DataFrame:
    """Potential outcomes of some orders, with the node and carrier of each candidate and which one was taken."""
    truth = routing_truth(run, orders, redraws=0)
    parts = truth["candidate_id"].str.split("|", expand=True)
    rows = run.decision_log().candidates.set_index(["order_id", "candidate_id"])["is_chosen"]
    chosen = [rows[key] for key in zip(truth["order_id"], truth["candidate_id"], strict=True)]
    return truth.assign(node=parts[0], carrier=parts[1], level=parts[2], chosen=chosen)


def test_the_library_is_complete_and_says_what_it_shows() -> None:
    library = set(shipped_scenarios()) - {"small", "base_world", "dataco"}
    assert library == {
        "normal_week",
        "singles_day",
        "storm",
        "node_outage",
        "cold_chain_failure",
        "customs_jam",
        "carrier_strike",
        "warehouse_opening",
        "live_stream_spike",
        "tariff_change",
        "overloaded_neighbour",
        "scarce_stock",
        "rainy_season",
        "long_shifts",
        "battery_ban",
        "missing_papers",
        "holiday_moves",
        "fresh_goods",
        "early_warning",
        "dwell_alarm",
        "marketplace_peak",
        "even_placement",
        "forecast_placement",
        "loyal_customers",
        "split_shipments",
        "everything_on",
        "second_thoughts",
    }
    for name in library:
        assert "show" in load_scenario(name).description


def test_normal_week_is_mostly_on_time_and_in_stock() -> None:
    orders = orders_of(play("normal_week"))
    assert orders["late"].mean() < 0.2
    assert orders["stock_out"].mean() < 0.01
    assert orders["wait"].mean() < 12


def test_singles_day_makes_backlogs_that_ordinary_days_do_not() -> None:
    busy, calm = pair("singles_day")
    day_one = busy[busy["placed"] >= 24]
    assert day_one["wait"].mean() > 1.4 * calm.loc[calm["placed"] >= 24, "wait"].mean()
    # As many orders in far less time.
    assert busy["placed"].max() - 18 < 0.7 * (calm["placed"].max() - 18)
    # Those who order last on the day wait longest.
    last = day_one.nlargest(200, "placed")["wait"].mean()
    assert last > day_one.nsmallest(200, "placed")["wait"].mean()


def test_storm_makes_parcels_late_and_the_rules_ship_as_if_it_were_calm() -> None:
    stormy, calm = pair("storm")
    assert (stormy[["node", "carrier", "level"]] == calm[["node", "carrier", "level"]]).all(axis=None)
    hit = stormy["region"].isin(["west", "centre"])
    assert stormy.loc[hit, "late"].mean() > 2 * calm.loc[hit, "late"].mean()
    # It was there to be seen.
    log = play("storm").decision_log()
    chosen = log.candidates[log.candidates["is_chosen"]].merge(log.orders[["order_id", "region"]], on="order_id")
    in_storm = chosen["region"].isin(["west", "centre"]) & (stormy["placed"].to_numpy() > 12)
    assert (chosen.loc[in_storm, "weather_severity"] >= 0.9).mean() > 0.9


def test_node_outage_does_not_keep_the_rules_from_the_node() -> None:
    broken, calm = pair("node_outage")
    during = broken["placed"].between(8, 26)
    assert (broken.loc[during, "node"] == "nuremberg").mean() >= (calm.loc[during, "node"] == "nuremberg").mean()
    there = during & (broken["node"] == "nuremberg")
    assert broken.loc[there, "wait"].mean() > 2 * calm.loc[there, "wait"].mean()
    # Candidates elsewhere would have been less late.
    truth = truth_beside_choice(play("node_outage"), np.flatnonzero(there)[::10].tolist())
    elsewhere = truth[truth["node"] != "nuremberg"].groupby("order_id")["lateness_hours"].min()
    assert elsewhere.mean() < 0.5 * truth.loc[truth["chosen"], "lateness_hours"].mean()


def test_cold_chain_failure_spoils_a_large_share_of_cold_orders() -> None:
    broken, calm = pair("cold_chain_failure")
    cold = broken["cold"] & broken["placed"].between(6, 40)
    to_failed_node = broken.loc[cold, "node"] == "nuremberg"
    assert to_failed_node.mean() > 0.37
    spoiled = broken.loc[cold & (broken["node"] == "nuremberg") & (broken["shipped"] < 48), "damaged"]
    assert spoiled.all()
    assert broken.loc[cold, "damaged"].mean() > 0.25 > 10 * calm.loc[cold, "damaged"].mean()


def test_customs_jam_makes_the_nearest_node_the_slow_one() -> None:
    jammed, calm = pair("customs_jam")
    alsace = jammed["region"] == "alsace"
    assert (jammed.loc[alsace, "node"] == "basel").mean() > 0.9
    assert jammed.loc[alsace, "late"].mean() > 2 * calm.loc[alsace, "late"].mean()
    truth = truth_beside_choice(play("customs_jam"), np.flatnonzero(alsace & (jammed["node"] == "basel")).tolist())
    by_node = truth.groupby("node")["lateness_hours"].mean()
    assert by_node.drop("basel").max() < by_node["basel"]


def test_carrier_strike_leaves_parcels_at_the_dock() -> None:
    struck, calm = pair("carrier_strike")
    during = struck["placed"].between(12, 60)
    assert (struck.loc[during, "carrier"] == "tortoise").mean() >= 0.8
    stuck = during & (struck["carrier"] == "tortoise")
    assert struck.loc[stuck, "wait"].mean() > 3 * calm.loc[stuck, "wait"].mean()
    truth = truth_beside_choice(play("carrier_strike"), np.flatnonzero(stuck)[::20].tolist())
    others = truth[truth["carrier"] != "tortoise"].groupby("order_id")["lateness_hours"].min()
    assert others.mean() < 0.5 * truth.loc[truth["chosen"], "lateness_hours"].mean()


def test_warehouse_opening_takes_over_its_region() -> None:
    orders = orders_of(play("warehouse_opening"))
    south, after = orders["region"] == "south", orders["placed"] >= 24
    assert (orders.loc[~after, "node"] != "munich").all()
    assert (orders.loc[south & after, "node"] == "munich").mean() > 0.9
    closed = orders_of(play("small"))
    assert orders.loc[south & after, "late"].mean() < closed.loc[south & after, "late"].mean()
    assert orders.loc[south & after, "wait"].mean() < closed.loc[south & after, "wait"].mean()


def test_live_stream_spike_empties_shelves_of_what_it_shows() -> None:
    streamed, calm = pair("live_stream_spike")
    assert calm["stock_out"].mean() < 0.01
    during = streamed["placed"].between(18, 21)
    assert streamed.loc[during, "stock_out"].mean() > 0.2
    assert streamed.loc[streamed["stock_out"], "late"].mean() > 0.5


def test_tariff_change_moves_express_parcels_and_still_costs_more() -> None:
    dear, cheap = pair("tariff_change")
    express = (dear["asked"] == "express") & (dear["level"] == "express")
    after = express & (dear["placed"] >= 24)
    assert (dear.loc[after, "carrier"] == "meridian").mean() < (cheap.loc[after, "carrier"] == "meridian").mean()
    assert dear.loc[after, "freight"].mean() > 1.05 * cheap.loc[after, "freight"].mean()
    assert dear.loc[~(dear["placed"] >= 24), "freight"].equals(cheap.loc[~(cheap["placed"] >= 24), "freight"])


def test_overloaded_neighbour_idles_while_nuremberg_drowns() -> None:
    run = play("overloaded_neighbour", n_orders=1_700)
    assert load_of(run, "nuremberg") == pytest.approx(1.3, abs=0.12)
    assert load_of(run, "lauf") == pytest.approx(0.35, abs=0.08)
    orders = orders_of(run)
    late_hours = orders["placed"] > 12
    waits = orders[late_hours].groupby("node")["wait"].mean()
    assert waits["nuremberg"] > 1.5 * waits["lauf"]


def load_of(run: WorldRun, node_id: str) -> float:
    """Picking that the first day asks of a node over the picking that its workers can do in a day."""
    node = next(node for node in run.stage.scenario.nodes if node.node_id == node_id)
    orders = orders_of(run)
    mine = ((orders["node"] == node_id) & (orders["placed"] < 24)).to_numpy()
    return float(run.stage.demand.pick_effort[mine].sum() * node.pick_minutes / 60 / (24 * node.shifts[0].pickers))


def test_scarce_stock_is_preferred_to_plenty() -> None:
    run = play("scarce_stock")
    candidates = run.decision_log().candidates
    most = candidates.groupby("order_id", sort=False)["available_quantity"].transform("max")
    chosen = candidates[candidates["is_chosen"]].assign(most=most[candidates["is_chosen"]])
    scarce = (chosen["available_quantity"] <= 3) & (chosen["most"] >= 200)
    assert scarce.sum() > 40
    orders = orders_of(run)
    assert orders.loc[scarce.to_numpy(), "stock_out"].mean() > 5 * orders.loc[~scarce.to_numpy(), "stock_out"].mean()
    truth = truth_beside_choice(run, np.flatnonzero(scarce.to_numpy()).tolist())
    assert truth.loc[truth["node"] == "leipzig", "stock_out"].mean() < 0.02


def test_rainy_season_wants_priority_orders_in_the_air() -> None:
    run = play("rainy_season")
    orders = orders_of(run)
    priority = orders["asked"] == "express"
    assert (orders.loc[priority, "level"] != "same_day").mean() > 0.9
    truth = truth_beside_choice(run, np.flatnonzero(priority)[::5].tolist())
    by_road = truth[truth["chosen"] & (truth["level"] != "same_day")].set_index("order_id")["late"]
    by_air = truth[truth["level"] == "same_day"].groupby("order_id")["late"].min().reindex(by_road.index).dropna()
    assert by_road.mean() > 0.4
    assert by_air.mean() < 0.5 * by_road[by_air.index].mean()


def test_battery_ban_makes_the_cheapest_carrier_the_late_one() -> None:
    run = play("battery_ban")
    orders, hazmat = orders_of(run), run.stage.demand.hazmat
    to_tortoise = hazmat & (orders["carrier"] == "tortoise").to_numpy()
    assert to_tortoise.sum() > 0.4 * hazmat.sum()
    harmless = ~hazmat & (orders["carrier"] == "tortoise").to_numpy()
    assert orders.loc[to_tortoise, "late"].mean() > 2 * orders.loc[harmless, "late"].mean()
    kinds = run.decision_log().incidents["incident_type"].value_counts()
    assert kinds["carrier_refusal"] > 10
    truth = truth_beside_choice(run, np.flatnonzero(to_tortoise).tolist())
    others = truth[truth["carrier"] == "meridian"].groupby("order_id")["lateness_hours"].min()
    assert others.mean() < 0.5 * truth.loc[truth["chosen"], "lateness_hours"].mean()


def test_missing_papers_hold_what_a_node_inside_the_border_would_have_brought() -> None:
    run = play("missing_papers")
    orders = orders_of(run)
    over_the_border = (orders["region"] == "alsace") & (orders["node"] == "basel")
    assert over_the_border.sum() > 0.8 * (orders["region"] == "alsace").sum()
    scenario = run.stage.scenario
    free_trade = scenario.model_copy(update={"fulfilment": scenario.fulfilment.model_copy(update={"customs": None})})
    calm = orders_of(simulate(free_trade, RulePolicy(), UniformCompensation(), n_orders=N_ORDERS, seed=5))
    assert orders.loc[over_the_border, "late"].mean() > 1.8 * calm.loc[over_the_border, "late"].mean()
    truth = truth_beside_choice(run, np.flatnonzero(over_the_border).tolist())
    inside = truth[truth["node"] != "basel"].groupby("order_id")["lateness_hours"].min()
    assert inside.mean() < 0.5 * truth.loc[truth["chosen"], "lateness_hours"].mean()
    # The duty is in the freight that the rules see.
    freight = run.decision_log().candidates.query("node_id == 'basel'").groupby("order_id")["freight_minor"].min()
    assert freight.max() > 300


def test_holiday_moves_are_late_from_whatever_node() -> None:
    run = play("holiday_moves")
    orders, mishaps = orders_of(run), run.stage.mishaps
    assert mishaps is not None
    moved = np.array(mishaps.redirect_hours) > 0
    assert moved.mean() == pytest.approx(0.12, abs=0.02)
    assert orders.loc[moved, "late"].mean() > 2 * orders.loc[~moved, "late"].mean()
    truth = truth_beside_choice(run, np.flatnonzero(moved & orders["late"].to_numpy()).tolist())
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
        received.append(sum(sum(station.n_reorders.values()) for station in world.stations))
    assert shares[0] > 2 * shares[1]
    assert received[0] > 1.1 * received[1]


def test_second_thoughts_come_in_time_where_backlogs_are() -> None:
    let_go = []
    for disrupted in (True, False):
        run = play("second_thoughts", disrupted=disrupted)
        asks = np.isfinite(run.stage.demand.cancel_at_hours) & (run.stage.demand.placed_at_hours >= 24)
        cancelled = np.isin(np.arange(N_ORDERS), list(run.record.cancelled_at_hours))
        let_go.append(cancelled[asks].mean())
        assert len(run.decision_log().orders) == N_ORDERS - cancelled.sum()
    assert let_go[0] > 1.5 * let_go[1]


def test_split_shipments_cost_more_and_complete_no_order_sooner() -> None:
    run = play("split_shipments")
    scenario = run.stage.scenario
    whole = scenario.model_copy(update={"fulfilment": scenario.fulfilment.model_copy(update={"split": None})})
    logs = [
        play_log.outcomes
        for play_log in (
            run.decision_log(),
            simulate(whole, RulePolicy(), UniformCompensation(), n_orders=N_ORDERS, seed=5).decision_log(),
        )
    ]
    split = (logs[0]["n_parcels"] > 1).to_numpy()
    assert split.sum() > 30
    assert logs[0].loc[split, "cost_minor"].mean() > 1.5 * logs[1].loc[split, "cost_minor"].mean()
    sooner = logs[1].loc[split, "lateness_hours"].mean() - logs[0].loc[split, "lateness_hours"].mean()
    assert sooner < 2.0


def test_loyal_customers_come_back_to_who_answers_them() -> None:
    scenario = load_scenario("loyal_customers")
    answers: tuple[CompensationPolicy, ...] = (UniformCompensation(), NeverCompensate())
    runs = [simulate(scenario, RulePolicy(), answer, n_orders=4_000, seed=5) for answer in answers]
    n_came = [len(run.fulfilled_orders()) for run in runs]
    n_left = [len({one.customer for one in run.record.incidents if one.churn}) for run in runs]
    assert n_came[0] > 1.01 * n_came[1]
    assert n_left[0] < n_left[1]
    # The same path: whatever comes in both is asked for by the same people at the same time.
    assert runs[0].stage.demand.placed_at_hours.tolist() == runs[1].stage.demand.placed_at_hours.tolist()


class NeverCompensate:
    """No answer to anything."""

    name = "never"

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        del incident, uniform
        return ArmChoice(CompensationArm.NONE, tuple(float(arm is CompensationArm.NONE) for arm in ARMS))


def test_marketplace_peak_breaks_the_short_promise_and_makes_everybody_wait() -> None:
    peak, calm = pair("marketplace_peak")
    during = [run["placed"].between(14, 20, inclusive="left") for run in (peak, calm)]
    channels = [
        np.array(["web", "marketplace", "store"])[play("marketplace_peak", disrupted=d).stage.demand.channel]
        for d in (True, False)
    ]
    hit, quiet = (
        {name: run[times & (channel == name)] for name in ("web", "marketplace", "store")}
        for run, times, channel in zip((peak, calm), during, channels, strict=True)
    )
    assert len(hit["marketplace"]) > 4 * len(quiet["marketplace"])
    assert abs(len(hit["web"]) - len(quiet["web"])) < 0.15 * len(quiet["web"])
    # The same queue for all: who buys at the shop's own site waits as much longer, but is late less often.
    assert hit["web"]["wait"].mean() > 1.3 * quiet["web"]["wait"].mean()
    assert hit["marketplace"]["late"].mean() > 1.3 * hit["web"]["late"].mean()


def test_forecast_placement_is_where_people_live_and_brings_parcels_sooner_than_even_placement() -> None:
    even, forecast = (play(name, n_orders=6_000) for name in ("even_placement", "forecast_placement"))
    scenario = forecast.stage.scenario
    near = dict.fromkeys((node.node_id for node in scenario.nodes), 0.0)
    for region in scenario.regions:
        km = {node.node_id: distance_km(node.lat, node.lon, region.lat, region.lon) for node in scenario.nodes}
        near[min(km, key=km.__getitem__)] += region.demand_share
    assert {node.node_id: node.demand_share for node in scenario.nodes} == pytest.approx(near)
    assert len({node.demand_share for node in even.stage.scenario.nodes}) == 1
    # As much stock in all, but for rounding and the nodes' own days of stock.
    stock = [sum(sum(plan.order_up_to) for plan in run.stage.plans) for run in (even, forecast)]
    assert stock[0] == pytest.approx(stock[1], rel=0.06)
    later = even.stage.demand.placed_at_hours > 24
    lead, waited = (
        [np.array(values(run), dtype=float)[later].mean() for run in (even, forecast)]
        for values in (lambda run: run.record.delivered_at_hours - run.stage.demand.placed_at_hours, stock_outs)
    )
    assert lead[1] < 0.99 * lead[0]
    assert waited[1] < waited[0]


def stock_outs(run: WorldRun) -> np.ndarray:
    return np.frombuffer(run.stock_out, dtype=np.uint8)


def test_dwell_alarm_tells_of_stuck_orders_long_before_the_door_does() -> None:
    run = play("dwell_alarm")
    promised, delivered = run.stage.demand.promised_at_hours, np.array(run.record.delivered_at_hours)
    told = {one.order: one for one in run.record.incidents if one.grievance.dwell_hours > 0}
    orders = np.array(sorted(told))
    told_at = np.array([told[order].occurred_at_hours for order in sorted(told)])
    assert len(told) > 80
    # In time to do something about it, and it is worth it: three in four of them come late if nobody does.
    assert (told_at < promised[orders]).mean() > 0.95
    assert (delivered[orders] > promised[orders]).mean() > 0.75
    assert np.median(delivered[orders] - told_at) > 48
    # Without the limit the same parcels come as late, and nobody says so before the door.
    silent = play("node_outage")
    assert silent.record.delivered_at_hours == run.record.delivered_at_hours
    at_the_door = {one.order: one.occurred_at_hours for one in silent.record.incidents}
    assert all(at_the_door.get(order, np.inf) > one.occurred_at_hours for order, one in told.items())


def test_early_warning_comes_before_the_promise_is_broken() -> None:
    run, unwarned = play("early_warning"), play("small")
    promised = run.stage.demand.promised_at_hours
    shipped = np.array(run.record.shipped_at_hours)
    warned = {one.order: one for one in run.record.incidents if one.grievance.incident_type == "late_expected"}
    assert len(warned) > 50
    for order, incident in warned.items():
        assert incident.occurred_at_hours == max(shipped[order], promised[order] - 4.0) < promised[order]
    # Those who are still told at the door had left their node too late to be warned of.
    told_late = [one.order for one in run.record.incidents if one.grievance.incident_type == "late"]
    assert all(shipped[order] >= promised[order] for order in told_late)
    # What happened is the same, and so are the same parcels late by as much.
    assert run.record.delivered_at_hours == unwarned.record.delivered_at_hours
    before = {one.order: one.grievance.hours_late for one in unwarned.record.incidents}
    assert all(before[order] == one.grievance.hours_late for order, one in warned.items())
