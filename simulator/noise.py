"""Noise as a function of (seed, purpose, entity, k): what one draw is never depends on which came before."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A scalar draw must not be an element of its purpose's stream: their counters differ in the highest word.
_SCALAR_WORD = 1


@dataclass(frozen=True)
class Noise:
    """Keyed uniform draws from Philox, a counter-based generator.

    Parameters
    ----------
    seed : int
        Non-negative, below 2**63.

    References
    ----------
    Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC'11.

    Examples
    --------
    >>> Noise(7).uniforms("transit", 3)[:2].tolist() == Noise(7).uniforms("transit", 2).tolist()
    True
    """

    seed: int

    def uniforms(self, purpose: str, n_entities: int) -> Floats:
        """Draw for entities 0 .. n_entities - 1, shape (n_entities,), each in [0, 1)."""
        return np.random.Generator(np.random.Philox(key=self._key(purpose))).random(n_entities)

    def uniform_array(self, purpose: str, n_entities: int) -> array[float]:
        """The same draws as an array of plain floats, quicker than numpy to read one by one."""
        return as_array(self.uniforms(purpose, n_entities))

    def uniform(self, purpose: str, entity: int, k: int) -> float:
        """The k-th draw of an entity that is born while the world runs."""
        counter = np.array([0, k, entity, _SCALAR_WORD], dtype=np.uint64)
        return float(np.random.Generator(np.random.Philox(key=self._key(purpose), counter=counter)).random())

    def _key(self, purpose: str) -> NDArray[np.uint64]:
        digest = hashlib.sha256(purpose.encode()).digest()
        return np.array([self.seed, int.from_bytes(digest[:8], "little")], dtype=np.uint64)


def as_array(values: Floats) -> array[float]:
    """Copy a float array of shape (n,) into a plain array."""
    plain = array("d")
    plain.frombytes(np.ascontiguousarray(values, dtype=np.float64).tobytes())
    return plain


def as_whole_array(values: NDArray[np.int64]) -> array[int]:
    """Copy an int array of shape (n,) into a plain array."""
    plain = array("q")
    plain.frombytes(np.ascontiguousarray(values, dtype=np.int64).tobytes())
    return plain
