"""Effects of each arm against doing nothing as EconML estimates them: doubly robust, linear, for audit.

One `LinearDRLearner` an arm and outcome, on the incidents that could have got both the arm and nothing:
where an arm was forbidden (propensity 0) the log says nothing about it, and a model that pretends
otherwise leans on its outcome regression alone. Incidents that got a third arm stay in as `other`, since
they still show how customers are spread. Propensities are known and passed through, not learned.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from data.incidents import CompensationArm
from decision.compensation.features import FEATURE_NAMES
from decision.compensation.model import LEARNED_OUTCOMES

with warnings.catch_warnings():
    # Compiling EconML and DoWhy for the first time warns of escape sequences in their own sources.
    warnings.simplefilter("ignore")
    from econml.dr import LinearDRLearner

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_ROWS = 50
N_FOLDS = 3
RIDGE_PENALTY = 10.0
_COLLINEAR = 1e-6
NONE, OTHER = CompensationArm.NONE.value, "other"


class KnownPropensities:
    """A classifier that reads the propensities which the log already holds, instead of learning them.

    They are the last columns of its input, one for each category.
    """

    def __init__(self, n_categories: int) -> None:
        self.n_categories = n_categories

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Constructor arguments, so that EconML can clone it."""
        return {"n_categories": self.n_categories}

    def set_params(self, **params: Any) -> KnownPropensities:
        """Set constructor arguments."""
        self.n_categories = params.get("n_categories", self.n_categories)
        return self

    def fit(self, features: Floats, treatment: NDArray[Any]) -> KnownPropensities:
        """Learn nothing."""
        return self

    def predict_proba(self, features: Floats) -> Floats:
        """The logged propensities, shape (n_incidents, n_categories)."""
        return features[:, -self.n_categories :]


@dataclass(frozen=True)
class ArmFit:
    """One arm's effect on one outcome, as EconML estimated it.

    Parameters
    ----------
    rows : array of shape (n_incidents,)
        Incidents that could have got this arm and nothing.
    columns : array of shape (n_used,)
        Features that vary on those rows and do not follow from each other; the others have no effect.
    """

    estimator: LinearDRLearner
    rows: Flags
    columns: NDArray[np.int64]


def shared_rows(table: pd.DataFrame, arm: str) -> Flags:
    """Incidents that could have got both this arm and nothing."""
    rows: Flags = ((table[f"propensity_{NONE}"] > 0) & (table[f"propensity_{arm}"] > 0)).to_numpy(dtype=bool)
    return rows


def fit_arm(table: pd.DataFrame, features: Floats, outcome: Floats, arm: str, seed: int) -> ArmFit:
    """Fit one arm's effect on one outcome, shape (n_incidents,), against doing nothing."""
    rows, treatment, propensities = _treatments(table, arm)
    columns = independent_columns(features[rows])
    n_categories = propensities.shape[1]
    estimator = LinearDRLearner(
        model_propensity=KnownPropensities(n_categories),
        model_regression=_outcome_regression(len(columns), n_categories),
        # Without explicit categories the alphabet would make "apology" the control.
        categories=[NONE, arm, OTHER][:n_categories],
        cv=N_FOLDS,
        random_state=seed,
    )
    used = features[np.ix_(rows, columns)]
    # The cached first stage is what the joint covariance over arms and outcomes is made of.
    estimator.fit(outcome[rows], treatment, X=used, W=propensities, cache_values=True)
    return ArmFit(estimator, rows, columns)


def _treatments(table: pd.DataFrame, arm: str) -> tuple[Flags, NDArray[np.str_], Floats]:
    """Rows to learn from, what each got (nothing, the arm or another), and with which propensities."""
    rows = shared_rows(table, arm)
    treatment = table["arm"].where(table["arm"].isin([NONE, arm]), OTHER).to_numpy(dtype=str)
    pair = table[[f"propensity_{NONE}", f"propensity_{arm}"]].to_numpy(dtype=np.float64)
    if (treatment[rows] == OTHER).sum() >= LEAST_ROWS:
        three = np.column_stack((pair, np.clip(1 - pair.sum(axis=1), 0.0, 1.0)))
        return rows, treatment[rows], three[rows]
    # Too few for a category of their own: condition on not being one of them.
    rows = rows & (treatment != OTHER)
    return rows, treatment[rows], pair[rows] / pair[rows].sum(axis=1, keepdims=True)


