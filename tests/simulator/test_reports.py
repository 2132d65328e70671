"""Nodes report what an order could have, no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.reports import report_of
from simulator.scenario.loading import load_scenario
from simulator.shelf import Shelf
from simulator.stage import set_stage
from simulator.station import Station
from simulator.world import World


@pytest.fixture(scope="module")
def scarce() -> Iterator[Station]:
    """A node of a world short of stock, with an article that is there and waited for."""
    world = World(set_stage(load_scenario("scarce_stock"), 5, 2_000), UniformRouting(), UniformCompensation())
    world.open()
    for hours in range(6, 48):
        world.run_until(float(hours))
        for station in world.stations:
            if _spoken_for(station.shelf):
                yield station
                return
    pytest.fail("nobody ever waits for more than there is: scarce_stock is not scarce")


def test_units_behind_an_order_that_wants_more_are_not_reported(scarce: Station) -> None:
    told = report_of(scarce, 0.0).available
    assert [told[sku] for sku in _spoken_for(scarce.shelf)] == [0] * len(_spoken_for(scarce.shelf))


def test_units_that_nobody_waits_for_are_reported_as_they_are(scarce: Station) -> None:
    told, shelf = report_of(scarce, 0.0).available, scarce.shelf
    free = [sku for sku in range(len(shelf.on_hand)) if sku not in shelf.owed]
    assert [told[sku] for sku in free] == [shelf.on_hand[sku] for sku in free]


def _spoken_for(shelf: Shelf) -> list[int]:
    return [sku for sku in shelf.owed if shelf.on_hand[sku]]
