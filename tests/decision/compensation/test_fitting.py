"""Fitted effects agree with planted ones and with EconML's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from data.incidents import ARMS
from decision.compensation.features import FEATURE_NAMES, IncidentColumns, incident_features
from decision.compensation.fitting import CompensationFit, Law, fit_compensation
from decision.compensation.model import LEARNED_OUTCOMES, CompensationModel
from decision.compensation.native_fitting import LEAST_ROWS, independent_columns
from decision.errors import TrainingError

Floats = NDArray[np.float64]

TOLERANCE = 1e-9
PROPENSITIES = [f"propensity_{arm.value}" for arm in ARMS]


def as_estimated(fit: CompensationFit) -> CompensationModel:
    return replace(fit.estimated, spread=np.ones(len(LEARNED_OUTCOMES)))


def without_exploration(incidents: pd.DataFrame, arm: str, keep: int) -> pd.DataFrame:
    """The log with all but a few rows of an arm given to `none` instead, propensities and all."""
    table = incidents.copy()
    rows = table.index[table["arm"] == arm][keep:]
    table.loc[rows, "arm"] = "none"
    return table


def test_effects_and_intervals_are_those_of_econml(fit: CompensationFit, held_out: Any) -> None:
    features = incident_features(IncidentColumns.of_table(held_out.incidents))
    effects = as_estimated(fit).effects(features)
    for (outcome, arm), arm_fit in fit.fits.items():
        place = (slice(None), LEARNED_OUTCOMES.index(outcome), fit.model.arms.index(arm))
        inputs = features[:, arm_fit.columns]
        expected = arm_fit.estimator.effect(inputs, T0="none", T1=arm)
        assert np.abs(effects.point[place] - expected).max() < TOLERANCE
        lower, upper = arm_fit.estimator.effect_interval(inputs, T0="none", T1=arm, alpha=0.1)
        half_width = 1.6448536269514722 * effects.standard_error[place]
        assert np.abs(effects.point[place] - half_width - lower).max() < TOLERANCE
        assert np.abs(effects.point[place] + half_width - upper).max() < TOLERANCE


def test_planted_effects_are_found_within_their_errors(fit: CompensationFit, held_out: Any) -> None:
    features = incident_features(IncidentColumns.of_table(held_out.incidents))
    effects = as_estimated(fit).effects(features)
    arms = [[arm.value for arm in ARMS].index(name) for name in fit.model.arms]
    for place, table in enumerate((held_out.repurchase, held_out.churn)):
        error = effects.point[:, place] - (table[:, arms] - table[:, [0]])
        inside = np.abs(error) <= 1.6448536269514722 * effects.standard_error[:, place]
        assert 0.8 < inside.mean() <= 1


def test_the_naive_difference_is_biased_where_behaviour_is_confounded(
    world: Any, fit: CompensationFit, held_out: Any
) -> None:
    # Rules give coupons to those who waited longest, who buy again the least.
    logged = world.incidents.groupby("arm")["repurchase_90d"].mean()
    coupon = [arm.value for arm in ARMS].index("coupon")
    true = float((held_out.repurchase[:, coupon] - held_out.repurchase[:, 0]).mean())
    features = incident_features(IncidentColumns.of_table(held_out.incidents))
    estimated = float(fit.model.effects(features).point[:, 0, fit.model.arms.index("coupon")].mean())
    assert logged["coupon"] - logged["none"] < true - 0.05
    assert estimated == pytest.approx(true, abs=0.05)


def test_shrinkage_brings_effects_closer_to_the_truth(fit: CompensationFit, held_out: Any) -> None:
    features = incident_features(IncidentColumns.of_table(held_out.incidents))
    arms = [[arm.value for arm in ARMS].index(name) for name in fit.model.arms]
    for place, table in enumerate((held_out.repurchase, held_out.churn)):
        true = table[:, arms] - table[:, [0]]
        error = {
            name: float(np.square(model.effects(features).point[:, place] - true).mean())
            for name, model in (("estimated", fit.estimated), ("shrunk", fit.model))
        }
        assert error["shrunk"] < 0.8 * error["estimated"]


def test_only_arms_that_may_go_unused_have_a_redemption_to_learn(fit: CompensationFit, held_out: Any) -> None:
    features = incident_features(IncidentColumns.of_table(held_out.incidents))
    redemption = fit.model.effects(features).point[:, LEARNED_OUTCOMES.index("redemption")]
    fixed = [row for row, arm in enumerate(fit.model.arms) if arm != "coupon"]
    assert (redemption[:, fixed] == 1).all()
    coupon = held_out.repurchase[:, [arm.value for arm in ARMS].index("coupon")]
    assert redemption[:, fit.model.arms.index("coupon")].mean() == pytest.approx(coupon.mean(), abs=0.05)


def test_the_cost_table_is_read_back_from_the_log(fit: CompensationFit) -> None:
    costs = fit.model.costs
    assert costs.coupon.value_share == pytest.approx(0.15, abs=1e-3)
    assert costs.coupon.only_if_redeemed
    assert (costs.apology.fixed_minor, costs.apology.only_if_redeemed) == (30, False)
    assert costs.reship.value_share == pytest.approx(0.55, abs=1e-3)
    assert costs.reship.fixed_minor == pytest.approx(700, abs=1)


def test_the_order_of_arm_columns_changes_nothing(small_world: Any) -> None:
    backwards = small_world.incidents[list(reversed(small_world.incidents.columns))]
    once, again = (fit_compensation(table, seed=7) for table in (small_world.incidents, backwards))
    assert np.array_equal(again.model.coefficients, once.model.coefficients)
    assert np.array_equal(again.model.covariance, once.model.covariance)


def test_an_arm_of_two_rows_is_left_out_and_reported(small_world: Any) -> None:
    fit = fit_compensation(without_exploration(small_world.incidents, "gift_sample", keep=2), seed=7)
    assert "gift_sample" not in fit.model.arms
    assert fit.left_out == {"gift_sample": 2}


def test_a_log_that_never_did_nothing_teaches_nothing(small_world: Any) -> None:
    with pytest.raises(TrainingError, match="'none' beside them"):
        fit_compensation(small_world.incidents[small_world.incidents["arm"] != "none"], seed=7)


def test_a_log_of_one_arm_teaches_nothing(small_world: Any) -> None:
    constant = small_world.incidents.assign(arm="none", **dict.fromkeys(PROPENSITIES, 0.0)).assign(propensity_none=1.0)
    with pytest.raises(TrainingError, match=f"both logged {LEAST_ROWS} times"):
        fit_compensation(constant, seed=7)


def test_an_arm_that_was_forbidden_is_learned_where_it_was_not(world: Any, fit: CompensationFit) -> None:
    late = (world.incidents["incident_type"] == "late").to_numpy()
    for outcome in ("repurchase", "churn"):
        rows = fit.fits[outcome, "reship"].rows
        assert not rows[late].any()
        assert rows[~late].all()


def test_a_log_of_two_arms_is_fitted_without_a_third_category(small_world: Any) -> None:
    two = small_world.incidents[small_world.incidents["arm"].isin(["none", "apology"])].copy()
    pair = two[["propensity_none", "propensity_apology"]].div(
        two[["propensity_none", "propensity_apology"]].sum(axis=1), axis=0
    )
    two[PROPENSITIES] = 0.0
    two[["propensity_none", "propensity_apology"]] = pair
    fit = fit_compensation(two, seed=7)
    assert fit.model.arms == ("apology",)
    assert np.isfinite(fit.model.coefficients).all()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("hours_late", np.nan, "hours_late are missing or infinite"),
        ("lateness_tolerance", np.inf, "lateness_tolerance are missing or infinite"),
        ("churn_90d", False, "churn_90d is False for all"),
        ("propensity_none", 0.0, "no distribution"),
        ("arm", "hug", "unknown arms"),
    ],
)
def test_a_log_with_a_hole_is_refused_by_column(small_world: Any, column: str, value: object, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        fit_compensation(small_world.incidents.assign(**{column: value}), seed=7)


def test_an_empty_log_and_a_log_without_columns_are_refused(small_world: Any) -> None:
    with pytest.raises(TrainingError, match="no incidents"):
        fit_compensation(small_world.incidents.head(0), seed=7)
    with pytest.raises(TrainingError, match="lack the columns"):
        fit_compensation(small_world.incidents.drop(columns=["arm"]), seed=7)


def test_columns_that_follow_from_others_are_not_fitted() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.standard_normal((2, 100))
    features = np.column_stack((one, np.full(100, 3.0), two, one - 2 * two, one + 1e-3 * rng.standard_normal(100)))
    assert independent_columns(features).tolist() == [0, 2, 4]


def test_features_have_the_names_they_claim(held_out: Any) -> None:
    features = incident_features(IncidentColumns.of_table(held_out.incidents))
    assert features.shape == (len(held_out.incidents), len(FEATURE_NAMES))
    premium = features[:, FEATURE_NAMES.index("tier_premium")]
    assert (premium == (held_out.incidents["value_tier"] == "premium")).all()


def test_training_and_serving_see_the_same_features(held_out: Any) -> None:
    trained = incident_features(IncidentColumns.of_table(held_out.incidents))
    served = np.vstack([incident_features(IncidentColumns.of_incident(incident)) for incident in held_out.asked])
    assert np.array_equal(trained, served)


def test_the_logistic_law_serves_where_its_averages_stand_the_audit(fit: CompensationFit) -> None:
    assert fit.law is Law.LOGISTIC
    assert fit.model.level is not None
    assert {(item.outcome, item.arm) for item in fit.audit} == set(fit.fits)
    assert all(item.passed for item in fit.audit)


def test_the_law_that_is_asked_for_serves(small_world: Any) -> None:
    assert fit_compensation(small_world.incidents, seed=7, law=Law.LINEAR).model.level is None


def test_chances_of_the_logistic_law_never_leave_what_is_possible(fit: CompensationFit, held_out: Any) -> None:
    features = incident_features(IncidentColumns.of_table(held_out.incidents))
    point = fit.model.effects(features).point
    assert (np.abs(point) <= 1).all()
    assert (point[:, LEARNED_OUTCOMES.index("redemption")] >= 0).all()


def test_errors_of_the_logistic_law_are_the_derivatives_of_its_effects(fit: CompensationFit, held_out: Any) -> None:
    features = incident_features(IncidentColumns.of_table(held_out.incidents))[:1]
    model = fit.model
    assert model.level is not None
    prices = np.arange(1.0, 1.0 + len(LEARNED_OUTCOMES) * len(model.arms)).reshape(len(LEARNED_OUTCOMES), -1)
    unit = replace(model, covariance=np.eye(len(model.covariance)), spread=np.ones(len(LEARNED_OUTCOMES)))
    gradient = unit.loss_root(features[0], prices)

    def loss(step: Floats) -> Floats:
        split = model.coefficients.size
        moved = replace(
            model,
            coefficients=model.coefficients + step[:split].reshape(model.coefficients.shape),
            level=np.asarray(model.level) + step[split:].reshape(np.asarray(model.level).shape),
        )
        return np.asarray((moved.effects(features).point[0] * prices).sum(axis=0))

    rng = np.random.default_rng(0)
    for _ in range(3):
        step = 1e-6 * rng.standard_normal(len(model.covariance))
        assert loss(step) - loss(-step) == pytest.approx(2 * gradient @ step, rel=1e-3, abs=1e-9)
    assert model.effects(features).standard_error.shape == (1, len(LEARNED_OUTCOMES), len(model.arms))
