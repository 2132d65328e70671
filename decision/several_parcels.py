r"""Several parcels of one order: whether any of them is late, short or broken, and how late the last one is.

Given what is seen of an order, its parcels meet luck of their own: other nodes' queues, other carriers' days. So for
chances :math:`p_i` and chances :math:`S_i(t)` of being later than :math:`t` hours past the promise,

.. math:: P(\text{any late}) = 1 - \prod_i (1 - p_i), \quad
   E[\text{the last late by}] = \int_0^\infty 1 - \prod_i (1 - S_i(t)) \, dt .

What a learner gets wrong for all parcels alike is shared, and comes in by the joint draws, not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Hours past the promise at which chances are asked for: denser where most parcels that are late arrive.
HOURS = np.array([0.0, 1, 2, 4, 6, 9, 12, 18, 24, 36, 48, 72, 96, 144, 192, 288, 384, 576])
# What each of them stands for in an integral, by the trapezoidal rule.
SPANS = np.convolve(np.diff(HOURS), [0.5, 0.5])


def at_least_one(chances: Floats) -> Floats:
    """The chance that at least one of several independent things happens, over the last axis but one.

    Examples
    --------
    >>> at_least_one(np.array([[0.5], [0.2]])).tolist()
    [0.6]
    """
    chance: Floats = 1.0 - np.prod(1.0 - chances, axis=-2)
    return chance


@dataclass(frozen=True, slots=True)
class LastParcel:
    """How much of several parcels' expected lateness is lateness of the order; one order, or many along `...`.

    Parameters
    ----------
    counted : array of shape (...)
        Of the parcels' hours added up, the share that the last one's are: 1 where no two are ever late together.
    alone : array of shape (..., n_parcels)
        Of each parcel's own hours, the share in which no other is late: what another hour of it adds.
    """

    counted: Floats
    alone: Floats

    @classmethod
    def of(cls, later_than: Floats) -> Self:
        """From the chances that each parcel is later than each of HOURS, shape (..., n_parcels, n_hours)."""
        on_time, places = 1.0 - later_than, range(later_than.shape[-2])
        others = [on_time[..., [*places[:place], *places[place + 1 :]], :].prod(axis=-2) for place in places]
        own, own_alone = later_than @ SPANS, (later_than * np.stack(others, axis=-2)) @ SPANS
        return cls(_share(at_least_one(later_than) @ SPANS, own.sum(axis=-1)), _share(own_alone, own))

    def lateness(self, hours: Floats) -> Floats:
        """Draws of the last parcel's lateness from those of every parcel, shape (..., n_parcels, n_draws)."""
        expected = hours.mean(axis=-1)
        # Hours beyond the last of HOURS are not told apart; the last parcel is never earlier than any.
        last = np.maximum(self.counted * expected.sum(axis=-1), expected.max(axis=-1))
        moved = np.einsum("...k,...kd->...d", self.alone, hours - expected[..., None])
        drawn: Floats = last[..., None] + moved
        return drawn


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.ones_like(whole), where=whole > 0)
    return share
