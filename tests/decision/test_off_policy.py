"""Off-policy value agrees with bandits whose value is known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from decision.errors import OverlapError, TrainingError
from decision.off_policy.evidence import effective_sample_size
from decision.off_policy.logged_outcomes import LoggedOutcomes
from decision.off_policy.value import Estimator, EvaluationLimits, policy_gain, policy_value

Floats = NDArray[np.float64]
SAMPLED = (Estimator.IPS, Estimator.SNIPS, Estimator.DR, Estimator.SWITCH_DR)
N_ARMS = 4


class Bandit:
    """Losses depend on a context x and the arm; the best arm changes with x."""

    def __init__(self, seed: int, n_orders: int = 500, noise: float = 1.0) -> None:
        rng = np.random.default_rng(seed)
        self.x = rng.uniform(-1, 1, n_orders)
        slopes = np.linspace(-2, 2, N_ARMS)
        self.mean = np.outer(self.x, slopes) + np.arange(N_ARMS) * 0.3
        # The behaviour policy prefers a bad arm where x is large: confounded, but known.
        score = np.exp(np.outer(self.x, slopes))
        self.behaviour = 0.2 / N_ARMS + 0.8 * score / score.sum(axis=1, keepdims=True)
        self.target = np.zeros_like(self.behaviour)
        self.target[np.arange(n_orders), self.mean.argmin(axis=1)] = 1.0
        draw = rng.uniform(size=(n_orders, 1))
        self.arm = (self.behaviour.cumsum(axis=1) < draw).sum(axis=1).clip(max=N_ARMS - 1)
        self.outcome = self.mean[np.arange(n_orders), self.arm] + noise * rng.standard_normal(n_orders)

    def logged(self, predicted: Floats | None = None, propensity: Floats | None = None) -> LoggedOutcomes:
        n_orders = len(self.x)
        rows = np.zeros(n_orders * N_ARMS) if predicted is None else predicted.ravel()
        return LoggedOutcomes(
            outcome=self.outcome,
            chosen_row=np.arange(n_orders) * N_ARMS + self.arm,
            propensity=(self.behaviour if propensity is None else propensity).ravel(),
            predicted=rows,
            offsets=np.arange(n_orders + 1) * N_ARMS,
        )

    @staticmethod
    def true_value() -> float:
        """The mean over x of the smallest mean loss, by numeric integration."""
        grid = (np.arange(200_000) + 0.5) / 100_000 - 1
        means = np.outer(grid, np.linspace(-2, 2, N_ARMS)) + np.arange(N_ARMS) * 0.3
        return float(means.min(axis=1).mean())


@pytest.mark.parametrize("estimator", [Estimator.DIRECT, Estimator.DR, Estimator.SWITCH_DR])
def test_perfect_outcome_model_makes_propensities_irrelevant(estimator: Estimator) -> None:
    bandit = Bandit(seed=1, noise=0.0)
    wrong = np.full_like(bandit.behaviour, 1 / N_ARMS)
    right, misled = (
        policy_value(bandit.logged(bandit.mean, propensity), bandit.target.ravel(), estimator)
        for propensity in (None, wrong)
    )
    assert misled.point == pytest.approx(right.point, abs=1e-12)
    assert right.point == pytest.approx(bandit.mean.min(axis=1).mean(), abs=1e-12)


@pytest.mark.parametrize("estimator", [Estimator.SNIPS, Estimator.DIRECT, Estimator.DR, Estimator.SWITCH_DR])
def test_a_constant_outcome_is_every_policys_value(estimator: Estimator) -> None:
    bandit = Bandit(seed=2)
    bandit.outcome[:] = 7.0
    value = policy_value(bandit.logged(np.full_like(bandit.mean, 7.0)), bandit.target.ravel(), estimator)
    assert value.point == pytest.approx(7.0)
    assert value.standard_error == pytest.approx(0.0, abs=1e-9)


def test_the_behaviour_policy_is_worth_the_mean_logged_outcome() -> None:
    bandit = Bandit(seed=3)
    for estimator in (Estimator.IPS, Estimator.SNIPS):
        value = policy_value(bandit.logged(), bandit.behaviour.ravel(), estimator)
        assert value.point == pytest.approx(bandit.outcome.mean())
        assert value.effective_sample_size == pytest.approx(len(bandit.x))


def test_estimates_are_unbiased_and_intervals_cover_as_often_as_they_say() -> None:
    truth, n_logs = Bandit.true_value(), 400
    hits = dict.fromkeys(itertools.product(SAMPLED, (90, 95)), 0)
    points: dict[Estimator, list[float]] = {estimator: [] for estimator in SAMPLED}
    for seed in range(n_logs):
        bandit = Bandit(seed=1000 + seed)
        # A crude model: it knows the arms' offsets but not the context.
        crude = np.broadcast_to(np.arange(N_ARMS) * 0.3, bandit.mean.shape)
        for estimator in SAMPLED:
            value = policy_value(bandit.logged(crude), bandit.target.ravel(), estimator)
            points[estimator].append(value.point)
            hits[estimator, 90] += value.bounds_90[0] <= truth <= value.bounds_90[1]
            hits[estimator, 95] += value.bounds_95[0] <= truth <= value.bounds_95[1]
    for estimator in SAMPLED:
        error_of_mean = np.std(points[estimator]) / np.sqrt(n_logs)
        assert abs(np.mean(points[estimator]) - truth) < 4 * error_of_mean + 0.01, estimator
    for (estimator, level), n_hits in hits.items():
        expected = level / 100
        slack = 3.3 * np.sqrt(expected * (1 - expected) / n_logs) + 0.01
        assert abs(n_hits / n_logs - expected) < slack, (estimator, level, n_hits / n_logs)


def test_doubly_robust_needs_less_data_than_ips_when_the_model_is_good() -> None:
    bandit = Bandit(seed=5)
    ips = policy_value(bandit.logged(bandit.mean), bandit.target.ravel(), Estimator.IPS)
    robust = policy_value(bandit.logged(bandit.mean), bandit.target.ravel(), Estimator.DR)
    assert robust.standard_error < ips.standard_error


def test_switch_leaves_heavy_weights_to_the_model() -> None:
    bandit = Bandit(seed=6)
    never = EvaluationLimits(switch_at=0.0)
    switched = policy_value(bandit.logged(bandit.mean), bandit.target.ravel(), Estimator.SWITCH_DR, limits=never)
    direct = policy_value(bandit.logged(bandit.mean), bandit.target.ravel(), Estimator.DIRECT)
    assert switched.point == direct.point


def test_a_policy_gains_nothing_over_itself_and_the_gain_is_paired() -> None:
    bandit = Bandit(seed=7)
    log, target = bandit.logged(bandit.mean), bandit.target.ravel()
    itself = policy_gain(log, target, target, Estimator.SWITCH_DR)
    assert (itself.point, itself.standard_error) == (0.0, 0.0)
    behaviour = bandit.behaviour.ravel()
    gain = policy_gain(log, target, behaviour, Estimator.SWITCH_DR)
    alone = [policy_value(log, probability, Estimator.SWITCH_DR) for probability in (target, behaviour)]
    assert gain.point == pytest.approx(alone[0].point - alone[1].point)
    assert gain.bounds_95[1] < 0, "the best arm loses less than the behaviour policy"


def test_zero_overlap_is_refused() -> None:
    bandit = Bandit(seed=8)
    never_logged = np.ones_like(bandit.behaviour)
    never_logged[np.arange(len(bandit.x)), bandit.arm] = 0.0
    with pytest.raises(OverlapError, match="no logged action has positive probability"):
        policy_value(bandit.logged(), (never_logged / (N_ARMS - 1)).ravel(), Estimator.IPS)


def test_a_log_worth_a_handful_of_orders_is_refused() -> None:
    bandit = Bandit(seed=9)
    with pytest.raises(OverlapError, match="fewer than 400"):
        policy_value(
            bandit.logged(),
            bandit.target.ravel(),
            Estimator.DR,
            limits=EvaluationLimits(least_effective_sample_size=400),
        )


def test_choices_that_could_not_have_been_logged_are_counted() -> None:
    bandit = Bandit(seed=10)
    bandit.behaviour[:, 0], bandit.arm[:] = 0.0, 1
    target = np.zeros_like(bandit.behaviour)
    target[:, 1], target[: len(target) // 4] = 1.0, [1.0, 0.0, 0.0, 0.0]
    value = policy_value(bandit.logged(), target.ravel(), Estimator.DR)
    assert value.unsupported_share == pytest.approx(0.25)


def test_repeated_orders_in_a_cluster_add_no_evidence() -> None:
    bandit = Bandit(seed=11, n_orders=600)
    single = policy_value(bandit.logged(), bandit.target.ravel(), Estimator.DR)
    log = bandit.logged()
    rows = np.arange(len(log.predicted)).reshape(-1, N_ARMS)
    copies = LoggedOutcomes(
        outcome=np.tile(log.outcome, 3),
        chosen_row=np.concatenate([log.chosen_row + k * rows.size for k in range(3)]),
        propensity=np.tile(log.propensity, 3),
        predicted=np.tile(log.predicted, 3),
        offsets=np.arange(1801) * N_ARMS,
    )
    target = np.tile(bandit.target.ravel(), 3)
    clustered = policy_value(copies, target, Estimator.DR, clusters=np.tile(np.arange(600), 3))
    naive = policy_value(copies, target, Estimator.DR)
    assert clustered.standard_error == pytest.approx(single.standard_error)
    assert naive.standard_error < 0.6 * clustered.standard_error


def test_effective_sample_size_of_nothing_is_zero() -> None:
    assert effective_sample_size(np.zeros(3)) == 0.0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("outcome", np.full(500, np.nan), "finite"),
        ("outcome", np.zeros(3), "500 finite numbers"),
        ("chosen_row", np.zeros(500, dtype=np.int64), "lie outside their order"),
        ("propensity", np.zeros(2000), "propensities"),
        ("offsets", np.array([0, 0, 2000]), "offsets"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(field: str, value: Floats, message: str) -> None:
    log = Bandit(seed=12).logged()
    fields = {name: getattr(log, name) for name in ("outcome", "chosen_row", "propensity", "predicted", "offsets")}
    with pytest.raises(TrainingError, match=message):
        LoggedOutcomes(**{**fields, field: value})


def test_a_target_that_is_no_distribution_is_refused() -> None:
    bandit = Bandit(seed=13)
    with pytest.raises(TrainingError, match="do not sum to 1"):
        policy_value(bandit.logged(), bandit.target.ravel() * 0.5, Estimator.IPS)


def test_one_cluster_gives_no_standard_error() -> None:
    bandit = Bandit(seed=14)
    with pytest.raises(TrainingError, match="no standard error"):
        policy_value(bandit.logged(), bandit.target.ravel(), Estimator.DR, clusters=np.zeros(500, dtype=np.int64))


def test_few_clusters_widen_the_interval_as_student_says() -> None:
    rng = np.random.default_rng(5)
    outcome = rng.normal(size=80)
    offsets = np.arange(81)
    log = LoggedOutcomes(outcome, np.arange(80), np.ones(80), np.zeros(80), offsets)
    value = policy_value(log, np.ones(80), Estimator.IPS, clusters=np.repeat(np.arange(8), 10))
    reach = (value.bounds_95[1] - value.bounds_95[0]) / 2 / value.standard_error
    assert reach == pytest.approx(2.3646, abs=1e-4)  # t table, 7 degrees of freedom
