"""Split study: whether what plans tell of shipments from several nodes is what they would lead to.

In a world of lean shelves that splits what it is short of, a model that learned from another seed plans orders of
which the current choice's node lacks a line, with the shelves told as they are. The best plan of one shipment, and the
best of two where every node that holds everything is told to be without one line, are held against the truth.
Consolidation has no truth here: the study tells how many orders could have been joined.

Run it with ``python -m experiments.split_study``; it prints what it found and, last, one JSON object.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from data.decision_log.dataset import DecisionLog
from data.orders import Order, OrderLine
from decision.consolidation import WINDOW
from decision.routing.fitting import fit_routing
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingQuestion
from decision.shipments import Shipment, SplitWishes
from decision.splits import Plan, plan_shipments
from experiments.losses import Pricing
from experiments.plain_json import plain_json
from experiments.policies import DEFAULT_EXPLORATION, EXPLORE, policies_named
from experiments.questions import routing_questions
from experiments.split import part
from experiments.split_truth import Expected, expected_of, line_id, shelves
from simulator.identifiers import order_id
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario

Stock = dict[str, dict[str, int]]

SCENARIO = "split_shipments"
# Orders before this share of a run meet full shelves; the last ones meet a network that empties.
FROM_SHARE, TO_SHARE = 0.2, 0.95
OUTCOMES = {
    "lateness_hours": "lateness_hours",
    "late_probability": "late_probability",
    "stock_out": "stock_out_probability",
    "cost_minor": "cost_minor",
}
# What plans would tell by the worst of their shipments alone, as the linear law's do.
LARGEST = ("lateness_hours", "late_probability")
ONE, TWO = "one shipment", "two shipments"
# Hours, chances and minor units that differ by less are the same.
ROUNDING = 1e-9


def played(seed: int, n_orders: int, scenario: str = SCENARIO) -> WorldRun:
    """A world of lean shelves under the exploring rules."""
    policies = policies_named(EXPLORE, DEFAULT_EXPLORATION)
    return simulate(load_scenario(scenario), policies.routing, policies.compensation, n_orders=n_orders, seed=seed)


def short_orders(run: WorldRun, log: DecisionLog, n_asked: int) -> dict[int, Stock]:
    """Orders of which the current choice's node lacks a line, spread over the run, each with what every node holds."""
    demand, default = run.stage.demand, log.candidates[log.candidates["is_default"]].set_index("order_id")["node_id"]
    several = [order for order in run.fulfilled_orders().tolist() if demand.n_lines[order] > 1]
    several = several[int(FROM_SHARE * len(several)) : int(TO_SHARE * len(several))]
    short = {}
    for order, stock in zip(several, shelves(run, several), strict=True):
        held = stock[default[order_id(order)]]
        first = int(demand.line_start[order])
        if any(held[line_id(place)] < demand.line_quantity[first + place] for place in range(len(held))):
            short[order] = stock
    if len(short) <= n_asked:
        return short
    orders = list(short)
    return {orders[place]: short[orders[place]] for place in np.linspace(0, len(orders) - 1, n_asked).astype(int)}


def with_true_lines(run: WorldRun, number: int, order: Order) -> Order:
    """The order with the lines that it has in the world; a log tells only how many there are."""
    demand, plain = run.stage.demand, order.lines[0]
    places = range(demand.line_start[number], demand.line_start[number + 1])
    lines = tuple(
        OrderLine(
            line_id(place - places.start),
            f"sku-{demand.line_sku[place]}",
            int(demand.line_quantity[place]),
            plain.unit_value_minor,
            plain.hazmat,
            plain.cold_chain,
        )
        for place in places
    )
    return replace(order, lines=lines)


def compared(model: RoutingModel, run: WorldRun, n_asked: int) -> pd.DataFrame:
    """One row an order and number of shipments: what the best such plan tells, and what came of it."""
    log = run.decision_log()
    short = short_orders(run, log, n_asked)
    asked = part(log, log.orders["order_id"].isin([order_id(order) for order in short]))
    rows: list[dict[str, object]] = []
    for (number, stock), question in zip(short.items(), routing_questions(asked, Pricing()), strict=True):
        mine = replace(question, order=with_true_lines(run, number, question.order))
        rows += _order_rows(model, run, number, mine, stock)
    return pd.DataFrame(rows).assign(seed=run.stage.noise.seed)


