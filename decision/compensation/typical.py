"""What incidents of the training log looked like: stand-ins for what is unknown, and the edge of what is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.incidents import CompensationArm
from decision.compensation.features import FEATURE_NAMES, INCIDENT_TYPES, IncidentColumns

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# The features before the first flag: a distance over flags would call every rare type strange.
_MEASURED = FEATURE_NAMES.index("tier_plus")
_INSIDE_SHARE = 0.999
# Features that follow from each other would let a rounding error look like a far place.
_RIDGE = 1e-3
_NO_VARIATION = 1e-9
# An arm that was given less often for a type of incident has shown nothing about that type.
LEAST_SUPPORT = 5


@dataclass(frozen=True)
class Typical:
    """The range of the training log.

    Parameters
    ----------
    reference : array of shape (n_subjects,)
        Medians in the order of `features.SUBJECTS`.
    centre, scale : arrays of shape (n_measured,)
        Mean and standard deviation of the measured features; 1 for a feature that never varied.
    precision : array of shape (n_measured, n_measured)
        Inverse correlation of the measured features, slightly ridged.
    limit : float
        Mahalanobis distance that all but 1 in 1,000 training incidents stay below.
    support : array of shape (n_types, 1 + n_arms)
        How often doing nothing and each learned arm were given for a type of incident.
    longest_hours : float
        The longest lateness of the log; features stop growing before a year, so distances cannot tell one.
    """

    reference: Floats
    centre: Floats
    scale: Floats
    precision: Floats
    limit: float
    support: Floats
    longest_hours: float

    @classmethod
    def of_training(
        cls, columns: IncidentColumns, features: Floats, given: NDArray[np.str_], arms: tuple[str, ...]
    ) -> Typical:
        """Measure the training incidents.

        Parameters
        ----------
        features : array of shape (n_incidents, n_features)
        given : array of shape (n_incidents,)
            The arm of each.
        arms : tuple of str
            The arms that were learned.
        """
        measured = features[:, :_MEASURED]
        centre, deviation = measured.mean(axis=0), measured.std(axis=0)
        scale = np.where(deviation > _NO_VARIATION, deviation, 1.0)
        standard = (measured - centre) / scale
        precision = np.linalg.inv(standard.T @ standard / len(standard) + _RIDGE * np.eye(_MEASURED))
        codes = columns.type_codes()
        support = [
            np.bincount(codes[given == arm], minlength=len(INCIDENT_TYPES)) for arm in (CompensationArm.NONE, *arms)
        ]
        return cls(
            reference=np.median(columns.subjects, axis=0),
            centre=centre,
            scale=scale,
            precision=precision,
            limit=float(np.quantile(_distance(standard, precision), _INSIDE_SHARE)),
            support=np.column_stack(support).astype(np.float64),
            longest_hours=float(columns.hours_late().max()),
        )

    def familiar(self, features: Floats) -> Flags:
        """Whether each incident is like those of the training log, shape (n_incidents,)."""
        standard = (features[:, :_MEASURED] - self.centre) / self.scale
        near: Flags = _distance(standard, self.precision) <= self.limit
        return near

    def supported(self, type_code: int) -> Flags:
        """Whether each learned arm, and nothing, were given often enough for this type, shape (n_arms,)."""
        enough = self.support[type_code] >= LEAST_SUPPORT
        both: Flags = enough[1:] & enough[0]
        return both


def _distance(standard: Floats, precision: Floats) -> Floats:
    distance: Floats = np.sqrt(np.maximum(np.einsum("ij,ij->i", standard @ precision, standard), 0.0))
    return distance
