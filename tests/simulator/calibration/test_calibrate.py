"""A calibrated scenario says what the history says, and for the rest what the base says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from data.history.dataset import OrderHistory
from simulator.calibration.calibrate import calibrate
from simulator.calibration.scenario_file import scenario_text
from simulator.calibration.slowdown import mean_severity
from simulator.calibration.wishes import CalibrationWishes
from simulator.errors import CalibrationError
from simulator.planning import daily_capacity_orders
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario

PlantHistory = Callable[..., OrderHistory]
WISHES = CalibrationWishes("planted")


@pytest.fixture(scope="module")
def base() -> Scenario:
    return load_scenario("base_world")


def test_shares_are_counted(plant_history: PlantHistory, base: Scenario) -> None:
    made = calibrate(plant_history(), base, WISHES)
    assert {region.region_id: region.demand_share for region in made.regions} == {
        "Canada": 0.75,
        "Southern Europe": 0.25,
    }
    asked = {level.service_level: level.demand_share for level in made.service_levels if level.demand_share}
    assert asked == pytest.approx({"first_class": 1 / 3, "standard_class": 2 / 3}, abs=1e-6)
    assert made.demand.lines_per_order == (0.5, 0.5)
    assert made.demand.quantity_per_line == (0.0, 1.0)


def test_values_and_promises_are_the_historys(plant_history: PlantHistory, base: Scenario) -> None:
    made = calibrate(plant_history(), base, WISHES)
    assert made.demand.order_value_minor_quantiles[0] == 1_000
    assert made.demand.order_value_minor_quantiles[-1] == 6_990
    promises = {level.service_level: level.promise_hours for level in made.service_levels if level.demand_share}
    assert promises == {"first_class": 48.0, "standard_class": 96.0}


def test_whole_days_promise_to_the_end_of_their_step(plant_history: PlantHistory, base: Scenario) -> None:
    made = calibrate(plant_history(resolution_hours=24.0), base, WISHES)
    assert [level.promise_hours for level in made.service_levels if level.demand_share] == [60.0, 108.0]


def test_transit_and_handling_add_up_to_the_historys_mean(plant_history: PlantHistory, base: Scenario) -> None:
    history = plant_history()
    made = calibrate(history, base, WISHES)
    means = history.orders.groupby("service_level")["delivered_hours"].mean()
    for level, name in (("first_class", "First Class"), ("standard_class", "Standard-Class")):
        spec = next(item for item in made.service_levels if item.service_level == level)
        quantiles = spec.transit_hours_quantiles
        transit = float(np.trapezoid(quantiles, dx=1 / (len(quantiles) - 1)))
        transit *= 1 + spec.weather_sensitivity * mean_severity(made)
        assert transit + made.source["levels"][level]["handling_mean_hours"] == pytest.approx(means[name], rel=0.01)


def test_a_stated_shipping_time_leaves_exactly_the_transit(plant_history: PlantHistory, base: Scenario) -> None:
    made = calibrate(plant_history(shipped_hours=10.0), base, WISHES)
    assert made.source["levels"]["first_class"]["handling_mean_hours"] == 10.0


def test_a_busy_hour_shows(plant_history: PlantHistory, base: Scenario) -> None:
    at_nine = pd.date_range("2024-01-01T09:30", periods=600, freq="3h", tz="UTC").as_unit("us")
    made = calibrate(plant_history(ordered_at=at_nine), base, WISHES)
    hours = np.array(made.demand.hour_profile)
    assert hours[[0, 3, 6, 9, 12, 15, 18, 21]] == pytest.approx(3.0)
    assert hours.sum() == pytest.approx(24.0)


def test_cancelled_orders_count_for_nothing(plant_history: PlantHistory, base: Scenario) -> None:
    cancelled = np.arange(600) % 4 == 0
    made = calibrate(plant_history(cancelled=cancelled), base, WISHES)
    assert [region.region_id for region in made.regions] == ["Canada"]
    assert made.source["history"]["n_orders_not_cancelled"] == 450


def test_network_weather_and_customers_are_the_bases(plant_history: PlantHistory, base: Scenario) -> None:
    made = calibrate(plant_history(), base, WISHES)
    assert (made.weather, made.customers, made.fulfilment) == (base.weather, base.customers, base.fulfilment)
    assert [(node.node_id, node.lat, node.lon, node.stock) for node in made.nodes] == [
        (node.node_id, node.lat, node.lon, node.stock) for node in base.nodes
    ]
    assert [carrier.services for carrier in made.carriers] == [carrier.services for carrier in base.carriers]


@pytest.mark.parametrize("orders_per_day", [300.0, 2_500.0, 40_000.0])
def test_labour_follows_the_demand(orders_per_day: float, plant_history: PlantHistory, base: Scenario) -> None:
    made = calibrate(plant_history(), base, CalibrationWishes("planted", orders_per_day))
    busiest = max(made.nodes, key=lambda node: node.demand_share)
    load = orders_per_day * busiest.demand_share / daily_capacity_orders(made, busiest)
    assert 0.7 <= load <= 0.97
    assert all((shift.pickers > 0) == (shift.packers > 0) for node in made.nodes for shift in node.shifts)


def test_what_the_history_does_not_say_stays_and_is_said(plant_history: PlantHistory, base: Scenario) -> None:
    silent = plant_history(delivered_hours=np.nan, promised_hours=np.nan, order_value_minor=pd.NA, n_lines=pd.NA)
    made = calibrate(silent, base, WISHES)
    before = {level.service_level: level for level in base.service_levels}
    for level in made.service_levels:
        assert level.transit_hours_quantiles == before[level.service_level].transit_hours_quantiles
        assert level.promise_hours == before[level.service_level].promise_hours
    assert made.demand.order_value_minor_quantiles == base.demand.order_value_minor_quantiles
    said = " ".join(made.source["warnings"])
    for part in ("transit times are the base's", "no promise", "what orders are worth", "how many lines"):
        assert part in said


def test_dates_without_hours_take_the_bases_hours(plant_history: PlantHistory, base: Scenario) -> None:
    days = pd.date_range("2024-01-01", periods=600, freq="D", tz="UTC").as_unit("us")
    made = calibrate(plant_history(ordered_at=days), base, WISHES)
    assert made.demand.hour_profile == base.demand.hour_profile
    assert any("dates without hours" in warning for warning in made.source["warnings"])


def test_a_short_span_does_not_tell_weekdays_apart(plant_history: PlantHistory, base: Scenario) -> None:
    week = pd.date_range("2024-01-01", periods=600, freq="15min", tz="UTC").as_unit("us")
    made = calibrate(plant_history(ordered_at=week), base, WISHES)
    assert made.demand.weekday_profile == base.demand.weekday_profile


def test_regions_are_placed_by_coordinates_base_gazetteer_or_with_a_warning(
    plant_history: PlantHistory, base: Scenario
) -> None:
    places = np.array(["Home", "Canada", "Melanesia", "Atlantis"])[np.arange(600) % 4]
    lat = np.where(places == "Home", 52.5, np.nan)
    lon = np.where(places == "Home", 13.4, np.nan)
    made = calibrate(plant_history(region=places, lat=lat, lon=lon), base, WISHES)
    placed = {region.region_id: (region.lat, region.lon) for region in made.regions}
    assert placed["Home"] == (52.5, 13.4)
    assert placed["Canada"] == next((item.lat, item.lon) for item in base.regions if item.region_id == "Canada")
    assert placed["Melanesia"] == (-8.0, 150.0)
    assert any("'Atlantis'" in warning for warning in made.source["warnings"])
    assert sum("nobody knows where" in warning for warning in made.source["warnings"]) == 1


def test_the_date_line_does_not_part_a_region(plant_history: PlantHistory, base: Scenario) -> None:
    lon = np.where(np.arange(600) % 2 == 0, 179.5, -179.5)
    made = calibrate(plant_history(region="Fiji", lat=-18.0, lon=lon), base, WISHES)
    assert abs(made.regions[0].lon) > 179


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"cancelled": np.arange(600) > 50}, "51 orders that were not cancelled .*bring at least 100"),
        ({"service_level": "drone"}, r"service levels \['drone'\].*same_day.*`values`"),
        ({"currency": "EUR"}, "values are in EUR, the tariffs of 'base_world' in USD"),
        ({"region": [f"r{number}" for number in range(600)] * 1, "service_level": "same day"}, ""),
        ({"region": np.where(np.arange(600) % 2 == 0, "Süd", "Sud")}, "'Sud' and 'Süd' would both be 'Sud'|both be"),
        ({"region": "北"}, "no letter or digit of the Latin alphabet"),
    ],
)
def test_histories_that_cannot_be_used_are_refused(
    columns: dict[str, object], said: str, plant_history: PlantHistory, base: Scenario
) -> None:
    if not said:
        assert len(calibrate(plant_history(**columns), base, WISHES).regions) == 600
        return
    with pytest.raises(CalibrationError, match=said):
        calibrate(plant_history(**columns), base, WISHES)


def test_the_same_history_gives_the_same_text(plant_history: PlantHistory, base: Scenario) -> None:
    assert scenario_text(calibrate(plant_history(), base, WISHES)) == scenario_text(
        calibrate(plant_history(), base, WISHES)
    )


def test_deliveries_in_no_time_leave_the_bases_transit_and_say_so(plant_history: PlantHistory, base: Scenario) -> None:
    made = calibrate(plant_history(delivered_hours=0.0), base, WISHES)
    assert made.service_levels[1].transit_hours_quantiles == base.service_levels[1].transit_hours_quantiles
    assert any("what no parcel takes" in warning for warning in made.source["warnings"])


def test_a_history_quicker_than_handling_is_called_so(plant_history: PlantHistory, base: Scenario) -> None:
    made = calibrate(plant_history(delivered_hours=2.0), base, WISHES)
    assert any("the world will be slower" in warning for warning in made.source["warnings"])


@pytest.mark.parametrize("volume", [0.0, -1.0, float("nan"), float("inf")])
def test_a_volume_that_is_none_is_refused(volume: float) -> None:
    with pytest.raises(CalibrationError, match="orders_per_day is"):
        CalibrationWishes("x", volume)