def _order_rows(
    model: RoutingModel, run: WorldRun, number: int, question: RoutingQuestion, stock: Stock
) -> Iterator[dict[str, object]]:
    answers = {
        ONE: plan_shipments(model, question, _wishes(stock, 1, question)),
        TWO: plan_shipments(model, question, _wishes(_short_of_one(stock, question.order), 2, question)),
    }
    every = tuple(line.line_id for line in question.order.lines)
    current = expected_of(run, number, [Shipment(answers[ONE].current_choice, every)])
    for kind, answer in answers.items():
        if answer.plans:
            row: dict[str, object] = {"order": number, "kind": kind, "day": int(question.decided_at.toordinal())}
            yield row | _held_against(
                answer.plans[0], _true(expected_of(run, number, answer.plans[0].shipments), current)
            )


def _held_against(plan: Plan, true: dict[str, float]) -> dict[str, float]:
    """What a plan tells of its effects and of itself, the truth, and whether 90% intervals hold it."""
    told = {name: plan.effects_vs_current[effect] for name, effect in OUTCOMES.items()}
    told |= {f"own_{name}": plan.expected[effect] for name, effect in OUTCOMES.items() if effect in plan.expected}
    held = {
        f"held_{name}": float(item.lower - ROUNDING <= true[f"true_{name}"] <= item.upper + ROUNDING)
        for name, item in told.items()
    }
    return {f"told_{name}": item.point for name, item in told.items()} | held | true


def _wishes(stock: Stock, most_shipments: int, question: RoutingQuestion) -> SplitWishes:
    """Shelves that are told as they are at the decision."""
    observed_at = {node: dict.fromkeys(held, question.decided_at) for node, held in stock.items()}
    return SplitWishes(stock, most_shipments, observed_at)


def _short_of_one(stock: Stock, order: Order) -> Stock:
    """What is told so that no node can send all: each that could is without one line, in turn."""
    lines = order.lines
    short = {}
    for place, (node, held) in enumerate(stock.items()):
        complete = all(held[line.line_id] >= line.quantity for line in lines)
        short[node] = {**held, lines[place % len(lines)].line_id: 0} if complete else held
    return short


