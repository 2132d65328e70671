"""From draws of several learners to one effect and one 90% interval a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decision.table.learners.protocol import Floats, Surface

LEVEL = 0.90
N_MIXED = 400  # draws of the mixture
SPREAD = 1.15  # posteriors know nothing of their own misfit; measured on simulated tables (docs/estimate.md)
CHUNK_ROWS = 20_000


@dataclass(frozen=True)
class RowEffects:
    """Effects of every contrast at every row: each (n_contrasts, n_rows)."""

    effect: Floats
    lower: Floats
    upper: Floats

    def within(self, largest: float) -> RowEffects:
        """The same, where no effect can be larger: chances differ by 1 at most, which posteriors do not know."""
        effect, lower, upper = (np.clip(bound, -largest, largest) for bound in (self.effect, self.lower, self.upper))
        return RowEffects(effect, lower, upper)


def mixed_effects(surfaces: Mapping[str, Surface], weights: Mapping[str, float]) -> RowEffects:
    """Mix the learners' posteriors in proportion to their weights; where they disagree the interval widens.

    The point is the mixture's mean, the interval its 5% and 95% quantiles, spread around the point.
    """
    shares = {name: weights[name] for name in surfaces}
    first = next(iter(surfaces.values())).effects
    point = np.zeros((first.shape[0], first.shape[2]))
    lower, upper = np.zeros_like(point), np.zeros_like(point)
    for start in range(0, first.shape[2], CHUNK_ROWS):
        part = slice(start, start + CHUNK_ROWS)
        for name, share in shares.items():
            point[:, part] += share * surfaces[name].effects[:, :, part].mean(axis=1, dtype=np.float64)
        draws = [_thinned(surfaces[name].effects[:, :, part], share) for name, share in shares.items()]
        tails = ((1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0)
        lower[:, part], upper[:, part] = np.quantile(np.concatenate(draws, axis=1), tails, axis=1)
    low = np.minimum(point + SPREAD * (lower - point), point)
    return RowEffects(point, low, np.maximum(point + SPREAD * (upper - point), point))


def _thinned(draws: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """As many draws as the share asks for, evenly taken (and repeated if there are fewer)."""
    wanted = round(share * N_MIXED)
    places = np.floor((np.arange(wanted) + 0.5) / max(wanted, 1) * draws.shape[1]).astype(np.intp)
    return draws[:, places]