def independent_columns(features: Floats) -> NDArray[np.int64]:
    """Columns that vary and are no linear combination of those before them, shape (n_used,)."""
    centred = features - features.mean(axis=0)
    scale = np.sqrt(np.square(centred).sum(axis=0))
    basis: list[Floats] = []
    kept: list[int] = []
    for column in np.flatnonzero(scale > _COLLINEAR * np.sqrt(len(features))):
        rest = centred[:, column] / scale[column]
        for direction in basis:
            rest = rest - (rest @ direction) * direction
        length = float(np.sqrt(rest @ rest))
        if length > _COLLINEAR:
            basis.append(rest / length)
            kept.append(int(column))
    return np.array(kept, dtype=np.int64)


def _outcome_regression(n_features: int, n_categories: int) -> Any:
    """Ridge with a line of its own for every category; it only has to take variance away, not bias."""
    design = FunctionTransformer(_armwise, kw_args={"n_features": n_features, "n_treatments": n_categories - 1})
    return make_pipeline(design, StandardScaler(), Ridge(alpha=RIDGE_PENALTY))


def _armwise(inputs: Floats, n_features: int, n_treatments: int) -> Floats:
    features, treatments = inputs[:, :n_features], inputs[:, -n_treatments:]
    products = [features * treatments[:, [index]] for index in range(n_treatments)]
    return np.hstack([features, treatments, *products])


def coefficients_of(fits: dict[tuple[str, str], ArmFit], learned: tuple[str, ...]) -> Floats:
    """Intercept and slopes, shape (n_outcomes, n_arms, 1 + n_features); what always costs is always redeemed."""
    result = np.zeros((len(LEARNED_OUTCOMES), len(learned), 1 + len(FEATURE_NAMES)))
    for place in np.ndindex(result.shape[:2]):
        name = (LEARNED_OUTCOMES[place[0]], learned[place[1]])
        if name not in fits:
            result[(*place, 0)] = 1.0
            continue
        fit = fits[name]
        result[(*place, 0)] = fit.estimator.intercept_(T=name[1])
        result[(*place, 1 + fit.columns)] = fit.estimator.coef_(T=name[1])
    return result


def joint_covariance(
    fits: dict[tuple[str, str], ArmFit], learned: tuple[str, ...], features: Floats, coefficients: Floats
) -> Floats:
    """Heteroskedasticity-robust (HC1) covariance of all coefficients, flattened.

    EconML gives each fit's own block; arms share their control group and outcomes their customers, and the
    blocks between them come from the same influence functions.
    """
    influence = np.zeros((len(features), *coefficients.shape))
    for (outcome, arm), fit in fits.items():
        place = (LEARNED_OUTCOMES.index(outcome), learned.index(arm))
        design = np.column_stack((np.ones(int(fit.rows.sum())), features[np.ix_(fit.rows, fit.columns)]))
        used = np.concatenate(([0], 1 + fit.columns))
        residual = robust_scores(fit) - design @ coefficients[place][used]
        bread = np.linalg.inv(design.T @ design)
        size = np.sqrt(len(design) / (len(design) - len(used)))
        block = np.zeros((len(features), coefficients.shape[-1]))
        block[np.ix_(fit.rows, used)] = size * residual[:, None] * (design @ bread)
        influence[(slice(None), *place)] = block
    flat = influence.reshape(len(features), -1)
    covariance: Floats = flat.T @ flat
    return covariance


def robust_scores(fit: ArmFit) -> Floats:
    """Doubly robust difference between arm and nothing of every row used, shape (n_rows,)."""
    # EconML offers no public way to the scores that it regresses.
    by_category = fit.estimator._cached_values.nuisances[0]  # noqa: SLF001
    scores: Floats = by_category[..., 1].reshape(-1) - by_category[..., 0].reshape(-1)
    return scores
