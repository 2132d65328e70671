"""Growing the forests of `Journeys` from a decision log: one row an order, the candidate that was chosen.

The behaviour policy looked at nothing that the columns do not hold, so that given them the chosen candidate's journey
is that of any order in its place. Orders of the same hours meet the same queues: bags resample blocks of time, not
orders, and say how unsure the forests are beyond what they have seen.

References
----------
Meinshausen (2006), "Quantile Regression Forests", JMLR: leaves that hold a distribution.
Sexton & Laake (2009), "Standard errors for bagged and random forest estimators", CSDA: forests within bags.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from decision.routing.busyness import logged_queue
from decision.routing.damage import DamageLaw
from decision.routing.damage_fitting import fitted_damage, tells_damage
from decision.routing.features import Imputation
from decision.routing.forest import LEAF, Forest
from decision.routing.journeys import LEAST_QUOTE_HOURS, QUEUE, WEATHER, Journeys
from decision.routing.parts import LEARNED_OUTCOMES, TIMED_OUTCOMES
from decision.routing.slowdown import fitted_slowdown
from decision.routing.stages import NODE, PACE, ROAD, stage_columns

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

WAIT_LEVELS = (0.02, 0.1, 0.25, 0.4, 0.55, 0.7, 0.8, 0.9, 0.96, 0.99)
RATIO_LEVELS = (0.005, 0.02, *np.linspace(0.05, 0.95, 19).tolist(), 0.975, 0.985, 0.993)
# A wait of less is the collection that was hoped for.
AT_ONCE_HOURS = 0.01
BLOCK_HOURS = 3
# Instants carry microseconds; a log may round to the minute.
TOLERANCE_HOURS = 0.05
MOST_CONTRADICTIONS = 0.01


@dataclass(frozen=True, slots=True)
class Growth:
    """How forests are grown.

    Parameters
    ----------
    n_bags, n_trees : int
        Bags, and trees in each.
    node_leaf, road_leaf : int
        The fewest orders in a leaf.
    node_share, road_share : float
        Share of the columns that each split may choose from.
    """

    n_bags: int = 16
    n_trees: int = 4
    node_leaf: int = 10
    road_leaf: int = 150
    node_share: float = 0.6
    road_share: float = 0.7


DEFAULT_GROWTH = Growth()


@dataclass(frozen=True)
class Grown:
    """Journeys and which orders each bag never saw.

    Parameters
    ----------
    out_of_bag : array of bool of shape (n_bags, n_orders)
    logged_queue_hours : float
        The longest queue that a leaf's fill of orders stood behind.
    damage : DamageLaw or None
        Of the same bags, where the log tells damage.
    """

    journeys: Journeys
    out_of_bag: Flags
    logged_queue_hours: float
    damage: DamageLaw | None = None

    def out_of_bag_outcomes(self, choice_sets: ChoiceSets, imputation: Imputation) -> Floats:
        """What bags that had not seen an order expect of its candidates: (n_rows, n_learned); 0 where untold.

        An order that every bag holds is answered by all of them; `out_of_bag` tells which these are.
        """
        unseen = self.out_of_bag | ~self.out_of_bag.any(axis=0)
        weight = (unseen / unseen.sum(axis=0))[:, choice_sets.order_of_row]
        timed = self.journeys.outlook(stage_columns(choice_sets, imputation)).outcomes
        expected = np.zeros((weight.shape[1], len(LEARNED_OUTCOMES)))
        expected[:, : len(TIMED_OUTCOMES)] = np.einsum("br,bro->ro", weight, timed)
        if self.damage is not None:
            chance = self.damage.by_bag(choice_sets, imputation)
            expected[:, len(TIMED_OUTCOMES)] = np.einsum("br,br->r", weight, chance)
        return expected


def grown(log: DecisionLog, imputation: Imputation, *, seed: int, growth: Growth = DEFAULT_GROWTH) -> Grown:
    """Grow both forests on a log that `tells_stages`."""
    choice_sets, chosen = ChoiceSets.of_log(log), np.flatnonzero(log.candidates["is_chosen"])
    columns = stage_columns(choice_sets, imputation)[chosen]
    waited, transit = _stage_hours(log, chosen)
    wait = waited - columns[:, QUEUE]
    quoted = np.maximum(choice_sets.candidate["lead_time_hours"][chosen], LEAST_QUOTE_HOURS)
    edges = _edges(wait)
    ratio = transit / quoted
    stock_out = log.outcomes["stock_out"].to_numpy(dtype=np.float64)
    at_node = np.column_stack((wait[:, None] > edges, stock_out)).astype(np.float64)
    counts = bags(log, growth.n_bags, seed)
    slowdown = fitted_slowdown(ratio, columns[:, WEATHER], columns[:, PACE], counts)
    slowed = quoted * (1.0 + slowdown[:, None] * columns[:, WEATHER])
    ratios = _ratios(transit / slowed.mean(axis=0))
    on_road = (_past(transit, of_bag, ratios) for of_bag in slowed)
    node = _forest(columns[:, NODE], repeat(at_node), counts, growth, seed, of_node=True)
    road = _forest(columns[:, ROAD], on_road, counts, growth, seed, of_node=False)
    damage = fitted_damage(log, imputation, counts, seed=seed) if tells_damage(log) else None
    journeys = Journeys(node, road, _bin_means(wait, edges), ratios, slowdown)
    return Grown(journeys, counts == 0, logged_queue(columns[:, QUEUE], growth.node_leaf), damage)


def _ratios(ratio: Floats) -> Floats:
    ratios = np.unique(np.quantile(ratio[ratio > 0], RATIO_LEVELS)) if (ratio > 0).any() else np.array([1.0])
    return np.concatenate((ratios, ratios[-1:] * 1.5)) if len(ratios) == 1 else ratios


def _past(transit: Floats, quoted: Floats, ratios: Floats) -> Floats:
    """Whether each transit took more than each multiple of its quote, and the days beyond the last."""
    beyond = np.maximum(transit - ratios[-1] * quoted, 0.0) / 24
    return np.column_stack(((transit / quoted)[:, None] > ratios, beyond))


def tells_stages(log: DecisionLog) -> bool:
    """Whether the log's instants say what its outcomes say: then they also tell where the time went.

    Lateness must be the time from the promise to the delivery, `late` whether there is any, and nothing may arrive
    before it ships, but for a few orders.
    """
    outcomes = log.outcomes
    late_by = np.maximum(_hours(outcomes["delivered_at"] - log.orders["promised_at"]), 0.0)
    wrong = np.abs(outcomes["lateness_hours"].to_numpy(dtype=np.float64) - late_by) > TOLERANCE_HOURS
    wrong |= (outcomes["late"].to_numpy(dtype=bool) != (late_by > 0)) & (np.abs(late_by) > TOLERANCE_HOURS)
    wrong |= (outcomes["delivered_at"] < outcomes["shipped_at"]).to_numpy(dtype=bool)
    return bool(wrong.mean() <= MOST_CONTRADICTIONS)


def _stage_hours(log: DecisionLog, chosen: Integers) -> tuple[Floats, Floats]:
    """Hours from the collection that was hoped for to the shipping, and from there to the door; none below 0."""
    cut_off = log.candidates["cut_off_at"].iloc[chosen].reset_index(drop=True)
    hoped = cut_off.where(cut_off > log.orders["decided_at"], log.orders["decided_at"])
    shipped, delivered = log.outcomes["shipped_at"], log.outcomes["delivered_at"]
    return np.maximum(_hours(shipped - hoped), 0.0), np.maximum(_hours(delivered - shipped), 0.0)


def _hours(durations: pd.Series) -> Floats:
    hours: Floats = durations.dt.total_seconds().to_numpy(dtype=np.float64) / 3600
    return hours


def _edges(wait: Floats) -> Floats:
    """Where bins of waits begin: at once, and at levels of all other waits."""
    others = wait[np.abs(wait) > 2 * AT_ONCE_HOURS]
    # An edge stands just above a level, so that a level which many share falls into one bin.
    levels = np.quantile(others, WAIT_LEVELS) + AT_ONCE_HOURS if others.size else np.empty(0)
    edges = np.unique(np.concatenate(([AT_ONCE_HOURS], levels)))
    kept = edges[(edges >= wait.min()) & (edges < wait.max())]
    return kept if kept.size else np.array([AT_ONCE_HOURS])


def _bin_means(wait: Floats, edges: Floats) -> Floats:
    place = np.searchsorted(edges, wait, side="left")
    n_bins = len(edges) + 1
    size = np.bincount(place, minlength=n_bins)
    mean = np.bincount(place, weights=wait, minlength=n_bins) / np.maximum(size, 1)
    # A bin that is empty still needs its place in the rising list.
    rising: Floats = np.maximum.accumulate(np.where(size > 0, mean, np.concatenate((edges[:1], edges))))
    return rising + np.arange(n_bins) * 1e-9


def bags(log: DecisionLog, n_bags: int, seed: int) -> Integers:
    """How often each bag holds each order, shape (n_bags, n_orders): blocks of time, drawn with replacement."""
    decided_at = log.orders["decided_at"]
    hours = (decided_at - decided_at.min()).dt.total_seconds().to_numpy(dtype=np.float64) / 3600
    _, block = np.unique(np.floor_divide(hours, BLOCK_HOURS), return_inverse=True)
    n_blocks = int(block.max()) + 1
    drawn = np.random.Generator(np.random.Philox(seed)).integers(0, n_blocks, (n_bags, n_blocks))
    counts = np.array([np.bincount(taken, minlength=n_blocks) for taken in drawn], dtype=np.int64)
    return counts[:, block]


def _forest(
    x: Floats, answers: Iterable[Floats], counts: Integers, growth: Growth, seed: int, *, of_node: bool
) -> Forest:
    trees = []
    for bag, (count, y) in enumerate(zip(counts, answers, strict=False)):
        rows = np.repeat(np.arange(len(x)), count)
        forest = RandomForestRegressor(
            growth.n_trees,
            min_samples_leaf=growth.node_leaf if of_node else growth.road_leaf,
            max_features=growth.node_share if of_node else growth.road_share,
            bootstrap=False,
            n_jobs=1,
            random_state=2 * (seed * len(counts) + bag) + int(of_node),
        )
        forest.fit(x[rows], y[rows])
        trees += [estimator.tree_ for estimator in forest.estimators_]
    return flattened(trees, len(counts), x.shape[1])


def flattened(trees: list[Any], n_bags: int, n_features: int) -> Forest:
    """scikit-learn's trees one behind the other, their leaves' values in one table."""
    is_leaf = [tree.children_left < 0 for tree in trees]
    first_node = np.cumsum([0] + [len(flags) for flags in is_leaf])
    first_leaf = np.cumsum([0] + [int(flags.sum()) for flags in is_leaf])
    nodes = [
        _nodes(tree, flags, int(node), int(leaf))
        for tree, flags, node, leaf in zip(trees, is_leaf, first_node, first_leaf, strict=False)
    ]
    thresholds = [np.where(flags, 0.0, tree.threshold) for tree, flags in zip(trees, is_leaf, strict=True)]
    leaves = [tree.value[flags, :, 0] for tree, flags in zip(trees, is_leaf, strict=True)]
    return Forest(
        root=first_node[:-1].astype(np.int32).reshape(n_bags, -1),
        node=np.concatenate(nodes),
        threshold=np.concatenate(thresholds),
        leaf=np.concatenate(leaves),
        n_features=n_features,
    )


def _nodes(tree: Any, is_leaf: Flags, first_node: int, first_leaf: int) -> NDArray[np.int32]:
    """One tree's nodes, numbered on from those before it."""
    place = np.cumsum(is_leaf) - 1 + first_leaf
    column = np.where(is_leaf, LEAF, tree.feature)
    left = np.where(is_leaf, place, tree.children_left + first_node)
    right = np.where(is_leaf, LEAF, tree.children_right + first_node)
    return np.column_stack((column, left, right)).astype(np.int32)
