"""A node's own draws (delays of goods, how fresh they come) in a redrawn future: what was drawn in fact stays."""

from __future__ import annotations

from simulator.noise import Noise
from simulator.station import Station

Drawn = dict[tuple[int, int], float]


class KeptDraws:
    """What a node had drawn at a moment, and the noise it goes on with.

    It is filled up as copies of the node draw, so that all of them in one future share it.
    """

    def __init__(self, station: Station, noise: Noise) -> None:
        self._noise = noise
        self._delays = _asked_for(station.shelf._delays, station.shelf.n_reorders)  # noqa: SLF001  (copied, not changed)
        batches = station.shelf.batches
        self._freshness = _asked_for(batches._freshness, batches.n_came) if batches else {}  # noqa: SLF001

    def move(self, station: Station) -> None:
        """Let a copy of the node draw from here on in this future."""
        shelf = station.shelf
        shelf._noise, shelf._delays = self._noise, self._delays  # noqa: SLF001  (a copy of our own)
        if shelf.batches is not None:
            shelf.batches._noise, shelf.batches._freshness = self._noise, self._freshness  # noqa: SLF001


def _asked_for(drawn: Drawn, n_asked: dict[int, int]) -> Drawn:
    """Draws are made for many articles at once; those that nobody asked for yet are not known."""
    return {(sku, k): value for (sku, k), value in drawn.items() if k < n_asked.get(sku, 0)}
