"""Every shipped disruption shows what its description says, under the rules and against its own calm twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.run import WorldRun
from simulator.scenario.loading import load_scenario, shipped_scenarios


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


def test_normal_week_is_mostly_on_time_and_in_stock(library: Any) -> None:
    orders = library.orders_of(library.play("normal_week"))
    assert orders["late"].mean() < 0.2
    assert orders["stock_out"].mean() < 0.01
    assert orders["wait"].mean() < 12


def test_singles_day_makes_backlogs_that_ordinary_days_do_not(library: Any) -> None:
    busy, calm = library.pair("singles_day")
    day_one = busy[busy["placed"] >= 24]
    assert day_one["wait"].mean() > 1.4 * calm.loc[calm["placed"] >= 24, "wait"].mean()
    # As many orders in far less time.
    assert busy["placed"].max() - 18 < 0.7 * (calm["placed"].max() - 18)
    # Those who order last on the day wait longest.
    last = day_one.nlargest(200, "placed")["wait"].mean()
    assert last > day_one.nsmallest(200, "placed")["wait"].mean()


def test_storm_makes_parcels_late_and_the_rules_ship_as_if_it_were_calm(library: Any) -> None:
    stormy, calm = library.pair("storm")
    assert (stormy[["node", "carrier", "level"]] == calm[["node", "carrier", "level"]]).all(axis=None)
    hit = stormy["region"].isin(["west", "centre"])
    assert stormy.loc[hit, "late"].mean() > 2 * calm.loc[hit, "late"].mean()
    # It was there to be seen.
    log = library.play("storm").decision_log()
    chosen = log.candidates[log.candidates["is_chosen"]].merge(log.orders[["order_id", "region"]], on="order_id")
    in_storm = chosen["region"].isin(["west", "centre"]) & (stormy["placed"].to_numpy() > 12)
    assert (chosen.loc[in_storm, "weather_severity"] >= 0.9).mean() > 0.9


def test_node_outage_does_not_keep_the_rules_from_the_node(library: Any) -> None:
    broken, calm = library.pair("node_outage")
    during = broken["placed"].between(8, 26)
    assert (broken.loc[during, "node"] == "nuremberg").mean() >= (calm.loc[during, "node"] == "nuremberg").mean()
    there = during & (broken["node"] == "nuremberg")
    assert broken.loc[there, "wait"].mean() > 2 * calm.loc[there, "wait"].mean()
    # Candidates elsewhere would have been less late.
    truth = library.truth_beside_choice(library.play("node_outage"), np.flatnonzero(there)[::10].tolist())
    elsewhere = truth[truth["node"] != "nuremberg"].groupby("order_id")["lateness_hours"].min()
    assert elsewhere.mean() < 0.5 * truth.loc[truth["chosen"], "lateness_hours"].mean()


def test_cold_chain_failure_spoils_a_large_share_of_cold_orders(library: Any) -> None:
    broken, calm = library.pair("cold_chain_failure")
    cold = broken["cold"] & broken["placed"].between(6, 40)
    to_failed_node = broken.loc[cold, "node"] == "nuremberg"
    assert to_failed_node.mean() > 0.37
    spoiled = broken.loc[cold & (broken["node"] == "nuremberg") & (broken["shipped"] < 48), "damaged"]
    assert spoiled.all()
    assert broken.loc[cold, "damaged"].mean() > 0.25 > 10 * calm.loc[cold, "damaged"].mean()


def test_customs_jam_makes_the_nearest_node_the_slow_one(library: Any) -> None:
    jammed, calm = library.pair("customs_jam")
    alsace = jammed["region"] == "alsace"
    assert (jammed.loc[alsace, "node"] == "basel").mean() > 0.9
    assert jammed.loc[alsace, "late"].mean() > 2 * calm.loc[alsace, "late"].mean()
    truth = library.truth_beside_choice(
        library.play("customs_jam"), np.flatnonzero(alsace & (jammed["node"] == "basel")).tolist()
    )
    by_node = truth.groupby("node")["lateness_hours"].mean()
    assert by_node.drop("basel").max() < by_node["basel"]


def test_carrier_strike_leaves_parcels_at_the_dock(library: Any) -> None:
    struck, calm = library.pair("carrier_strike")
    during = struck["placed"].between(12, 60)
    assert (struck.loc[during, "carrier"] == "tortoise").mean() >= 0.8
    stuck = during & (struck["carrier"] == "tortoise")
    assert struck.loc[stuck, "wait"].mean() > 3 * calm.loc[stuck, "wait"].mean()
    truth = library.truth_beside_choice(library.play("carrier_strike"), np.flatnonzero(stuck)[::20].tolist())
    others = truth[truth["carrier"] != "tortoise"].groupby("order_id")["lateness_hours"].min()
    assert others.mean() < 0.5 * truth.loc[truth["chosen"], "lateness_hours"].mean()


def test_warehouse_opening_takes_over_its_region(library: Any) -> None:
    orders = library.orders_of(library.play("warehouse_opening"))
    south, after = orders["region"] == "south", orders["placed"] >= 24
    assert (orders.loc[~after, "node"] != "munich").all()
    assert (orders.loc[south & after, "node"] == "munich").mean() > 0.9
    closed = library.orders_of(library.play("small"))
    assert orders.loc[south & after, "late"].mean() < closed.loc[south & after, "late"].mean()
    assert orders.loc[south & after, "wait"].mean() < closed.loc[south & after, "wait"].mean()


def test_live_stream_spike_empties_shelves_of_what_it_shows(library: Any) -> None:
    streamed, calm = library.pair("live_stream_spike")
    assert calm["stock_out"].mean() < 0.01
    during = streamed["placed"].between(18, 21)
    assert streamed.loc[during, "stock_out"].mean() > 0.2
    assert streamed.loc[streamed["stock_out"], "late"].mean() > 0.5


def test_tariff_change_moves_express_parcels_and_still_costs_more(library: Any) -> None:
    dear, cheap = library.pair("tariff_change")
    express = (dear["asked"] == "express") & (dear["level"] == "express")
    after = express & (dear["placed"] >= 24)
    assert (dear.loc[after, "carrier"] == "meridian").mean() < (cheap.loc[after, "carrier"] == "meridian").mean()
    assert dear.loc[after, "freight"].mean() > 1.05 * cheap.loc[after, "freight"].mean()
    assert dear.loc[~(dear["placed"] >= 24), "freight"].equals(cheap.loc[~(cheap["placed"] >= 24), "freight"])


def test_overloaded_neighbour_idles_while_nuremberg_drowns(library: Any) -> None:
    run = library.play("overloaded_neighbour", n_orders=1_700)
    assert load_of(library, run, "nuremberg") == pytest.approx(1.3, abs=0.12)
    assert load_of(library, run, "lauf") == pytest.approx(0.35, abs=0.08)
    orders = library.orders_of(run)
    late_hours = orders["placed"] > 12
    waits = orders[late_hours].groupby("node")["wait"].mean()
    assert waits["nuremberg"] > 1.5 * waits["lauf"]


def load_of(library: Any, run: WorldRun, node_id: str) -> float:
    """Picking that the first day asks of a node over the picking that its workers can do in a day."""
    node = next(node for node in run.stage.scenario.nodes if node.node_id == node_id)
    orders = library.orders_of(run)
    mine = ((orders["node"] == node_id) & (orders["placed"] < 24)).to_numpy()
    return float(run.stage.demand.pick_effort[mine].sum() * node.pick_minutes / 60 / (24 * node.shifts[0].pickers))
