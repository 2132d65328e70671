"""Fitting on a log with planted effects: parity with EconML, recovery, and refusing to guess."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from data.objective import DEFAULT_WEIGHTS, UnitValues, objective_coefficients
from decision.confidence import coverage
from decision.errors import OverlapError, TrainingError
from decision.routing.design import RoutingDesign
from decision.routing.features import CONTEXT_NAMES
from decision.routing.fitting import RoutingFit, fit_routing
from decision.routing.model import RoutingModel
from decision.routing.scoring import LEARNED, losses, tabled_effects

TOLERANCE = 1e-9


def unspread(model: RoutingModel) -> RoutingModel:
    return replace(model, spread=np.ones(5), weather_widening=0.0)


@pytest.fixture(scope="module", params=[(), ("promise_days", "units_log")], ids=["plain", "modified"])
def fit(request: pytest.FixtureRequest, world: Any) -> RoutingFit:
    """The planted log fitted without and with effect modifiers."""
    return fit_routing(world.log, seed=3, modifiers=request.param)


def econml_inputs(fit: RoutingFit, world: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Standardised contrasts of every candidate against the default, and modifiers, as EconML wants them."""
    sets, design = world.choice_sets, fit.design
    features = fit.model.features(sets)[:, design.feature_index]
    contrasts = (features - features[world.default_rows][sets.order_of_row]) / design.scale
    return contrasts, design.modifiers[sets.order_of_row] if design.modifier_index.size else None


def test_effects_are_those_of_econml(fit: RoutingFit, world: Any) -> None:
    contrasts, modifiers = econml_inputs(fit, world)
    expected = fit.estimator.effect(modifiers, T0=np.zeros_like(contrasts), T1=contrasts)
    found = fit.model.predict(world.choice_sets, world.default_rows).point[:, :3]
    assert np.abs(found - expected).max() < TOLERANCE


def test_intervals_are_those_of_econml_before_they_are_spread(fit: RoutingFit, world: Any) -> None:
    contrasts, modifiers = econml_inputs(fit, world)
    rows = slice(0, 2_000)
    lower, upper = fit.estimator.effect_interval(
        None if modifiers is None else modifiers[rows], T0=np.zeros_like(contrasts[rows]), T1=contrasts[rows], alpha=0.1
    )
    effects = unspread(fit.model).predict(world.choice_sets, world.default_rows)
    point, half_width = effects.point[rows, :3], 1.6448536269514722 * effects.standard_error[rows, :3]
    assert np.abs(point - half_width - lower).max() < TOLERANCE
    assert np.abs(point + half_width - upper).max() < TOLERANCE


def test_marginal_effects_are_those_of_econml(fit: RoutingFit, world: Any) -> None:
    modifiers = fit.design.modifiers[:50]
    expected = fit.estimator.const_marginal_effect(modifiers if modifiers.size else None)
    terms = np.column_stack((np.ones(50), modifiers))
    found = np.einsum("kfm,nm->nkf", fit.model.law.coefficients, terms)
    assert np.abs(found[: len(expected)] - expected).max() < TOLERANCE


def test_the_joint_covariance_holds_econmls_on_its_diagonal_and_has_a_root(fit: RoutingFit) -> None:
    blocks = fit.model.law.covariance_blocks
    for outcome, expected in enumerate(fit.estimator.model_cate._param_var):
        assert np.allclose(blocks[outcome, outcome], expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())
    assert np.linalg.eigvalsh(fit.model.law.covariance).min() > -1e-9 * np.abs(fit.model.law.covariance).max()


def test_draws_spread_as_the_standard_error_says(fit: RoutingFit, world: Any) -> None:
    prices = np.array([20.0, 400.0, 900.0, 0.0, 0.0])
    assessment = fit.model.assess(fit.model.features(world.choice_sets), world.choice_sets, world.default_rows)
    for order in range(25):
        rows = slice(int(world.choice_sets.offsets[order]), int(world.choice_sets.offsets[order + 1]))
        alone = assessment.of_order(rows)
        told, drawn = alone.loss_error(prices), alone.loss_deviations(prices).std(axis=1)
        some = told > 1
        assert np.allclose(told, assessment.loss_error(prices)[rows])
        assert np.median(drawn[some] / told[some]) == pytest.approx(1, abs=0.1)


def test_planted_effects_lie_within_the_intervals(fit: RoutingFit, world: Any) -> None:
    effects = unspread(fit.model).predict(world.choice_sets, world.default_rows)
    error = effects.point - world.true_effects
    for outcome in range(3):
        assert coverage(error[:, outcome], effects.standard_error[:, outcome]) > 0.8
        assert np.corrcoef(effects.point[:, outcome], world.true_effects[:, outcome])[0, 1] > 0.7


