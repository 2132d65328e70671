"""Bayesian backfitting: every tree redrawn in turn given the others, then the noise, then the priors' scales.

References
----------
Chipman, George & McCulloch (2010), "BART", Annals of Applied Statistics 4(1).
Linero (2018), "Bayesian regression trees for high-dimensional prediction and variable selection", JASA 113:
the Dirichlet prior on columns, which lets a forest forget the columns that never help.
"""

from __future__ import annotations

import math

import numpy as np

from data.compiling import compiled
from decision.table.learners.forest_moves import GROW_SHARE, PRUNE_SHARE, grow, prune, redraw
from decision.table.learners.forest_state import LEAF, Bench, Forest, Rows, Tree

NOISE_DEGREES = 3.0  # prior weight on the noise of a linear fit, in rows
SCALE_SHAPE = 3.0  # prior weight on a forest's own leaf variance, in leaf pairs


@compiled
def survey(tree: Tree, bench: Bench) -> tuple[int, int]:
    """List a tree's leaves, their sums set to zero, and its prunable nodes; returns how many of each."""
    n_leaves, n_prunable, node, last = 0, 0, 1, 1
    # Most trees are small: no node lies beyond the children of the last split.
    while node <= last:
        if tree.column[node] == LEAF:
            bench.leaves[n_leaves] = node
            n_leaves += 1
            bench.information[node], bench.pull[node], bench.n_rows_at[node] = 0.0, 0.0, 0
        elif tree.column[node] >= 0:
            last = 2 * node + 1
            if tree.column[2 * node] == LEAF and tree.column[last] == LEAF:
                bench.prunable[n_prunable] = node
                n_prunable += 1
        node += 1
    return n_leaves, n_prunable


@compiled
def take_out(tree: Tree, forest: Forest, rows: Rows, bench: Bench) -> tuple[int, int]:
    """Take one tree out of the fit and sum its leaves; returns how many leaves and prunable nodes it has."""
    n_leaves, n_prunable = survey(tree, bench)
    for row in range(rows.n_fit):
        node, weight = tree.place[row], forest.basis[row]
        rows.residual[row] += weight * tree.value[node]
        bench.information[node] += weight * weight
        bench.pull[node] += weight * rows.residual[row]
        bench.n_rows_at[node] += 1
    for node in bench.leaves[:n_leaves]:
        bench.information[node] /= rows.noise[0]
        bench.pull[node] /= rows.noise[0]
    return n_leaves, n_prunable


@compiled
def put_back(tree: Tree, forest: Forest, rows: Rows, bench: Bench, rng: np.random.Generator) -> tuple[float, int]:
    """Draw the leaves' values and put the tree back; returns the sum of squared values and their number."""
    squares, n_leaves, node, last = 0.0, 0, 1, 1
    while node <= last:
        if tree.column[node] >= 0:
            last = 2 * node + 1
        elif tree.column[node] == LEAF:
            precision = bench.information[node] + 1.0 / forest.leaf_variance[0]
            tree.value[node] = bench.pull[node] / precision + rng.standard_normal() / math.sqrt(precision)
            squares += tree.value[node] * tree.value[node]
            n_leaves += 1
        node += 1
    for row in range(rows.n_fit):
        rows.residual[row] -= forest.basis[row] * tree.value[tree.place[row]]
    return squares, n_leaves


@compiled
def sweep(forest: Forest, rows: Rows, bench: Bench, rng: np.random.Generator) -> None:
    """Update every tree of a forest once, then the variance its leaves share."""
    squares, n_leaves = 0.0, 0
    for index in range(len(forest.column)):
        tree = Tree(forest.column[index], forest.cut[index], forest.value[index], forest.place[index])
        shape = take_out(tree, forest, rows, bench)
        move = rng.random()
        if shape[1] == 0 or move < GROW_SHARE:
            grow(tree, forest, rows, bench, shape, rng)
        elif move < GROW_SHARE + PRUNE_SHARE:
            prune(tree, forest, bench, shape, rng)
        else:
            redraw(tree, forest, rows, bench, shape[1], rng)
        added = put_back(tree, forest, rows, bench, rng)
        squares += added[0]
        n_leaves += added[1]
    rate = 0.5 * SCALE_SHAPE * forest.prior_variance + 0.5 * squares
    forest.leaf_variance[0] = rate / rng.standard_gamma(SCALE_SHAPE + 0.5 * n_leaves)


@compiled
def weigh_columns(forest: Forest, rng: np.random.Generator) -> None:
    """Redraw how often each column is proposed, given how often it is split on."""
    n_columns, total = len(forest.allowed), 0.0
    for column in range(n_columns):
        if forest.allowed[column] > 0.0:
            # Concentration 1 a column: the symmetric Dirichlet, pulled by the counts.
            total += rng.standard_gamma(n_columns * forest.allowed[column] + forest.n_splits[column])
        forest.column_weight[column] = total


@compiled
def draw_noise(rows: Rows, prior_noise: float, rng: np.random.Generator) -> None:
    """Redraw the noise variance given the residuals."""
    squares = NOISE_DEGREES * prior_noise
    for row in range(rows.n_fit):
        squares += rows.residual[row] ** 2
    rows.noise[0] = squares / (2.0 * rng.standard_gamma(0.5 * (NOISE_DEGREES + rows.n_fit)))


@compiled
def add_values(forest: Forest, scale: float, out: np.ndarray) -> None:
    """Add a forest's present value at every row, times `scale`, without its basis."""
    for index in range(len(forest.column)):
        value, place = forest.value[index], forest.place[index]
        for row in range(len(out)):
            out[row] += scale * value[place[row]]


@compiled
def run_sweeps(
    forests: tuple[Forest, ...], rows: Rows, bench: Bench, plan: tuple[int, int, float], rng: np.random.Generator
) -> None:
    """Run `plan[1]` sweeps over all forests; columns are weighed from sweep `plan[0]` on."""
    weigh_from, n_sweeps, prior_noise = plan
    for number in range(n_sweeps):
        for forest in forests:
            sweep(forest, rows, bench, rng)
            if number >= weigh_from:
                weigh_columns(forest, rng)
        draw_noise(rows, prior_noise, rng)
