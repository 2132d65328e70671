"""The compensation model of a training: fitted on the past, calibrated and judged on what came after."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.incidents import ARMS
from decision.compensation.calibration import ArmTruth, calibrated
from decision.compensation.fitting import CompensationFit, fit_compensation
from decision.compensation.model import CompensationModel
from decision.contrasts import compensation_contrast
from decision.identification import identify, load_graph
from decision.refutation import refute
from experiments.answers import compensation_answers
from experiments.arms import ArmTable
from experiments.changes import COMPENSATION_TERMS, changes
from experiments.datasets import Truth
from experiments.heldout import TrueLosses, check_answers
from experiments.logged_value import LoggedDecisions, LoggedGain, logged_gain
from experiments.losses import Pricing, aligned, observed_compensation_loss, true_compensation_loss
from experiments.outcome_model import predicted_compensation_loss
from experiments.questions import incident_of
from experiments.split import Split, blocks_of
from experiments.study import Study, TrueFindings
from experiments.value_calibration import ValueBin, value_calibration


def calibrated_compensation(
    fit: CompensationFit, incidents: pd.DataFrame, truth: pd.DataFrame, pricing: Pricing
) -> CompensationModel:
    """The fitted model with spread and confidence set by the truth of incidents that it was not fitted on."""
    every = pd.MultiIndex.from_product([incidents["incident_id"], [arm.value for arm in ARMS]])
    rows = aligned(truth, every.to_frame(index=False, name=["incident_id", "arm"]), ["incident_id", "arm"])
    return calibrated(
        fit.model,
        tuple(incident_of(row) for row in incidents.to_dict("records")),
        ArmTruth(
            repurchase_probability=_by_arm(rows, "expected_repurchase_probability"),
            churn_probability=_by_arm(rows, "expected_churn_probability"),
            cost_minor=_by_arm(rows, "expected_cost_minor"),
        ),
        weights=pricing.weights,
        values=pricing.customer_values,
    )


def study_compensation(
    split: Split, truth: Truth | None, pricing: Pricing, *, seed: int
) -> tuple[CompensationModel, Study]:
    """Identify, fit, calibrate, refute and judge; errors are those of `study_routing`."""
    identification = identify(load_graph("compensation"))
    incidents = split.training.incidents
    fit = fit_compensation(incidents, seed=seed)
    model = fit.model
    if truth is not None:
        model = calibrated_compensation(fit, split.calibration.incidents, truth.compensation, pricing)
    refutation = refute(compensation_contrast(incidents), seed=seed)
    logged, true, value = judge_compensation(model, split, truth, pricing, seed=seed)
    learner = "EconML's LinearDRLearner, shrunk" if model.level is None else "a logistic law, audited by EconML"
    return model, Study(len(incidents), identification, refutation, logged, true, value=value, learner=learner)


def judge_compensation(
    model: CompensationModel, split: Split, truth: Truth | None, pricing: Pricing, *, seed: int
) -> tuple[LoggedGain, TrueFindings | None, tuple[ValueBin, ...]]:
    """Value the model on all that was held out by the log, and on the last part of it by the truth."""
    held_out = split.held_out.incidents
    arms = ArmTable.of(held_out)
    answers = compensation_answers(model, held_out, arms, pricing)
    decisions = logged_arms(split.training.incidents, held_out, arms, pricing, seed)
    logged, value = logged_gain(decisions, answers), value_calibration(decisions, answers)
    if truth is None:
        return logged, None, value
    incidents = split.evaluation.incidents
    last_arms = ArmTable.of(incidents)
    losses = TrueLosses(
        loss=true_compensation_loss(incidents, last_arms.rows, truth.compensation, pricing),
        offsets=last_arms.offsets,
        default_row=last_arms.default_row,
        cluster=blocks_of(incidents["occurred_at"]),
    )
    last = answers.last(losses.n_decisions, losses.offsets)
    check = check_answers(losses, last, near_best_minor=model.settings.epsilon_minor)
    outcomes = aligned(truth.compensation, last_arms.rows, ["incident_id", "arm"])
    return logged, TrueFindings(check, changes(outcomes, COMPENSATION_TERMS, losses, last)), value


def logged_arms(
    past: pd.DataFrame, incidents: pd.DataFrame, arms: ArmTable, pricing: Pricing, seed: int
) -> LoggedDecisions:
    """What the log says of the arms of each incident, for off-policy values."""
    past_loss = observed_compensation_loss(past, pricing)
    return LoggedDecisions(
        loss=observed_compensation_loss(incidents, pricing),
        propensity=arms.rows["propensity"].to_numpy(dtype=np.float64),
        predicted=predicted_compensation_loss(past, past_loss, incidents, arms, seed=seed),
        offsets=arms.offsets,
        chosen_row=arms.chosen_row,
        default_row=arms.default_row,
        cluster=blocks_of(incidents["occurred_at"]),
    )


def _by_arm(rows: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return rows[column].to_numpy(dtype=np.float64).reshape(-1, len(ARMS))
