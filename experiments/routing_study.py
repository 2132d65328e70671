"""The routing model of a training: fitted on the past, calibrated and judged on what came after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from data.objective import objective_coefficients
from decision.contrasts import routing_contrast
from decision.identification import identify, load_graph
from decision.refutation import refute
from decision.routing.audit import audit
from decision.routing.calibration import calibrated
from decision.routing.fitting import RoutingFit, fit_routing
from decision.routing.model import RoutingModel
from decision.routing.segments import log_segments
from experiments.answers import routing_answers
from experiments.changes import ROUTING_TERMS, changes
from experiments.datasets import Truth
from experiments.heldout import HeldOutCheck, TrueLosses, check_answers
from experiments.logged_value import LoggedDecisions, LoggedGain, logged_gain
from experiments.losses import Pricing, aligned, observed_routing_loss, true_routing_loss
from experiments.outcome_model import predicted_routing_loss
from experiments.split import Split, blocks_of, part
from experiments.study import Study, TrueFindings
from experiments.value_calibration import ValueBin, value_calibration

# Fewer orders with redrawn futures than this say too little, and the factual day's truth serves.
LEAST_REDRAWN = 96
# The names under which the model learns outcomes, and the truth's columns of their expectations.
TRUE_OUTCOMES = {
    "lateness_hours": "expected_lateness_hours",
    "late": "expected_late_probability",
    "stock_out": "expected_stock_out_probability",
    "damaged": "expected_damage_probability",
}


@dataclass(frozen=True)
class KnownOrders:
    """Orders of one run whose alternatives were all played.

    Parameters
    ----------
    log : DecisionLog
        These orders and no others.
    truth : DataFrame
        Expected outcomes of their candidates, as `simulator.truth` writes them.
    """

    log: DecisionLog
    truth: pd.DataFrame

    def expected(self, column: str) -> NDArray[np.float64]:
        """A column of the truth, in the order of the log's candidates."""
        rows = aligned(self.truth, self.log.candidates, ["order_id", "candidate_id"])
        return rows[column].to_numpy(dtype=np.float64)


def calibrated_routing(fit: RoutingFit, known: Sequence[KnownOrders], pricing: Pricing) -> RoutingModel:
    """The fitted model with spread and confidence set by the truth of orders that it was not fitted on.

    Parameters
    ----------
    known : sequence of KnownOrders
        Of one run or, better, of several: orders of one share its weather and its queues.
    """
    return calibrated(
        fit.model,
        ChoiceSets.joined([ChoiceSets.of_log(run.log) for run in known]),
        {name: np.concatenate([run.expected(column) for run in known]) for name, column in TRUE_OUTCOMES.items()},
        segments=[segments for run in known for segments in log_segments(run.log)],
        weights=pricing.weights,
        values=pricing.unit_values,
    )


def study_routing(
    split: Split, truth: Truth | None, pricing: Pricing, *, seed: int, elsewhere: Sequence[KnownOrders] = ()
) -> tuple[RoutingModel, Study]:
    """Identify, fit, calibrate, refute, judge and audit.

    Parameters
    ----------
    elsewhere : sequence of KnownOrders
        Of other runs, to calibrate on beside this one's own.

    Raises
    ------
    TrainingError
        If the log cannot teach it.
    RefutationError
        If the log cannot be attacked: an outcome never varies, say.
    """
    identification = identify(load_graph("routing"))
    fit = fit_routing(split.training, seed=seed)
    model = fit.model
    known = [*([] if truth is None else [known_orders(split.calibration, truth)]), *elsewhere]
    if known:
        model = calibrated_routing(fit, known, pricing)
    contrast = routing_contrast(split.training, observed_routing_loss(split.training, pricing))
    refutation = refute(contrast, seed=seed)
    logged, true, value = judge_routing(model, split, truth, pricing, seed=seed)
    prices = np.array(objective_coefficients(pricing.weights, pricing.unit_values))
    audited = audit(fit, split.training, prices, seed=seed)
    learner = (
        "EconML's LinearDML" if model.journeys is None else "journeys (two forests), audited by EconML's LinearDML"
    )
    found = Study(len(split.training.orders), identification, refutation, logged, true, audit=audited)
    return model, replace(found, value=value, learner=learner)


