"""Walking a forest side by side says what a walk of one row after the other says, to the last bit."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from decision.errors import ArtefactError
from decision.routing.forest import LEAF, Forest
from decision.routing.walking import rounded_down

N_FEATURES, N_OUTPUTS = 3, 4


def grown(n_bags: int, n_trees: int, *, seed: int, depth: int = 7) -> Forest:
    """Trees that split at random, in the order of a walk by depth first; some are a single leaf."""
    generator = np.random.Generator(np.random.Philox(seed))
    node: list[list[int]] = []
    threshold: list[float] = []
    n_leaves = 0

    def grow(levels: int) -> int:
        nonlocal n_leaves
        here = len(node)
        node.append([LEAF, n_leaves, LEAF])
        threshold.append(0.0)
        if levels == 0 or generator.random() < 0.2:
            n_leaves += 1
            return here
        threshold[here] = float(generator.normal())
        column = int(generator.integers(N_FEATURES))
        node[here] = [column, grow(levels - 1), grow(levels - 1)]
        return here

    root = [[grow(depth) for _ in range(n_trees)] for _ in range(n_bags)]
    leaf = generator.normal(size=(n_leaves, N_OUTPUTS))
    return Forest(np.array(root, np.int32), np.array(node, np.int32), np.array(threshold), leaf, N_FEATURES)


def walked(forest: Forest, rows: np.ndarray) -> np.ndarray:
    """The readable walk: one row, one tree, one node after the other."""
    told = rows.astype(np.float32)
    means = np.zeros((len(forest.root), len(rows), N_OUTPUTS))
    for (bag, roots), row in product(enumerate(forest.root), range(len(rows))):
        for place in roots:
            while forest.node[place, 0] != LEAF:
                goes_left = told[row, forest.node[place, 0]] <= forest.threshold[place]
                place = forest.node[place, 1 if goes_left else 2]  # noqa: PLW2901  the walk itself
            means[bag, row] += forest.leaf[forest.node[place, 1]]
        means[bag, row] /= len(roots)
    return means


@pytest.mark.parametrize("n_rows", [1, 20, 600])
def test_rows_side_by_side_reach_the_leaves_that_single_rows_reach(n_rows: int) -> None:
    forest = grown(3, 2, seed=n_rows)
    rows = np.random.Generator(np.random.Philox(1)).normal(size=(n_rows, N_FEATURES))
    assert np.array_equal(forest.bag_means(rows), walked(forest, rows))


def test_a_row_that_lies_on_a_threshold_goes_left() -> None:
    forest = grown(2, 2, seed=7)
    rows = np.repeat(forest.threshold[:40, None], N_FEATURES, axis=1)
    assert np.array_equal(forest.bag_means(rows), walked(forest, rows))


def test_what_is_not_a_number_goes_right_and_infinities_go_their_way() -> None:
    forest = grown(2, 2, seed=8)
    rows = np.array(list(product((np.nan, np.inf, -np.inf, 0.0), repeat=N_FEATURES)))
    assert np.array_equal(forest.bag_means(rows), walked(forest, rows))


def test_a_threshold_rounded_down_parts_the_same_single_numbers() -> None:
    thresholds = np.random.Generator(np.random.Philox(9)).normal(size=1_000)
    near = thresholds.astype(np.float32)
    for value in (near, np.nextafter(near, np.float32(9)), np.nextafter(near, np.float32(-9))):
        assert np.array_equal(value <= thresholds, value <= rounded_down(thresholds))


def test_trees_that_share_a_node_are_refused_before_they_unfold_without_end() -> None:
    n_nodes = 60
    places = np.arange(n_nodes - 1)
    node = np.vstack((np.stack((0 * places, places + 1, places + 1), axis=1), [LEAF, 0, 0])).astype(np.int32)
    shared = Forest(np.zeros((1, 1), np.int32), node, np.zeros(n_nodes), np.zeros((1, N_OUTPUTS)), N_FEATURES)
    with pytest.raises(ArtefactError, match="two ways"):
        Forest.from_arrays(shared.to_arrays("knot"), "knot", N_FEATURES, N_OUTPUTS)
