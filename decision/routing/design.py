"""The arrays that routing effects are estimated from: contrasts, their known expectations, controls, outcomes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from decision.errors import OverlapError, TrainingError
from decision.routing.features import (
    CONTEXT_NAMES,
    FEATURE_NAMES,
    Imputation,
    order_context,
    physical_features,
)
from decision.routing.overbooking import logged_collection_hours
from decision.routing.parts import TIMED_OUTCOMES
from decision.routing.support import TrainingRange

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MIN_ORDERS = 300
# Each learned coefficient needs some orders in which the rules were not followed.
MIN_EXPLORED_PER_FEATURE = 5
# A column is left out if what it adds to the others is a thousandth of the largest or less.
RANK_TOLERANCE = 1e-3


@dataclass(frozen=True)
class RoutingDesign:
    """One row an order.

    Parameters
    ----------
    treatment : array of shape (n_orders, n_features)
        Standardised features of the chosen candidate minus those of the rules' default.
    expected_treatment : array of shape (n_orders, n_features)
        Its expectation under the behaviour policy, from the logged propensities.
    modifiers : array of shape (n_orders, n_modifiers)
        Standardised.
    controls : array of shape (n_orders, n_controls)
        What else may explain outcomes: the order, and the default candidate's features.
    outcomes : array of shape (n_orders, n_outcomes)
    feature_index, modifier_index : arrays of int
        Which features and modifiers vary enough to be learned from.
    reachable : array of shape (n_reachable_rows, n_columns)
        Context and features, as they come, of every candidate with positive propensity.
    mean_cost_minor : float
        Mean freight and handling of the chosen candidates.
    """

    imputation: Imputation
    treatment: Floats
    expected_treatment: Floats
    modifiers: Floats
    controls: Floats
    outcomes: Floats
    feature_index: Integers
    scale: Floats
    modifier_index: Integers
    modifier_centre: Floats
    modifier_scale: Floats
    reachable: Floats
    mean_cost_minor: float

    @classmethod
    def of_log(cls, log: DecisionLog, modifiers: tuple[str, ...] = ()) -> RoutingDesign:
        """Build the arrays from a decision log.

        Parameters
        ----------
        modifiers : tuple of str
            Which of CONTEXT_NAMES may change how much features matter.

        Raises
        ------
        TrainingError
            If there are too few orders, or a value is not a finite number.
        OverlapError
            If too few orders strayed from the rules, or no feature varies.
        """
        choice_sets = ChoiceSets.of_log(log)
        imputation = replace(Imputation.of(choice_sets), collection_hours=logged_collection_hours(log.candidates))
        features, context = physical_features(choice_sets, imputation), order_context(choice_sets)
        outcomes = log.outcomes[list(TIMED_OUTCOMES)].to_numpy(dtype=np.float64)
        _require_numbers(features, outcomes)
        chosen, default = (np.flatnonzero(log.candidates[flag]) for flag in ("is_chosen", "is_default"))
        propensity = log.candidates["propensity"].to_numpy(dtype=np.float64)
        expected = np.add.reduceat(features * propensity[:, None], choice_sets.offsets[:-1])
        index = _telling(features[chosen] - expected)
        _require_overlap(len(chosen), int((chosen != default).sum()), len(index))
        scale = features[:, index].std(axis=0)
        asked = np.isin(CONTEXT_NAMES, modifiers)
        modifier_index = np.flatnonzero(asked & (np.ptp(context, axis=0) > 0))
        centre = context[:, modifier_index].mean(axis=0)
        modifier_scale = context[:, modifier_index].std(axis=0)
        reachable = np.concatenate((context[choice_sets.order_of_row], features), axis=1)[propensity > 0]
        return cls(
            imputation=imputation,
            treatment=(features[chosen] - features[default])[:, index] / scale,
            expected_treatment=(expected - features[default])[:, index] / scale,
            modifiers=(context[:, modifier_index] - centre) / modifier_scale,
            controls=np.concatenate((_order_controls(choice_sets), features[default]), axis=1),
            outcomes=outcomes,
            feature_index=index,
            scale=scale,
            modifier_index=modifier_index,
            modifier_centre=centre,
            modifier_scale=modifier_scale,
            reachable=reachable,
            mean_cost_minor=float(log.outcomes["cost_minor"].mean()),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Which features were left out, and why, in words."""
        silent = [name for index, name in enumerate(FEATURE_NAMES) if index not in self.feature_index]
        return tuple(f"feature {name} left out: it adds nothing that the log's choices tell apart" for name in silent)

    def training_range(self) -> TrainingRange:
        """The cloud of what the behaviour policy could have picked."""
        return TrainingRange.of(self.reachable)


def _require_numbers(features: Floats, outcomes: Floats) -> None:
    for what, values in (("features", features), ("outcomes", outcomes)):
        wrong = int((~np.isfinite(values)).any(axis=1).sum())
        if wrong:
            msg = f"{wrong} rows of {what} hold values that are not finite numbers; mend or drop them in the log"
            raise TrainingError(msg)


def _require_overlap(n_orders: int, n_explored: int, n_features: int) -> None:
    if n_orders < MIN_ORDERS:
        msg = f"{n_orders} orders cannot tell effects from noise; log at least {MIN_ORDERS}"
        raise TrainingError(msg)
    if not n_features:
        msg = f"cannot tell candidates apart: in {n_orders} orders every choice was forced; log some exploration"
        raise OverlapError(msg)
    needed = MIN_EXPLORED_PER_FEATURE * n_features
    if n_explored < needed:
        msg = (
            f"cannot tell effects from noise: only {n_explored} of {n_orders} orders strayed from the rules,"
            f" {needed} are needed for {n_features} features; log more orders or more exploration"
        )
        raise OverlapError(msg)


def _telling(surprise: Floats) -> Integers:
    """Columns whose surprise, choice minus expectation, is neither constant nor made of the others'."""
    spread = surprise.std(axis=0)
    varying = np.flatnonzero(spread > RANK_TOLERANCE * max(float(spread.max(initial=0.0)), 1e-9))
    if not varying.size:
        return varying
    triangle, pivots = qr(surprise[:, varying] / spread[varying], mode="r", pivoting=True)
    diagonal = np.abs(np.diag(triangle))
    return np.sort(varying[pivots[: int((diagonal > RANK_TOLERANCE * diagonal[0]).sum())]])


def _order_controls(choice_sets: ChoiceSets) -> Floats:
    order = choice_sets.order
    angle = 2 * np.pi * order["hour_of_day"] / 24
    weekdays = order["day_of_week"][:, None] == np.arange(6)
    sizes = [np.log1p(order[name]) for name in ("n_units", "max_line_quantity", "order_value_minor")]
    return np.column_stack((np.sin(angle), np.cos(angle), weekdays, order["promise_hours"] / 24, *sizes))
