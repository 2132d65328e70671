"""Batches of goods that expire: first expired, first out, and what is left over is written off.

The shelf counts units; batches say when they expire. Taking units is by far the most frequent thing that happens to a
shelf, so batches are told of it late: between two deliveries or expiries nothing can tell in which order units went.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from simulator.noise import Noise

# A keyed draw alone costs as much as a hundred together.
ARTICLES_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class ShelfLife:
    """How long goods keep at a node.

    Parameters
    ----------
    hours : float
        From making to expiry.
    least_fresh : float
        Least share of that life that a batch has left when it comes.
    article_share : float
        Share of the articles that expire.
    """

    hours: float
    least_fresh: float
    article_share: float


class Batches:
    """The batches of a node's perishable articles; an article that keeps has none.

    Parameters
    ----------
    of : dict of int to list of (float, int)
        By article: moment of expiry and units, first to expire first; units taken of late may still be counted.
    """

    __slots__ = ("_freshness", "_life", "_node", "_noise", "n_came", "of")

    def __init__(self, life: ShelfLife, node: int, noise: Noise) -> None:
        self._life, self._node, self._noise = life, node, noise
        # Drawn so far, shared by all twins: each is a function of its key alone.
        self._freshness: dict[tuple[int, int], float] = {}
        self.of: dict[int, list[tuple[float, int]]] = {}
        self.n_came: dict[int, int] = {}

    def open(self, now: float, on_hand: Sequence[int]) -> list[tuple[float, int]]:
        """Give what is on the shelf at the start an age; moments at which articles expire, article by article."""
        n_skus = len(on_hand)
        # An article perishes everywhere or nowhere; how old it is differs from node to node.
        perishes = self._noise.uniforms("article/perishes", n_skus) < self._life.article_share
        left = 1.0 - self._noise.uniforms(f"opening_age/{self._node}", n_skus)
        expiries = (now + self._life.hours * left).tolist()
        self.of = {sku: [(expiries[sku], on_hand[sku])] for sku in np.flatnonzero(perishes).tolist()}
        return [(batches[0][0], sku) for sku, batches in self.of.items()]

    def come(self, sku: int, units: int, on_hand: int, now: float) -> float | None:
        """Take in a delivery beside so many units on hand; when it expires, or None if it keeps."""
        batches = self.of.get(sku)
        if batches is None:
            return None
        self._settle(batches, on_hand)
        k = self.n_came.get(sku, 0)
        self.n_came[sku] = k + 1
        expires_at = now + self._life.hours * self._fresh(sku, k)
        insort(batches, (expires_at, units))
        return expires_at

    def come_back(self, sku: int, on_hand: int, now: float) -> float | None:
        """Units are back, as which so many are on hand; when they expire, or None if their batch knows already.

        They go to the batch that expires first; where none is left they have the least life that anything comes with.
        """
        batches = self.of.get(sku)
        if batches is None:
            return None
        back = on_hand - sum(units for _, units in batches)
        if back <= 0:
            return None
        if batches:
            batches[0] = (batches[0][0], batches[0][1] + back)
            return None
        expires_at = now + self._life.hours * self._life.least_fresh
        batches.append((expires_at, back))
        return expires_at

    def expire(self, sku: int, on_hand: int, now: float) -> int:
        """Write off what has expired of an article; how many units."""
        batches = self.of[sku]
        self._settle(batches, on_hand)
        n_expired = 0
        while batches and batches[0][0] <= now:
            n_expired += batches.pop(0)[1]
        return n_expired

    def twin(self) -> Self:
        """An equal set of batches with its own state."""
        other = type(self)(self._life, self._node, self._noise)
        other._freshness = self._freshness  # noqa: SLF001  (its own class)
        other.of = {sku: batches.copy() for sku, batches in self.of.items()}
        other.n_came = self.n_came.copy()
        return other

    @staticmethod
    def _settle(batches: list[tuple[float, int]], on_hand: int) -> None:
        """Take from the batches, first to expire first, what has left the shelf since the last time."""
        taken = sum(units for _, units in batches) - on_hand
        while taken > 0:
            expires_at, units = batches[0]
            if units > taken:
                batches[0] = (expires_at, units - taken)
                return
            taken -= units
            del batches[0]

    def _fresh(self, sku: int, k: int) -> float:
        """Share of its life that the k-th batch of an article has left when it comes, keyed by node, article, count."""
        left = self._freshness.get((sku, k))
        if left is None:
            start = sku // ARTICLES_AT_ONCE * ARTICLES_AT_ONCE
            skus = np.arange(start, start + ARTICLES_AT_ONCE, dtype=np.uint64)
            least = self._life.least_fresh
            for place, uniform in enumerate(self._noise.uniforms_at(f"freshness/{self._node}", skus, k).tolist()):
                # What is known already stays: a redrawn future goes on from what was drawn before it.
                self._freshness.setdefault((start + place, k), least + (1.0 - least) * uniform)
            left = self._freshness[sku, k]
        return left
