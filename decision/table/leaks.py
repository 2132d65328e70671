"""Confounders that give the outcome away: a copy, a recoding, a potential outcome, something measured after."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from scipy.stats import rankdata
from sklearn.tree import DecisionTreeRegressor

from decision.errors import LeakError
from decision.table.columns import Encoded
from decision.table.learners.protocol import Floats
from decision.table.treatments import Treatment

NEARLY_ALL = 0.98  # of the outcome's variance, explained out of fold by one column alone
SUSPICIOUS = 0.9  # the same: a leak with noise on it, or a measurement taken just before the treatment
SAME_THING = 1 - 1e-9  # squared correlation of an outcome that is a dose in other units
SAME_SHARE = 0.95  # of an arm's rows equal to the outcome to the last digit
MANY_VALUES = 10  # below, equal values are no evidence of a copy


def require_no_leak(
    encoded: Encoded, treatment: Treatment, outcome: Floats, trusted: Collection[str]
) -> dict[str, float]:
    """Refuse a confounder that holds the outcome.

    Returns
    -------
    dict of str to float
        Those that nobody vouched for and that come suspiciously near it: the share of its variance that each explains.

    Raises
    ------
    LeakError
        Naming the column, what gave it away, and how to insist; or if the outcome restates the treatment.
    """
    _require_own_variation(treatment, outcome)
    suspects: dict[str, float] = {}
    for index, source in enumerate(encoded.sources):
        if source in trusted:
            continue
        explained = _explained(encoded.matrix[:, index], outcome)
        clue = _clue(encoded.matrix[:, index], treatment, outcome, explained)
        if explained >= SUSPICIOUS:
            suspects[source] = max(explained, suspects.get(source, 0.0))
        if clue:
            msg = (
                f"confounder {source!r} {clue}; a column measured after the outcome, or made from it, hides the "
                f"effect. Leave it out of --confounders, or vouch for it with --trust {source}"
            )
            raise LeakError(msg)
    return suspects


def _require_own_variation(treatment: Treatment, outcome: Floats) -> None:
    if treatment.is_dose:
        restated = _squared_correlation(treatment.bases[0], outcome) >= SAME_THING
    else:
        restated = all(np.ptp(outcome[treatment.arm_of == arm]) == 0 for arm in np.unique(treatment.arm_of))
    if restated:
        msg = (
            f"the outcome only restates the treatment {treatment.name!r}: it never varies where the treatment does "
            "not; name an outcome that was measured, not derived"
        )
        raise LeakError(msg)


def _clue(column: Floats, treatment: Treatment, outcome: Floats, explained: float) -> str | None:
    """What makes a column look like the outcome, or None."""
    many = len(np.unique(outcome)) > MANY_VALUES
    for arm in np.unique(treatment.arm_of) if many else ():
        rows = treatment.arm_of == arm
        share = float(np.mean(column[rows] == outcome[rows]))
        if share >= SAME_SHARE:
            where = f" wherever {treatment.name} is {treatment.arms[arm]}" if treatment.arms else ""
            return f"equals the outcome in {share:.1%} of rows{where}"
    if explained >= NEARLY_ALL:
        return f"alone explains {explained:.1%} of the outcome's variance"
    return None


def _explained(column: Floats, outcome: Floats) -> float:
    """Share of the outcome's variance that one column explains in rows held out: by line, by rank or by steps."""
    by_rank = _squared_correlation(rankdata(column), rankdata(outcome))
    straight = max(_squared_correlation(column, outcome), by_rank)
    if straight >= NEARLY_ALL:
        return straight
    learn = np.arange(len(outcome)) % 2 == 0
    tree = DecisionTreeRegressor(min_samples_leaf=3, random_state=0).fit(column[learn, None], outcome[learn])
    error = float(np.mean((outcome[~learn] - tree.predict(column[~learn, None])) ** 2))
    return max(straight, 1.0 - error / max(float(np.var(outcome[~learn])), 1e-300))


def _squared_correlation(left: Floats, right: Floats) -> float:
    if np.ptp(left) == 0 or np.ptp(right) == 0:
        return 0.0
    return float(np.corrcoef(left, right)[0, 1] ** 2)