def test_choosing_by_the_effects_wins_most_of_what_can_be_won(fit: RoutingFit, make_world: Callable[..., Any]) -> None:
    fresh = make_world(400, seed=77)
    values = UnitValues(late_order_minor=400.0, stock_out_minor=900.0)
    sets, prices = fresh.choice_sets, np.array(objective_coefficients(DEFAULT_WEIGHTS, values))
    true = tabled_effects(sets, fresh.default_rows) @ prices + fresh.true_effects @ prices[LEARNED]
    said = losses(fit.model, sets, fresh.default_rows, prices)
    pairs = [(true[rows], said[rows]) for rows in map(slice, sets.offsets[:-1], sets.offsets[1:])]
    won = sum(order_true[order_said.argmin()] for order_true, order_said in pairs)
    assert won < 0.5 * sum(order_true.min() for order_true, _ in pairs) < 0


def test_naive_difference_is_biased_when_behaviour_is_confounded(fit: RoutingFit, world: Any) -> None:
    """Large baskets leave the near node and run late anyway: the far nodes look bad without being so."""
    sets, chosen = world.choice_sets, world.chosen_rows
    nearest = _nearest_rows(world)
    far = sets.candidate["distance_km"][chosen] > sets.candidate["distance_km"][nearest]
    late_hours = world.log.outcomes["lateness_hours"].to_numpy()
    naive = late_hours[far].mean() - late_hours[~far].mean()
    true = (world.expected[chosen] - world.expected[nearest])[far, 0].mean()
    effect = fit.model.predict(sets, nearest).point[chosen][far, 0].mean()
    assert abs(effect - true) < 1.0 < abs(naive - true)


def _nearest_rows(world: Any) -> np.ndarray:
    sets = world.choice_sets
    km = sets.candidate["distance_km"]
    return np.array(
        [start + km[start:end].argmin() for start, end in zip(sets.offsets[:-1], sets.offsets[1:], strict=True)]
    )


def test_the_same_log_and_seed_give_the_same_model(world: Any, fit: RoutingFit) -> None:
    again = fit_routing(
        world.log, seed=3, modifiers=tuple(CONTEXT_NAMES[place] for place in fit.design.modifier_index)
    ).model
    assert np.array_equal(again.law.coefficients, fit.model.law.coefficients)
    assert np.array_equal(again.law.covariance, fit.model.law.covariance)


def test_the_number_of_threads_changes_no_byte(world: Any) -> None:
    models = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            model = fit_routing(world.log, seed=3).model
            models.append((*model.to_parts()[0].values(), model.law.shocks))
    assert all(one.tobytes() == two.tobytes() for one, two in zip(*models, strict=True))


def test_what_never_varies_is_left_out_and_said_so(world: Any) -> None:
    log = replace(
        world.log,
        candidates=world.log.candidates.assign(weather_severity=0.0, carrier_utilization=np.nan),
        orders=world.log.orders.assign(n_units=1),
    )
    fit = fit_routing(log, seed=1, modifiers=("units_log",))
    assert any("weather_late" in note for note in fit.design.notes)
    assert any("carrier_overload_late" in note for note in fit.design.notes)
    assert fit.design.modifier_index.size == 0
    effects = fit.model.predict(world.choice_sets, world.default_rows)
    assert np.isfinite(effects.point).all()


def test_unknown_observations_take_the_mean_of_the_known(world: Any) -> None:
    candidates = world.log.candidates.copy()
    candidates.loc[::2, "weather_severity"] = np.nan
    design = RoutingDesign.of_log(replace(world.log, candidates=candidates))
    assert design.imputation.weather_severity == pytest.approx(candidates["weather_severity"].mean())


def test_a_log_that_always_followed_the_rules_cannot_tell(make_world: Callable[..., Any]) -> None:
    with pytest.raises(OverlapError, match="cannot tell"):
        fit_routing(make_world(400, seed=5, exploration=0.0).log, seed=1)


def test_a_log_that_hardly_strayed_cannot_tell(make_world: Callable[..., Any]) -> None:
    with pytest.raises(OverlapError, match="strayed from the rules"):
        fit_routing(make_world(400, seed=5, exploration=0.05).log, seed=1)


def test_a_handful_of_orders_cannot_tell(make_world: Callable[..., Any]) -> None:
    with pytest.raises(TrainingError, match="50 orders cannot tell"):
        fit_routing(make_world(50, seed=5).log, seed=1)


def test_numbers_that_are_not_finite_are_refused(world: Any) -> None:
    candidates = world.log.candidates.assign(lead_time_hours=np.inf)
    with pytest.raises(TrainingError, match="not finite numbers"):
        fit_routing(replace(world.log, candidates=candidates), seed=1)