def judge_routing(
    model: RoutingModel, split: Split, truth: Truth | None, pricing: Pricing, *, seed: int
) -> tuple[LoggedGain, TrueFindings | None, tuple[ValueBin, ...]]:
    """Value the model on all that was held out by the log, and on the last part of it by the truth."""
    held_out = split.held_out
    answers = routing_answers(model, held_out, pricing)
    decisions = logged_candidates(split.training, held_out, pricing, seed)
    logged, value = logged_gain(decisions, answers), value_calibration(decisions, answers)
    if truth is None:
        return logged, None, value
    candidates = split.evaluation.candidates
    losses = TrueLosses(
        loss=true_routing_loss(candidates, truth.routing, pricing),
        offsets=split.evaluation.candidate_offsets(),
        default_row=_flagged(split.evaluation, "is_default"),
        cluster=blocks_of(split.evaluation.orders["decided_at"]),
    )
    last = answers.last(losses.n_decisions, losses.offsets)
    check = check_answers(losses, last, near_best_minor=model.settings.epsilon_minor)
    outcomes = aligned(truth.routing, candidates, ["order_id", "candidate_id"])
    found = TrueFindings(
        check, changes(outcomes, ROUTING_TERMS, losses, last), _by_redraws(model, split, truth, pricing)
    )
    return logged, found, value


def known_orders(log: DecisionLog, truth: Truth) -> KnownOrders:
    """The orders of a log to calibrate on, and their truth: over redrawn futures where there are enough such orders.

    The factual day's truth knows that day's queues: held against it, a model that cannot know them looks wrongly sure.
    """
    if truth.redrawn is not None:
        told = log.orders["order_id"].isin(truth.redrawn["order_id"])
        if int(told.sum()) >= LEAST_REDRAWN:
            return KnownOrders(part(log, told), truth.redrawn)
    return KnownOrders(log, truth.routing)


def _by_redraws(model: RoutingModel, split: Split, truth: Truth, pricing: Pricing) -> HeldOutCheck | None:
    """The check without hindsight, on the evaluation orders whose futures were redrawn; None where they are few."""
    known = known_orders(split.evaluation, truth)
    if known.truth is not truth.redrawn:
        return None
    log = known.log
    blocks = pd.Series(blocks_of(split.evaluation.orders["decided_at"]), index=split.evaluation.orders["order_id"])
    losses = TrueLosses(
        loss=true_routing_loss(log.candidates, known.truth, pricing),
        offsets=log.candidate_offsets(),
        default_row=_flagged(log, "is_default"),
        cluster=blocks.loc[log.orders["order_id"]].to_numpy(),
    )
    return check_answers(losses, routing_answers(model, log, pricing), near_best_minor=model.settings.epsilon_minor)


def logged_candidates(past: DecisionLog, log: DecisionLog, pricing: Pricing, seed: int) -> LoggedDecisions:
    """What the log says of the candidates of each order, for off-policy values."""
    return LoggedDecisions(
        loss=observed_routing_loss(log, pricing),
        propensity=log.candidates["propensity"].to_numpy(dtype=np.float64),
        predicted=predicted_routing_loss(past, observed_routing_loss(past, pricing), log, seed=seed),
        offsets=log.candidate_offsets(),
        chosen_row=_flagged(log, "is_chosen"),
        default_row=_flagged(log, "is_default"),
        cluster=blocks_of(log.orders["decided_at"]),
    )


def _flagged(log: DecisionLog, flag: str) -> NDArray[np.int64]:
    return np.flatnonzero(log.candidates[flag])
