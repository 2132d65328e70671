"""Joint draws: fixed shocks that move the losses of all candidates of an order at once, and how often each is best.

The shocks are those of `decision.confidence.standard_normals`, the same for every order, whose second half mirrors the
first: only the first is kept.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data.compiling import compiled
from decision.confidence import N_DRAWS, Chances, standard_normals

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DRAW_SEED = 20_260_101


def drawn_deviations(shocks: Floats) -> Floats:
    """How far every draw moves each row, shape (n_rows, n_draws).

    Parameters
    ----------
    shocks : array of shape (n_rows, n_shocks)
        What each shock does to each row.
    """
    half = _half_normals(shocks.shape[1])
    deviations: Floats = shocks @ np.concatenate((half, -half), axis=1)
    return deviations


def counted_chances(loss: Floats, shocks: Floats, eligible: Flags, asked: tuple[int, int, float]) -> Chances:
    """What `decision.confidence.chances` counts over `drawn_deviations` around the losses, in one go.

    Parameters
    ----------
    loss : array of shape (n_rows,)
        In minor currency units.
    shocks : array of shape (n_rows, n_shocks)
    eligible : array of bool of shape (n_rows,)
    asked : tuple of (int, int, float)
        The row asked about, the one it is compared with, and how much worse than the best is still near it.
    """
    best, near_best, better = _counted(loss, shocks, _half_normals(shocks.shape[1]), eligible, asked)
    return Chances(best / N_DRAWS, near_best / N_DRAWS, better / N_DRAWS)


def _half_normals(n_shocks: int) -> Floats:
    """The first half of the draws, shape (n_shocks, n_draws / 2); kept for a few sizes."""
    size = 1 << max(5, (n_shocks - 1).bit_length())
    return _sized_normals(size)[:n_shocks]


@lru_cache(maxsize=8)
def _sized_normals(n_shocks: int) -> Floats:
    return np.ascontiguousarray(standard_normals(N_DRAWS, n_shocks, DRAW_SEED)[: N_DRAWS // 2].T)


@compiled
def _counted(
    loss: Floats, shocks: Floats, normals: Floats, eligible: Flags, asked: tuple[int, int, float]
) -> tuple[int, int, int]:
    """In how many draws the row asked about is best, near the best, and better than the other.

    The normals are half of the draws' own: every deviation is met twice, up and down.
    """
    chosen, current, epsilon = asked
    compared = eligible.copy()
    compared[current] = True
    moved = _moved(shocks, normals, compared)
    n_best = n_near = n_better = 0
    for way in (1.0, -1.0):
        best = np.full(normals.shape[1], np.inf)
        for row in range(len(loss)):
            if eligible[row]:
                best = np.minimum(best, loss[row] + way * moved[row])
        for draw in range(len(best)):
            own, other = loss[chosen] + way * moved[chosen, draw], loss[current] + way * moved[current, draw]
            n_best += own <= best[draw]
            n_near += own <= best[draw] + epsilon
            n_better += own < other
    return n_best, n_near, n_better


@compiled
def _moved(shocks: Floats, normals: Floats, compared: Flags) -> Floats:
    """How far each draw moves the loss of each row that is compared, shape (n_rows, n_draws)."""
    moved = np.zeros((len(shocks), normals.shape[1]))
    for row in range(len(shocks)):
        for shock in range(shocks.shape[1]):
            by = shocks[row, shock]
            # Most nodes' shocks are not met by a row.
            if compared[row] and by != 0.0:
                for draw in range(normals.shape[1]):
                    moved[row, draw] += by * normals[shock, draw]
    return moved
