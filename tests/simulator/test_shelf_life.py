"""Goods expire batch by batch, the first to expire leave first, and what is written off is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.errors import ScenarioValueError
from simulator.ledger import simulate_audited
from simulator.noise import Noise
from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.run import simulate
from simulator.scenario.schema import Scenario
from simulator.shelf_life import Batches, ShelfLife
from simulator.truth.routing import routing_truth

Change = Callable[..., Scenario]
# No chance in it: every batch comes with its whole life left.
TEN_HOURS = ShelfLife(hours=10.0, least_fresh=1.0, article_share=1.0)


@pytest.mark.parametrize("seed", range(20))
def test_telling_batches_late_comes_to_the_same_as_taking_from_them_at_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    batches = Batches(ShelfLife(30.0, 0.2, 1.0), 0, Noise(seed))
    batches.open(0.0, [5])
    eager, on_hand, now = sorted(batches.of[0]), 5, 0.0
    for _ in range(200):
        now += float(rng.exponential(3.0))
        gone = sum(units for expires_at, units in eager if expires_at <= now)
        eager = [batch for batch in eager if batch[0] > now]
        assert batches.expire(0, on_hand, now) == gone
        on_hand -= gone
        if rng.random() < 0.4:
            units = int(rng.integers(1, 9))
            expires_at = batches.come(0, units, on_hand, now)
            assert expires_at is not None
            assert now + 0.2 * 30.0 <= expires_at <= now + 30.0
            eager, on_hand = sorted([*eager, (expires_at, units)]), on_hand + units
        for _ in range(int(rng.integers(0, on_hand + 1))):
            (expires_at, units), *rest = eager
            eager = [(expires_at, units - 1), *rest] if units > 1 else rest
            on_hand -= 1


def test_what_has_expired_cannot_be_sold_and_is_ordered_again(bench: Callable[..., Any]) -> None:
    lone = bench(3, stock=3, reorder_point=(0,), order_up_to=(2,), replenishment_hours=4.0, shelf_life=TEN_HOURS)
    station = lone.play([0.0, 30.0, 31.0])
    opening_expiry = 10.0 * (1 - Noise(1).uniforms("opening_age/0", 1)[0])
    assert opening_expiry < 10
    # The first order takes one of three; two expire, two are ordered, come four hours later, and expire ten hours on.
    # That goes on every fourteen hours, and whoever comes between expiry and delivery waits.
    comes_at = opening_expiry + 4.0
    while comes_at + 10.0 <= 30.0:
        comes_at += 14.0
    assert lone.from_shelf == {0: True, 1: comes_at <= 30.0, 2: comes_at <= 31.0 < comes_at + 10.0}
    assert lone.picked_at[1] == pytest.approx(max(30.0, comes_at) + 1.0)
    assert min(station.shelf.on_hand) >= 0


def test_an_order_that_waits_takes_fresh_goods_before_they_are_on_the_shelf(bench: Callable[..., Any]) -> None:
    lone = bench(2, stock=1, reorder_point=(0,), order_up_to=(1,), replenishment_hours=6.0, shelf_life=TEN_HOURS)
    station = lone.play([0.0, 0.5])
    assert lone.from_shelf == {0: True, 1: False}
    assert lone.picked_at[1] == pytest.approx(7.0)
    assert station.shelf.on_hand[0] >= 0


def test_only_the_share_of_articles_that_perishes_is_in_batches() -> None:
    batches = Batches(ShelfLife(100.0, 0.5, 0.3), 2, Noise(4))
    batches.open(0.0, [3] * 2_000)
    elsewhere = Batches(ShelfLife(50.0, 0.5, 0.3), 1, Noise(4))
    elsewhere.open(0.0, [3] * 2_000)
    assert len(batches.of) / 2_000 == pytest.approx(0.3, abs=0.04)
    assert list(batches.of) == list(elsewhere.of)
    keeps = next(sku for sku in range(2_000) if sku not in batches.of)
    assert batches.come(keeps, 10, 3, 1.0) is None


def test_batches_come_with_the_freshness_they_should() -> None:
    batches = Batches(ShelfLife(100.0, 0.6, 1.0), 2, Noise(4))
    batches.open(0.0, [0] * 300)
    left = np.array([batches.come(sku, 1, 0, 0.0) for sku in range(300)], dtype=float)
    assert left.min() >= 60
    assert left.max() <= 100
    assert left.mean() == pytest.approx(80, abs=2)


def test_a_twin_goes_its_own_way() -> None:
    batches = Batches(TEN_HOURS, 0, Noise(4))
    batches.open(0.0, [5])
    twin = batches.twin()
    twin.come(0, 4, 5, 0.0)
    assert sum(units for _, units in batches.of[0]) == 5
    assert sum(units for _, units in twin.of[0]) == 9


def test_goods_that_keep_longer_than_the_run_change_nothing(small: Scenario, changed: Change) -> None:
    lasting = changed({"fulfilment.shelf_life": {"days": 366, "least_fresh": 1.0}})
    # What was on the shelf at the start may be old: of articles that hardly keep, none do.
    nothing = changed({"fulfilment.shelf_life": {"days": 0.1, "article_share": 0.0}})
    digests = {
        simulate(world, UniformRouting(), UniformCompensation(), n_orders=300, seed=5).digest()
        for world in (small, nothing)
    }
    assert len(digests) == 1
    simulate(lasting, UniformRouting(), UniformCompensation(), n_orders=50, seed=5)


@pytest.mark.parametrize("days", [1.0, 3.0])
def test_books_balance_and_truth_is_exact_where_goods_expire(changed: Change, days: float) -> None:
    world = changed(
        {"fulfilment.shelf_life": {"days": days, "least_fresh": 0.5}, "nodes.1.stock.shelf_life": {"days": 9}}
    )
    run = simulate_audited(world, CheapestFromNearest(), UniformCompensation(), n_orders=200, seed=3)
    assert sum(run.stock_out) > 0
    assert np.isfinite(routing_truth(run, range(0, 200, 9), redraws=1)["lateness_hours"]).all()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"fulfilment.shelf_life": {"days": 0}}, "fulfilment.shelf_life.days: must be at least 0.04, got 0"),
        ({"fulfilment.shelf_life": {"days": 3, "least_fresh": 0}}, "shelf_life.least_fresh: .* got 0"),
        ({"nodes.0.stock.shelf_life": {}}, "nodes.hamburg.stock.shelf_life.days: is missing"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_shelf_lives_that_make_no_world_are_refused(changed: Change, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ScenarioValueError, match=complaint):
        changed(changes)