def _true(plan: Expected, current: Expected) -> dict[str, float]:
    largest = {name: getattr(plan, f"largest_{name}") - getattr(current, name) for name in LARGEST}
    return {
        **{f"true_{name}": float(getattr(plan, name)) - getattr(current, name) for name in OUTCOMES},
        **{f"largest_{name}": value for name, value in largest.items()},
        **{f"true_own_{name}": float(getattr(plan, name)) for name in OUTCOMES},
        "current_is_split": float(current.is_split),
    }


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Means of what was told and of what was true, and the error with its 95% interval, clustered by world and day.

    `held` is the share of 90% intervals that hold the truth; of a difference of two plans none is told.
    """
    keys = ["seed", "day", "order"]
    one, two = (rows[rows["kind"] == kind].set_index(keys).drop(columns="kind").astype(float) for kind in (ONE, TWO))
    both = one.index.intersection(two.index)
    between = (two.loc[both] - one.loc[both]).drop(columns=[name for name in one.columns if name.startswith("held_")])
    groups = {ONE: one, TWO: two, f"{TWO} against {ONE}": between}
    names = [name.removeprefix("told_") for name in rows.columns.tolist() if name.startswith("told_")]
    return pd.DataFrame(
        [{"plans": kind, **_summed(mine.reset_index(), name)} for kind, mine in groups.items() for name in names]
    )


def _summed(rows: pd.DataFrame, name: str) -> dict[str, object]:
    told, true = rows[f"told_{name}"], rows[f"true_{name}"]
    error = told - true
    clusters = (error - error.mean()).groupby([rows["seed"], rows["day"]]).sum()
    n_clusters = len(clusters)
    widened = n_clusters / (n_clusters - 1) if n_clusters > 1 else float("nan")
    reach = 1.96 * float(np.sqrt(widened * np.square(clusters).sum())) / len(rows)
    varies = told.std() > 0 and true.std() > 0
    return {
        "outcome": name,
        "n": len(rows),
        "n_clusters": n_clusters,
        "told": told.mean(),
        "largest": rows.get(f"largest_{name}", true).mean(),
        "true": true.mean(),
        "error": error.mean(),
        "lower": error.mean() - reach,
        "upper": error.mean() + reach,
        "correlation": told.corr(true) if varies else float("nan"),
        "held": rows[f"held_{name}"].mean() if f"held_{name}" in rows else float("nan"),
    }


def world_splits(log: DecisionLog) -> dict[str, object]:
    """Of orders that the world sent in two parcels: their cost against two shipments by the lane's tariff."""
    split = log.outcomes["n_parcels"].to_numpy() > 1
    chosen = log.candidates[log.candidates["is_chosen"]].reset_index(drop=True)[split]
    lanes = {(lane.node_id, lane.region_id, lane.carrier_id, lane.service_level): lane for lane in log.network.lanes}
    chosen = chosen.assign(region=log.orders["region"], n_units=log.orders["n_units"])
    ways = zip(*(chosen[name] for name in ("node_id", "region", "carrier_id", "service_level")), strict=True)
    freight = [
        lanes[way].freight_minor(1) + lanes[way].freight_minor(n - 1)
        for way, n in zip(ways, chosen["n_units"].tolist(), strict=True)
    ]
    cost, by_tariff = log.outcomes["cost_minor"].to_numpy()[split], freight + 2 * chosen["handling_minor"].to_numpy()
    whole = (chosen["freight_minor"] + chosen["handling_minor"]).to_numpy()
    return {
        "n": int(split.sum()),
        "of": len(split),
        "as_two_shipments": float((cost == by_tariff).mean()),
        "more_than_whole_minor": float((cost - whole).mean()),
    }


def joinable(log: DecisionLog) -> int:
    """Orders that one of the same customer's to the same region preceded within the window of consolidation."""
    before = log.orders.groupby(["customer_id", "region"])["decided_at"].diff()
    return int((before <= WINDOW).sum())


def studied(asked: argparse.Namespace, say: Callable[[str], None]) -> dict[str, object]:
    """Learn from one world, and put plans to fresh ones."""
    say(f"learn from seed {asked.seed}")
    model = fit_routing(played(asked.seed, asked.taught, asked.scenario).decision_log(), seed=asked.seed).model
    rows, splits, joined = [], [], []
    for seed in range(asked.fresh_seed, asked.fresh_seed + asked.worlds):
        say(f"plans of seed {seed}")
        run = played(seed, asked.orders, asked.scenario)
        rows.append(compared(model, run, asked.judged))
        log = run.decision_log()
        # Only a log of a world that splits orders tells of parcels.
        splits += [world_splits(log)] if "n_parcels" in log.outcomes else []
        joined.append(joinable(log))
    every = pd.concat(rows, ignore_index=True)
    told = summary(every)
    print(told.round(3).to_string(index=False))  # noqa: T201
    return {
        "asked": vars(asked),
        "plans": told.to_dict("records"),
        "current_split_share": float(every.loc[every["kind"] == ONE, "current_is_split"].mean()),
        "world_splits": splits,
        "joinable_orders": joined,
    }


def main(arguments: list[str] | None = None) -> None:
    """Print a table and, last, one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=31, help="seed of the world that is learned from")
    parser.add_argument("--scenario", default=SCENARIO)
    parser.add_argument("--fresh-seed", type=int, default=521)
    parser.add_argument("--taught", type=int, default=6_000, help="orders of the world that is learned from")
    parser.add_argument("--orders", type=int, default=4_000, help="orders of each fresh world")
    parser.add_argument("--judged", type=int, default=100, help="orders of several lines that are asked for plans")
    parser.add_argument("--worlds", type=int, default=4)
    print(plain_json(studied(parser.parse_args(arguments), lambda what: print(what, file=sys.stderr))))  # noqa: T201


if __name__ == "__main__":
    main()
