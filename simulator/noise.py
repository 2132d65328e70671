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

    def uniforms_at(self, purpose: str, entities: NDArray[np.uint64], k: int) -> Floats:
        """The k-th draws of many entities at once: `uniform` of each to the last bit, shape (n_entities,)."""
        # numpy steps its counter before it draws.
        words = [np.full(len(entities), word, dtype=np.uint64) for word in (1, k, 0, _SCALAR_WORD)]
        words[2] = entities
        return _first_doubles(words, [int(word) for word in self._key(purpose)])

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


# Multipliers and key increments of Philox 4x64 in 10 rounds, from the paper.
_MULTIPLIERS = (np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157))
_WEYL = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
_ROUNDS, _WORD = 10, 2**64
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


def _first_doubles(counter: list[NDArray[np.uint64]], key: list[int]) -> Floats:
    """The first double of each counter's block; numpy's Philox draws it from the block's first word."""
    first, second, third, fourth = counter
    for _ in range(_ROUNDS):
        high_first, low_first = _product(first, _MULTIPLIERS[0])
        high_third, low_third = _product(third, _MULTIPLIERS[1])
        first, second = high_third ^ second ^ np.uint64(key[0]), low_third
        third, fourth = high_first ^ fourth ^ np.uint64(key[1]), low_first
        key = [(word + step) % _WORD for word, step in zip(key, _WEYL, strict=True)]
    doubles: Floats = (first >> np.uint64(11)).astype(np.float64) / 2.0**53
    return doubles


def _product(words: NDArray[np.uint64], factor: np.uint64) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """High and low word of a 128-bit product, by halves."""
    low, high = words & _LOW, words >> _HALF
    factor_low, factor_high = factor & _LOW, factor >> _HALF
    low_low, low_high, high_low = low * factor_low, low * factor_high, high * factor_low
    middle = (low_low >> _HALF) + (low_high & _LOW) + (high_low & _LOW)
    top = high * factor_high + (low_high >> _HALF) + (high_low >> _HALF) + (middle >> _HALF)
    return top, words * factor
