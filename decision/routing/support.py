"""Where the training log has evidence, and whether a candidate lies there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.compiling import compiled
from decision.routing.features import order_context
from decision.routing.stages import PLACED

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

_PLACED = np.array(PLACED)
DISTANCE_QUANTILE = 0.99
# Features are nearly collinear by design; without this a rounding error would look like a far place.
RIDGE = 1e-3
# How far past the log's range, as a share of it, a feature may lie and still count as explored.
RANGE_MARGIN = 0.05


def placed_points(features: Floats, choice_sets: ChoiceSets, *, by_stages: bool) -> Floats:
    """What tells candidates of the log from strangers: the order's context and its features, shape (n_rows, n)."""
    read = _PLACED if by_stages else np.arange(features.shape[1])
    return _placed(features, read, order_context(choice_sets), choice_sets.order_of_row)


@dataclass(frozen=True)
class TrainingRange:
    """The cloud of (order, candidate) pairs that the behaviour policy could have picked.

    Parameters
    ----------
    centre, scale : arrays of shape (n_columns,)
        Mean and standard deviation of the modifiers and features, side by side.
    precision : array of shape (n_columns, n_columns)
        Inverse correlation matrix, slightly ridged.
    distance_limit : float
        The 99% quantile of the squared Mahalanobis distance.
    lowest, highest : arrays of shape (n_columns,)
        Range of each column.
    """

    centre: Floats
    scale: Floats
    precision: Floats
    distance_limit: float
    lowest: Floats
    highest: Floats

    @classmethod
    def of(cls, points: Floats) -> TrainingRange:
        """Summarise points of shape (n_rows, n_columns)."""
        centre, scale = points.mean(axis=0), points.std(axis=0)
        # A column that never varied still tells a stranger apart: one unit away is one deviation away.
        scale = np.where(scale > 0, scale, 1.0)
        standard = (points - centre) / scale
        correlation = standard.T @ standard / len(points)
        precision = np.linalg.inv(correlation + RIDGE * np.eye(len(centre)))
        limit = float(np.quantile(_squared_distance(standard, precision), DISTANCE_QUANTILE))
        return cls(centre, scale, precision, limit, points.min(axis=0), points.max(axis=0))

    def places(self, points: Floats) -> tuple[Flags, Flags]:
        """Where points of shape (n_rows, n_columns) lie.

        Returns
        -------
        familiar : array of bool of shape (n_rows,)
            Whether each lies within the Mahalanobis distance of 99% of the log's.
        explored : array of bool of shape (n_rows,)
            Whether all its columns lie in the range that the behaviour policy could reach.
        """
        return _places(points, self.centre, self.scale, self.precision, self.distance_limit, self._bounds)

    @cached_property
    def _bounds(self) -> Floats:
        margin = RANGE_MARGIN * (self.highest - self.lowest) + 1e-9
        return np.stack((self.lowest - margin, self.highest + margin))


def _squared_distance(standard: Floats, precision: Floats) -> Floats:
    distance: Floats = np.einsum("ij,ij->i", standard @ precision, standard)
    return distance


@compiled
def _placed(features: Floats, read: Integers, context: Floats, order_of_row: Integers) -> Floats:
    n_rows, n_context = len(features), context.shape[1]
    points = np.empty((n_rows, n_context + len(read)))
    for row in range(n_rows):
        points[row, :n_context] = context[order_of_row[row]]
        for place in range(len(read)):
            points[row, n_context + place] = features[row, read[place]]
    return points


@compiled
def _places(
    points: Floats, centre: Floats, scale: Floats, precision: Floats, distance_limit: float, bounds: Floats
) -> tuple[Flags, Flags]:
    n_rows, n_columns = points.shape
    familiar, explored = np.empty(n_rows, np.bool_), np.ones(n_rows, np.bool_)
    standard = np.empty(n_columns)
    for row in range(n_rows):
        distance = 0.0
        for column in range(n_columns):
            value = points[row, column]
            explored[row] &= bounds[0, column] <= value <= bounds[1, column]
            standard[column] = np.divide(value - centre[column], scale[column])
            # The matrix is symmetric: what lies beside its diagonal counts twice.
            along = 0.5 * precision[column, column] * standard[column]
            for other in range(column):
                along += 0.5 * (precision[column, other] + precision[other, column]) * standard[other]
            distance += 2.0 * along * standard[column]
        familiar[row] = distance <= distance_limit
    return familiar, explored
