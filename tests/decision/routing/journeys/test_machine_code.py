"""What machine code reckons is what the formulas say, written out in numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS, ChoiceSets
from decision.confidence import chances
from decision.routing.assessment import Assessment, Spread
from decision.routing.blocks import Block
from decision.routing.damage import DamageLaw, slope_columns
from decision.routing.drivers import drivers
from decision.routing.features import Imputation, finite_rows
from decision.routing.fitting import RoutingFit
from decision.routing.scoring import TIMED, scores
from decision.routing.stages import STAGE_NAMES, stage_columns
from decision.routing.support import RANGE_MARGIN, TrainingRange

PRICES = np.array([1.0, 20.0, 1_500.0, 1_500.0, 4_500.0, 0.0, 10.0])
IMPUTATION = Imputation(carrier_utilization=0.4, weather_severity=0.2)


def drawn(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def assessment(seed: int, n_rows: int = 12) -> Assessment:
    """Effects of rows of three nodes against the row in the middle, which shares its node with others."""
    draw = drawn(seed)
    levels = draw.normal(size=(16, n_rows, 5))
    reference = np.full(n_rows, n_rows // 2)
    block = Block.of_bags(0, levels, reference)
    return Assessment(
        point=block.point,
        learned=block.shocks,
        unseen=np.abs(draw.normal(size=(n_rows, 5))),
        node_of_row=draw.choice([800.0, 90.0, 410.0], n_rows),
        reference_of_row=reference,
        spread=Spread(draw.uniform(1, 2, 5), 1.3, 0.7),
        level=block.level,
    )


def choice_sets(seed: int) -> ChoiceSets:
    """Three orders of 5, 1 and 14 candidates, a third of whose weather and carriers are unknown."""
    draw, offsets = drawn(seed), np.array([0, 5, 6, 20])
    candidate = {name: draw.uniform(0.1, 30.0, 20) for name in CANDIDATE_COLUMNS}
    candidate["hours_to_cut_off"] = draw.uniform(-5.0, 20.0, 20)
    for name in ("weather_severity", "weather_now", "carrier_utilization"):
        candidate[name][draw.random(20) < 0.3] = np.nan
    order = {name: draw.uniform(1.0, 20.0, 3) for name in ORDER_COLUMNS}
    return ChoiceSets(
        order, candidate, offsets, carrier_id=["c1", "c2", "new", "c1"] * 5, service_level=["road", "air"] * 10
    )


@pytest.mark.parametrize("seed", range(5))
def test_chances_are_counted_over_the_joint_draws(seed: int) -> None:
    assessed, prices = assessment(seed), np.array([20.0, 1500.0, 1500.0, 0.0, 1.0])
    loss = drawn(seed).normal(0, 3_000, 12)
    eligible = drawn(seed + 50).random(12) < 0.7
    eligible[3] = True
    draws = loss[:, None] + assessed.loss_deviations(prices)
    told = assessed.chances(loss, prices, (3, 6), eligible, 900.0)
    assert told == chances(draws, 3, 6, 900.0, eligible=eligible)
    assert 0 < told.near_best < 1


def test_a_row_beside_itself_is_no_better_and_alone_the_best() -> None:
    only = np.arange(12) == 6
    told = assessment(1).chances(np.zeros(12), np.ones(5), (6, 6), only, 0.0)
    assert (told.best, told.near_best, told.better_than_current) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize("seed", range(3))
def test_errors_are_those_of_the_formulas(seed: int) -> None:
    assessed, prices = assessment(seed), np.array([20.0, 1500.0, 1400.0, 90.0, 1.0])
    error, loss_error = assessed.errors(prices)
    np.testing.assert_allclose(error, assessed.standard_error, rtol=1e-12)
    np.testing.assert_allclose(loss_error, assessed.loss_error(prices), rtol=1e-12)


def test_bags_become_contrasts_whose_spread_is_that_of_the_bags() -> None:
    levels, reference = drawn(2).normal(size=(16, 6, 4)), np.array([1, 1, 1, 3, 3, 3])
    block = Block.of_bags(0, levels, reference)
    contrasts = levels - levels[:, reference]
    np.testing.assert_allclose(block.level[:, :4], levels.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(block.point[:, :4], contrasts.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose((block.shocks**2).sum(axis=1)[:, :4], contrasts.var(axis=0, ddof=1), atol=1e-12)
    assert not block.shocks[:, :, 4].any()


def test_a_point_is_familiar_and_explored_by_distance_and_range() -> None:
    cloud = drawn(3).normal(size=(500, 6)) @ drawn(4).normal(size=(6, 6))
    known = TrainingRange.of(cloud)
    points = np.concatenate((cloud, 2.5 * cloud, np.full((1, 6), np.nan)))
    standard = (points - known.centre) / known.scale
    distance = np.einsum("ij,jk,ik->i", standard, known.precision, standard)
    margin = RANGE_MARGIN * (known.highest - known.lowest) + 1e-9
    within = (points >= known.lowest - margin) & (points <= known.highest + margin)
    familiar, explored = known.places(points)
    np.testing.assert_array_equal(explored, within.all(axis=1))
    # The limit itself is a quantile of the same distances: next to it rounding decides.
    clear = ~(np.abs(distance / known.distance_limit - 1) < 1e-9)
    np.testing.assert_array_equal(familiar[clear], (distance <= known.distance_limit)[clear])
    assert not familiar[-1]
    assert 0.97 < familiar[:500].mean() < 1


def test_stages_are_told_by_their_names() -> None:
    sets = choice_sets(5)
    told = dict(zip(STAGE_NAMES[:19], stage_columns(sets, IMPUTATION).T, strict=False))
    column, units = sets.candidate, sets.per_row("n_units")
    hours = np.maximum(column["hours_to_cut_off"], 0)
    work, left = hours * np.minimum(column["capacity_utilization"], 10), column["available_quantity"]
    left = left - sets.per_row("max_line_quantity")
    carrier = np.where(np.isnan(column["carrier_utilization"]), 0.4, column["carrier_utilization"])
    expected = {
        "hours_to_cut_off": hours,
        "spare_hours": hours - work,
        # Reckoned, not learned, and so from whatever load is told.
        "queue_hours": np.clip(
            np.maximum(hours * column["capacity_utilization"] - hours, 12 * np.floor(carrier)), 0, 120
        ),
        "backlog_log": np.log1p(column["backlog_orders"]),
        "stock_over_safety": left - column["safety_stock"],
        "stock_relative": left / (1 + column["safety_stock"]),
        "carrier_utilization": carrier,
        "hour_of_cut_off": (sets.per_row("hour_of_day") + hours) % 24,
        "units_log": np.log1p(units),
        "largest_line": sets.per_row("max_line_quantity"),
        "orders_per_hour": column["backlog_orders"] / np.maximum(work, 0.05),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(told[name], values, rtol=1e-12, err_msg=name)
    forecast = np.where(np.isnan(column["weather_severity"]), 0.2, column["weather_severity"])
    now = np.where(np.isnan(column["weather_now"]), forecast, column["weather_now"])
    stays, later = 0.5 ** (hours / 4), np.where((now > 0) & (forecast > 0), now, forecast)
    expected_weather = stays * now + (1 - stays) * later
    weather = stage_columns(sets, IMPUTATION)[:, 19:22].T
    np.testing.assert_allclose(weather, [expected_weather, forecast, now])
    pace, rate, slack, distance = stage_columns(sets, IMPUTATION)[:, 22:].T
    kilometres = np.maximum(column["distance_km"], 50)
    np.testing.assert_allclose(pace, column["lead_time_hours"] / kilometres**0.3)
    np.testing.assert_allclose(rate, 1e4 * column["carbon_kg"] / kilometres / (3 + units))
    np.testing.assert_allclose(slack, sets.per_row("promise_hours") - hours - column["lead_time_hours"])
    np.testing.assert_array_equal(distance, column["distance_km"])


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf, -1.0])
def test_what_is_not_a_number_is_handed_on_without_a_complaint(broken: float) -> None:
    sets = choice_sets(6)
    spoilt = {name: np.where(np.arange(20) == 7, broken, values) for name, values in sets.candidate.items()}
    columns = stage_columns(replace(sets, candidate=spoilt), IMPUTATION)
    assert np.isfinite(np.delete(columns, 7, axis=0)).all()
    assert not np.isfinite(columns[7]).all()


@pytest.mark.parametrize(("column", "value"), [("lead_time_hours", np.nan), ("weather_severity", np.inf)])
def test_rows_that_are_not_finite_are_found_and_the_unknown_is_no_fault(column: str, value: float) -> None:
    assert finite_rows(choice_sets(7)).all()
    sets = choice_sets(7)
    sets.candidate[column][9] = value
    np.testing.assert_array_equal(np.flatnonzero(~finite_rows(sets)), [9])


def test_an_order_that_is_not_finite_spoils_all_its_rows() -> None:
    sets = choice_sets(7)
    sets.order["promise_hours"][0] = np.inf
    np.testing.assert_array_equal(np.flatnonzero(~finite_rows(sets)), range(5))


def test_the_chance_of_damage_is_the_logistic_of_its_line() -> None:
    draw, sets = drawn(8), choice_sets(8)
    law = DamageLaw(
        ("c1", "c2"), ("air", "road"), draw.normal(size=4), draw.uniform(1, 2, 4), draw.normal(size=(9, 11))
    )
    line = (slope_columns(sets, IMPUTATION) - law.centre) / law.scale
    carrier = np.array([{"c1": 5, "c2": 6}.get(name, 7) for name in sets.carrier_id])
    service = np.array([{"air": 8, "road": 9}[name] for name in sets.service_level])
    log_odds = law.coefficients[:, :1] + law.coefficients[:, 1:5] @ line.T
    log_odds += law.coefficients[:, carrier] + law.coefficients[:, service]
    np.testing.assert_allclose(law.by_bag(sets, IMPUTATION), 1 / (1 + np.exp(-log_odds)), atol=1e-12)
    np.testing.assert_allclose(line[:, 1] * law.scale[1] + law.centre[1], np.log(50.0))
    nameless = replace(sets, carrier_id=(), service_level=())
    assert law.by_bag(nameless, IMPUTATION).shape == (9, 20)


def test_steps_are_averaged_over_both_ways_round(staged_fit: RoutingFit) -> None:
    model, sets = staged_fit.model, choice_sets(9)
    assert model.journeys is not None
    # Only these two subjects differ, so that each of the two orders of turning them is played by hand.
    column = sets.candidate
    for name, values in column.items():
        if name not in {"capacity_utilization", "lead_time_hours"}:
            values[3] = values[1]
    column["hours_to_cut_off"][[1, 3]], sets.order["promise_hours"][0] = 4.0, 40.0
    column["capacity_utilization"][[1, 3]], column["lead_time_hours"][[1, 3]] = [1.4, 0.3], [38.0, 20.0]
    # Two nodes: of one and the same, two loads until the same collection would contradict each other.
    column["distance_km"][[1, 3]] = 400.0, 401.0
    load, lead, far = (column[name][[3, 1]] for name in ("capacity_utilization", "lead_time_hours", "distance_km"))
    corners = sets.taken(np.array([3, 3, 3, 3]))
    played = replace(
        corners,
        candidate={
            **corners.candidate,
            "capacity_utilization": load[[0, 0, 1, 1]],
            "lead_time_hours": lead[[0, 1, 0, 1]],
            "distance_km": far[[0, 1, 0, 1]],
        },
    )
    neither, slow, busy, both = model.journeys.outlook(model.features(played)).point @ PRICES[TIMED]
    scored = scores(model, model.features(sets), sets, np.array([3, 5, 6]), PRICES)
    told = {item.feature: item.objective_minor for item in drivers(model, sets, scored, PRICES, [(1, 3), (6, 6)])[0]}
    assert told["capacity_utilization"] == pytest.approx((busy - neither + both - slow) / 2)
    assert told["lead_time_hours"] == pytest.approx((slow - neither + both - busy) / 2)
    assert set(told) == {"capacity_utilization", "lead_time_hours"}


def test_a_choice_that_stays_needs_no_drivers(staged_fit: RoutingFit) -> None:
    model, sets = staged_fit.model, choice_sets(9)
    scored = scores(model, model.features(sets), sets, np.array([3, 5, 6]), PRICES)
    assert drivers(model, sets, scored, PRICES, [(3, 3), (5, 5)]) == [(), ()]


def test_drivers_tell_the_quantities_of_both_candidates(staged_fit: RoutingFit) -> None:
    model, sets = staged_fit.model, choice_sets(9)
    scored = scores(model, model.features(sets), sets, np.array([3, 5, 6]), PRICES)
    told = {
        item.feature: (item.recommended, item.current) for item in drivers(model, sets, scored, PRICES, [(1, 3)])[0]
    }
    column, needed = sets.candidate, sets.order["max_line_quantity"][0]
    expected = {
        "cost_minor": column["freight_minor"] + column["handling_minor"],
        "stock_left": column["available_quantity"] - needed,
        "carrier_utilization": np.where(
            np.isnan(column["carrier_utilization"]), model.imputation.carrier_utilization, column["carrier_utilization"]
        ),
        **{name: column[name] for name in ("carbon_kg", "lead_time_hours", "backlog_orders", "observation_age_hours")},
        **{name: column[name] for name in ("capacity_utilization", "hours_to_cut_off")},
    }
    shown = set(told) & set(expected)
    assert {"cost_minor", "carbon_kg"} <= shown
    for name in shown:
        assert told[name] == pytest.approx((expected[name][1], expected[name][3]))
