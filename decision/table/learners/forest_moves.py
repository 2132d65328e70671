"""The three ways a tree changes: a leaf splits, a split is undone, a split is drawn anew.

Each is a Metropolis-Hastings step on the marginal likelihood, leaf values integrated out. Split rules come from
the prior (a column by its weight, a cut evenly among those that separate the node's rows), so they cancel from
the ratio.

References
----------
Chipman, George & McCulloch (2010), "BART: Bayesian additive regression trees", Annals of Applied Statistics 4(1).
"""

from __future__ import annotations

import math

import numpy as np

from data.compiling import compiled
from decision.table.learners.forest_state import ABSENT, LEAF, MAX_DEPTH, Bench, Forest, Rows, Rule, Tree

GROW_SHARE, PRUNE_SHARE = 0.3, 0.3  # and the rest redraws a split
SPLIT_BASE, SPLIT_POWER = 0.95, 2.0  # P(a node at depth d splits) = base * (1 + d) ** -power
MIN_LEAF_ROWS = 3


@compiled
def split_probability(depth: int) -> float:
    """Prior probability that a node at this depth splits."""
    return 0.0 if depth >= MAX_DEPTH else SPLIT_BASE * (1.0 + depth) ** -SPLIT_POWER


@compiled
def split_odds(node: int) -> float:
    """Log prior odds of a node split once against a leaf in its place."""
    depth = 0
    while node > 1:
        node >>= 1
        depth += 1
    here, below = split_probability(depth), split_probability(depth + 1)
    return math.log(here) + 2.0 * math.log(1.0 - below) - math.log(1.0 - here) if here > 0.0 else -np.inf


@compiled
def evidence(information: float, pull: float, leaf_variance: float) -> float:
    """Log marginal likelihood of a leaf's rows against a leaf fixed at zero."""
    shrink = 1.0 + leaf_variance * information
    return 0.5 * (leaf_variance * pull * pull / shrink - math.log(shrink))


@compiled
def gather_rows(place: np.ndarray, first: int, last: int, rows: np.ndarray) -> int:
    """List the rows whose leaf is one of two, or the same one twice; returns how many."""
    found = 0
    for row in range(len(place)):
        if place[row] == first or place[row] == last:
            rows[found] = row
            found += 1
    return found


@compiled
def code_range(codes: np.ndarray, rows: np.ndarray, n_fit: int) -> tuple[int, int]:
    """Lowest and highest code among the rows that teach."""
    low, high = 256, -1
    for row in rows:
        if row >= n_fit:
            break
        low = min(low, codes[row])
        high = max(high, codes[row])
    return low, high


@compiled
def propose_rule(forest: Forest, rows: Rows, bench: Bench, n_rows: int, rng: np.random.Generator) -> Rule:
    """Draw a column and a cut for the rows gathered on the bench, and sum what falls left."""
    wanted = rng.random() * forest.column_weight[-1]
    column = min(np.searchsorted(forest.column_weight, wanted, side="right"), len(rows.codes) - 1)
    codes, found = rows.codes[column], bench.rows[:n_rows]
    low, high = code_range(codes, found, rows.n_fit)
    if high <= low:
        return Rule(LEAF, 0, 0.0, 0.0, 0, n_rows)
    cut = low + int(rng.random() * (high - low))
    information, pull, count = 0.0, 0.0, 0
    for row in found:
        if row >= rows.n_fit:
            break
        if codes[row] <= cut:
            information += forest.basis[row] * forest.basis[row]
            pull += forest.basis[row] * rows.residual[row]
            count += 1
    return Rule(column, cut, information / rows.noise[0], pull / rows.noise[0], count, n_rows)


@compiled
def split_evidence(rule: Rule, information: float, pull: float, count: int, leaf_variance: float) -> float:
    """Log evidence of the two sides of a proposed split; minus infinity if a side is too small."""
    if rule.column == LEAF or rule.n_left < MIN_LEAF_ROWS or count - rule.n_left < MIN_LEAF_ROWS:
        return -np.inf
    left = evidence(rule.information, rule.pull, leaf_variance)
    return left + evidence(information - rule.information, pull - rule.pull, leaf_variance)


