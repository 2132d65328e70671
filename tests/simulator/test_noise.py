"""Noise depends on what it is for and on nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.noise import Noise
from simulator.quantiles import quantile, quantiles_at, weighted_index


def test_a_longer_stream_begins_with_the_shorter_one() -> None:
    assert Noise(3).uniforms("transit/a", 50).tolist() == Noise(3).uniforms("transit/a", 500)[:50].tolist()


def test_purposes_and_seeds_do_not_share_draws() -> None:
    streams = [Noise(seed).uniforms(purpose, 2_000) for seed in (0, 1) for purpose in ("transit/a", "transit/b")]
    correlations = np.corrcoef(streams)
    assert np.abs(correlations - np.eye(4)).max() < 0.1


def test_scalar_draws_are_keyed_and_uniform() -> None:
    draws = [Noise(3).uniform("replenishment/0", entity, k) for entity in range(40) for k in range(40)]
    assert Noise(3).uniform("replenishment/0", 7, 9) == draws[7 * 40 + 9]
    assert len(set(draws)) == 1_600
    assert abs(np.mean(draws) - 0.5) < 3 / np.sqrt(12 * 1_600)
    assert not set(draws) & set(Noise(3).uniforms("replenishment/0", 5_000).tolist())


def test_one_quantile_and_many_agree_to_the_last_bit() -> None:
    quantiles = (0.1, 3.7, 3.9, 11.0, 80.3)
    uniforms = Noise(1).uniforms("any", 3_000)
    assert quantiles_at(quantiles, uniforms).tolist() == [quantile(quantiles, u) for u in uniforms.tolist()]
    assert quantile(quantiles, 1.0) == 80.3


def test_weighted_draws_follow_their_weights() -> None:
    drawn = weighted_index((2.0, 0.0, 6.0), Noise(1).uniforms("any", 20_000))
    assert np.bincount(drawn, minlength=3)[1] == 0
    assert abs((drawn == 2).mean() - 0.75) < 3 * np.sqrt(0.75 * 0.25 / 20_000)


@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1])
def test_many_keyed_draws_are_each_the_one_that_is_drawn_alone(seed: int) -> None:
    noise, entities = Noise(seed), [0, 1, 5, 2**40, 2**63 + 5]
    for k in (0, 1, 17):
        together = noise.uniforms_at("replenishment/3", np.array(entities, dtype=np.uint64), k)
        assert together.tolist() == [noise.uniform("replenishment/3", entity, k) for entity in entities]
