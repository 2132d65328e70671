from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from data.decision_log.dataset import DecisionLog
from decision.routing.features import CONTEXT_NAMES, FEATURE_NAMES, Imputation
from decision.routing.linearity import Linearity
from decision.routing.model import RoutingModel, ServingSettings
from decision.routing.support import TrainingRange
from experiments.evidence import evidence_of, policy_choices
from experiments.losses import Pricing
from experiments.split import Split, split_by_time

LogMaker = Callable[[int, int], DecisionLog]


@pytest.fixture
def slow_is_late() -> RoutingModel:
    """Each day of lead time adds ten hours of lateness, and nothing else matters."""
    width = len(CONTEXT_NAMES) + len(FEATURE_NAMES)
    law = Linearity(
        feature_index=np.array([FEATURE_NAMES.index("lead_time_days")]),
        scale=np.ones(1),
        modifier_index=np.array([], dtype=np.int64),
        modifier_centre=np.array([]),
        modifier_scale=np.array([]),
        coefficients=np.array([[[10.0]], [[0.2]], [[0.0]]]),
        covariance=1e-6 * np.eye(3),
    )
    everywhere = TrainingRange(
        np.zeros(width), np.full(width, 1e9), np.eye(width), 1e9, np.full(width, -1e9), np.full(width, 1e9)
    )
    settings = ServingSettings()
    return RoutingModel(
        law, Imputation(), everywhere, settings, np.ones(3), np.array([[1.0, 0.0]] * 3), calibrated=True
    )


def test_a_policy_that_never_moves_is_explained_by_a_tree_without_branches(
    make_log: LogMaker, slow_is_late: RoutingModel
) -> None:
    log = make_log(1_000, 10)
    evidence = evidence_of(log, split_by_time(log), slow_is_late, Pricing(), seed=1)
    assert evidence.tree is not None
    assert (evidence.tree.counts[0] > 0).tolist() == [True, False, False]
    fidelity = evidence.tree.fidelity
    assert (fidelity.agreement, fidelity.majority, fidelity.leaving_agreement) == (1.0, 1.0, 1.0)
    assert fidelity.n_orders == len(split_by_time(log).evaluation.orders)


def test_every_incident_of_the_log_is_a_case(make_log: LogMaker, slow_is_late: RoutingModel) -> None:
    log = make_log(1_000, 10)
    evidence = evidence_of(log, split_by_time(log), slow_is_late, Pricing(), seed=1)
    assert evidence.casebook is not None
    assert evidence.casebook.n_cases == len(log.incidents)


def test_too_few_orders_grow_no_tree(make_log: LogMaker, slow_is_late: RoutingModel) -> None:
    log = make_log(90, 5)
    split = Split(log, log, log)
    assert evidence_of(log, split, slow_is_late, Pricing(), seed=1).tree is not None
    few = make_log(40, 5)
    assert evidence_of(few, Split(few, few, few), slow_is_late, Pricing(), seed=1).tree is None


def test_what_the_policy_does_is_read_off_its_answers(make_log: LogMaker, slow_is_late: RoutingModel) -> None:
    log = make_log(200, 10)
    choices = policy_choices(slow_is_late, log, Pricing())
    lead = log.candidates["lead_time_hours"].to_numpy()
    assert (lead[choices.chosen] == 48.0).all()
    assert choices.rows.eligible.all()
    assert (choices.moves == 0).all()
