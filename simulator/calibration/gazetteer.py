"""Where regions are, roughly: one point each for UN M49 sub-regions and common sales regions.

The points are approximate centres of where people live, set by hand to whole or half degrees: good for
distances between continents, not within a country. A history with coordinates of its own does not need them.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from simulator.calibration.names import matching_key

_TABLE = Path(__file__).with_name("gazetteer.csv")


def position_of(region: str) -> tuple[float, float] | None:
    """Latitude and longitude in degrees, or None for a region that is not listed.

    >>> position_of("South-eastern Asia")
    (7.0, 108.0)
    """
    return _positions().get(matching_key(region))


@cache
def _positions() -> dict[str, tuple[float, float]]:
    with _TABLE.open(encoding="utf-8", newline="") as stream:
        return {
            matching_key(line["region"]): (float(line["lat"]), float(line["lon"])) for line in csv.DictReader(stream)
        }
