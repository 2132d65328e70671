"""Groups of orders that are compared: all, by service level, by lane, and by both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.validation.observed import Observed

Flags = NDArray[np.bool_]
ALL, LEVEL, LANE, LANE_LEVEL = "all", "service_level", "lane", "lane_and_service_level"
KINDS = (ALL, LEVEL, LANE, LANE_LEVEL)
# A history that says the node of fewer orders than this has lanes by region alone.
MIN_SHARE_WITH_NODE = 0.5


@dataclass(frozen=True)
class Group:
    """A name, and which orders of each side belong to it."""

    kind: str
    name: str
    in_history: Flags
    in_world: Flags


def groups(history: Observed, world: Observed) -> Iterator[Group]:
    """Every group that the history has orders of, the largest of each kind first.

    A lane is a node and a region; where the history does not say which node, the region alone.
    """
    nodes_known = bool(history.orders["node"].notna().mean() > MIN_SHARE_WITH_NODE)
    ours, theirs = (_names(side.orders, nodes_known) for side in (history, world))
    for kind in KINDS:
        for name in ours[kind].dropna().value_counts().sort_index().sort_values(ascending=False, kind="stable").index:
            yield Group(kind, str(name), (ours[kind] == name).to_numpy(), (theirs[kind] == name).to_numpy())


def _names(orders: pd.DataFrame, nodes_known: bool) -> pd.DataFrame:
    region, level = orders["region"].astype(str), orders["service_level"].astype(str)
    lane = (orders["node"].astype(str) + " > " + region).where(orders["node"].notna()) if nodes_known else region
    return pd.DataFrame({ALL: "all orders", LEVEL: level, LANE: lane, LANE_LEVEL: lane + ", " + level})