@compiled
def settle(tree: Tree, forest: Forest, node: int, rule: Rule, rows: Rows, bench: Bench) -> None:
    """Write a split into the tree, move its rows and share out the sums that stand at `node`."""
    left, right = 2 * node, 2 * node + 1
    tree.column[node], tree.cut[node] = rule.column, rule.cut
    tree.column[left], tree.column[right] = LEAF, LEAF
    forest.n_splits[rule.column] += 1.0
    codes = rows.codes[rule.column]
    for row in bench.rows[: rule.n_rows]:
        tree.place[row] = left if codes[row] <= rule.cut else right
    bench.information[left], bench.information[right] = rule.information, bench.information[node] - rule.information
    bench.pull[left], bench.pull[right] = rule.pull, bench.pull[node] - rule.pull
    bench.n_rows_at[left], bench.n_rows_at[right] = rule.n_left, bench.n_rows_at[node] - rule.n_left


@compiled
def join_children(bench: Bench, node: int) -> None:
    """Set a node's sums to those of its two leaves."""
    left, right = 2 * node, 2 * node + 1
    bench.information[node] = bench.information[left] + bench.information[right]
    bench.pull[node] = bench.pull[left] + bench.pull[right]
    bench.n_rows_at[node] = bench.n_rows_at[left] + bench.n_rows_at[right]


@compiled
def grow(
    tree: Tree, forest: Forest, rows: Rows, bench: Bench, shape: tuple[int, int], rng: np.random.Generator
) -> None:
    """Try to split a leaf; `shape` counts the tree's leaves and prunable nodes."""
    n_leaves, n_prunable = shape
    node = bench.leaves[int(rng.random() * n_leaves)]
    prior = split_odds(node)
    if prior == -np.inf or bench.n_rows_at[node] < 2 * MIN_LEAF_ROWS:
        return
    n_rows = gather_rows(tree.place, node, node, bench.rows)
    rule = propose_rule(forest, rows, bench, n_rows, rng)
    variance = forest.leaf_variance[0]
    information, pull, count = bench.information[node], bench.pull[node], bench.n_rows_at[node]
    gain = split_evidence(rule, information, pull, count, variance) - evidence(information, pull, variance)
    # Splitting a leaf whose sibling is a leaf takes their parent off the prunable list.
    sibling_is_leaf = node > 1 and tree.column[node ^ 1] == LEAF
    forward = (1.0 if n_prunable == 0 else GROW_SHARE) / n_leaves
    backward = PRUNE_SHARE / (n_prunable + (0 if sibling_is_leaf else 1))
    if math.log(rng.random()) < gain + prior + math.log(backward / forward):
        settle(tree, forest, node, rule, rows, bench)


@compiled
def prune(tree: Tree, forest: Forest, bench: Bench, shape: tuple[int, int], rng: np.random.Generator) -> None:
    """Try to undo a split above two leaves."""
    n_leaves, n_prunable = shape
    node = bench.prunable[int(rng.random() * n_prunable)]
    left, right = 2 * node, 2 * node + 1
    variance = forest.leaf_variance[0]
    join_children(bench, node)
    loss = evidence(bench.information[left], bench.pull[left], variance)
    loss += evidence(bench.information[right], bench.pull[right], variance)
    gain = evidence(bench.information[node], bench.pull[node], variance) - loss
    backward = (1.0 if n_leaves == 2 else GROW_SHARE) / (n_leaves - 1)  # noqa: PLR2004
    forward = PRUNE_SHARE / n_prunable
    if math.log(rng.random()) < gain - split_odds(node) + math.log(backward / forward):
        forest.n_splits[tree.column[node]] -= 1.0
        tree.column[node], tree.column[left], tree.column[right] = LEAF, ABSENT, ABSENT
        for row in range(len(tree.place)):
            if tree.place[row] == left or tree.place[row] == right:
                tree.place[row] = node


@compiled
def redraw(tree: Tree, forest: Forest, rows: Rows, bench: Bench, n_prunable: int, rng: np.random.Generator) -> None:
    """Try another rule in place of a split above two leaves."""
    node = bench.prunable[int(rng.random() * n_prunable)]
    left, right = 2 * node, 2 * node + 1
    variance = forest.leaf_variance[0]
    n_rows = gather_rows(tree.place, left, right, bench.rows)
    rule = propose_rule(forest, rows, bench, n_rows, rng)
    join_children(bench, node)
    gain = split_evidence(rule, bench.information[node], bench.pull[node], bench.n_rows_at[node], variance)
    gain -= evidence(bench.information[left], bench.pull[left], variance)
    gain -= evidence(bench.information[right], bench.pull[right], variance)
    if math.log(rng.random()) < gain:
        forest.n_splits[tree.column[node]] -= 1.0
        settle(tree, forest, node, rule, rows, bench)
