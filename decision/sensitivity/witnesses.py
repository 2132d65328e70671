"""Witnesses of a decision: what was settled before its draw, and would lean if somebody had leaned on the draw.

Three kinds. Plain ones: every physical quantity of an action, and of the situation times leaving the usual
action. *Predicted loss*: what the action promises by a model of other decisions, the direction in which a
meddler who means well pushes. *Earlier losses*: how decisions before this one turned out, beyond what the log
explains; a hidden cause that lasts shows there before it is acted on (a negative control outcome).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.choice_sets import CANDIDATE_COLUMNS, ChoiceSets
from data.decision_log.dataset import DecisionLog
from data.incidents import ARMS
from decision.compensation.features import FEATURE_NAMES, IncidentColumns, incident_features
from decision.contrasts import WORDS
from decision.logged_choices import ARM_NAMES, Floats, LoggedChoices
from decision.scaling import standardised
from decision.sensitivity.logged_draws import Witnesses

# Earlier decisions of the same place that are averaged, and the ridge of the models of loss.
N_EARLIER = 20
PENALTY = 1e-2
N_FOLDS = 2
IN_VALUE = np.array([arm not in WORDS for arm in ARMS], dtype=np.float64)


def routing_witnesses(log: DecisionLog, loss_minor: Floats) -> Witnesses:
    """Witnesses of every candidate.

    Parameters
    ----------
    loss_minor : array of shape (n_orders,)
        Objective of each order as it turned out, in minor currency units.
    """
    choices, sets = LoggedChoices.of_routing(log), ChoiceSets.of_log(log)
    candidate = standardised(np.column_stack([_known(sets.candidate[name]) for name in CANDIDATE_COLUMNS]))
    left = 1.0 - log.candidates["is_default"].to_numpy(dtype=np.float64)
    order = standardised(np.column_stack(list(sets.order.values())))
    predicted, earlier = _told_by_losses(choices, candidate, order, loss_minor, log.orders["decided_at"])
    by_region = _earlier(earlier, log.orders["decided_at"], log.orders["region"])
    situation = np.column_stack((order, by_region))[choices.decision_of_row] * left[:, None]
    return Witnesses(
        (
            "left_default",
            *CANDIDATE_COLUMNS,
            "predicted_loss",
            *(f"left_default_by_{name}" for name in (*sets.order, "earlier_losses")),
        ),
        np.column_stack((left, candidate, predicted, situation)),
    )


def compensation_witnesses(incidents: pd.DataFrame, loss_minor: Floats) -> Witnesses:
    """Witnesses of every arm; `loss_minor` as for `routing_witnesses`, one an incident."""
    choices = LoggedChoices.of_compensation(incidents)
    features = standardised(incident_features(IncidentColumns.of_table(incidents)))
    arms = np.tile(np.eye(len(ARMS))[:, 1:], (len(incidents), 1))
    value = np.tile(IN_VALUE, len(incidents))
    predicted, earlier = _told_by_losses(choices, arms, features, loss_minor, incidents["occurred_at"])
    by_customer = _earlier(earlier, incidents["occurred_at"], incidents["customer_id"])
    by_type = _earlier(earlier, incidents["occurred_at"], incidents["incident_type"])
    situation = np.column_stack((features, by_customer, by_type))[choices.decision_of_row] * value[:, None]
    names = (*FEATURE_NAMES, "earlier_losses_of_customer", "earlier_losses_of_type")
    return Witnesses(
        ("value", *ARM_NAMES[1:], "predicted_loss", *(f"value_by_{name}" for name in names)),
        np.column_stack((value, arms, predicted, situation)),
    )


def _told_by_losses(
    choices: LoggedChoices, action: Floats, situation: Floats, loss: Floats, when: pd.Series
) -> tuple[Floats, Floats]:
    """Predicted loss of every action, and what was left unexplained of every decision's own.

    Cross-fitted in two halves by time: what is predicted of a decision must not know its own choice.
    """
    constant = np.ones((choices.n_decisions, 1))
    chosen = action[choices.chosen_row]
    design = np.column_stack((constant, situation, chosen))
    fold = (np.argsort(np.argsort(when.to_numpy(), kind="stable"), kind="stable") * N_FOLDS) // choices.n_decisions
    predicted, unexplained = np.zeros(len(action)), np.zeros(len(loss))
    for here in range(N_FOLDS):
        rows = fold == here
        line = _ridge(design[~rows], loss[~rows])
        of_rows = rows[choices.decision_of_row]
        predicted[of_rows] = action[of_rows] @ line[-action.shape[1] :]
        unexplained[rows] = loss[rows] - design[rows] @ line
    spread = float(np.std(unexplained)) or 1.0
    return predicted / (float(np.std(predicted)) or 1.0), unexplained / spread


def _earlier(unexplained: Floats, when: pd.Series, place: pd.Series) -> Floats:
    """Mean of what the last N_EARLIER decisions of the same place left unexplained; 0 before the first."""
    table = pd.DataFrame({"when": when.to_numpy(), "place": place.to_numpy(), "left": unexplained})
    ordered = table.sort_values("when", kind="stable")
    before = ordered.groupby("place", sort=False)["left"].shift(1)
    recent = before.groupby(ordered["place"], sort=False).rolling(N_EARLIER, min_periods=1).mean().droplevel(0)
    values: Floats = recent.fillna(0.0).sort_index().to_numpy(dtype=np.float64)
    return values


def _ridge(design: Floats, target: Floats) -> Floats:
    gram = design.T @ design / len(design)
    gram[np.diag_indices_from(gram)] += PENALTY
    return np.asarray(np.linalg.solve(gram, design.T @ target / len(design)), dtype=np.float64)


def _known(values: Floats) -> Floats:
    known = np.isfinite(values)
    mended: Floats = np.where(known, values, values[known].mean() if known.any() else 0.0)
    return mended
