"""The covariance of a varying-coefficient Gaussian process, and how it moves with its settings.

Level and each slope are independent processes ``rbf + linear + constant`` that share one relevance a column, so that
a column shown idle by the level is presumed idle in the effect. The outcome's covariance is
``sum over parts of (basis_p basis_p') * (rbf_p * R + linear_p * L + constant_p)`` with the level's basis all ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from decision.table.learners.protocol import Floats

JITTER = 1e-6  # keeps a covariance of equal rows invertible


@dataclass(frozen=True)
class KernelSettings:
    """Relevances and variances, all positive, for an outcome of variance one.

    Parameters
    ----------
    relevance : array of shape (n_columns,)
        Inverse squared length scale of each column.
    rbf, linear, constant : array of shape (n_parts,)
        Variances of each part: the level first, then one a basis.
    noise : float
        Variance of the outcome's noise.
    """

    relevance: Floats
    rbf: Floats
    linear: Floats
    constant: Floats
    noise: float

    @classmethod
    def unpacked(cls, log_settings: Floats, n_columns: int) -> KernelSettings:
        """Read settings from one vector of logarithms (relevances; then half-log variances)."""
        parts = np.exp(2.0 * log_settings[n_columns:-1]).reshape(3, -1)
        noise = float(np.exp(2.0 * log_settings[-1]))
        return cls(np.exp(log_settings[:n_columns]), parts[0], parts[1], parts[2], noise)


def shapes(left: Floats, right: Floats, relevance: Floats) -> tuple[Floats, Floats]:
    """The squared-exponential and the linear shape between two sets of rows: each (n_left, n_right)."""
    weighted = left * relevance
    inner = weighted @ right.T
    own_left, own_right = np.sum(weighted * left, axis=1), np.sum(right * relevance * right, axis=1)
    distance = np.maximum(own_left[:, None] + own_right[None, :] - 2.0 * inner, 0.0)
    return np.exp(-0.5 * distance), inner


def part_covariances(left: Floats, right: Floats, settings: KernelSettings, modifies: Floats) -> list[Floats]:
    """Covariance of each part (level, slopes ...) between two sets of rows, without bases."""
    of_level = shapes(left, right, settings.relevance)
    of_slope = of_level if modifies.all() else shapes(left, right, settings.relevance * modifies)
    return [
        settings.rbf[part] * rbf + settings.linear[part] * linear + settings.constant[part]
        for part, (rbf, linear) in enumerate([of_level] + [of_slope] * (len(settings.rbf) - 1))
    ]


def outcome_covariance(rows: Floats, bases: Floats, settings: KernelSettings, modifies: Floats) -> Floats:
    """Covariance of the outcomes of some rows, noise included; `bases` has the level's ones first."""
    parts = part_covariances(rows, rows, settings, modifies)
    total = np.zeros((len(rows), len(rows)))
    for basis, part in zip(bases, parts, strict=True):
        total += part * np.outer(basis, basis)
    total[np.diag_indices(len(rows))] += settings.noise + JITTER
    return total


def prior_variances(rows: Floats, settings: KernelSettings, modifies: Floats) -> Floats:
    """Prior variance of each part at each row: (n_parts, n_rows)."""
    squares = (rows * rows) @ np.column_stack([settings.relevance, settings.relevance * modifies])
    own = np.vstack([squares[:, 0]] + [squares[:, 1]] * (len(settings.rbf) - 1))
    return settings.rbf[:, None] + settings.linear[:, None] * own + settings.constant[:, None]
