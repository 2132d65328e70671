"""Promise study: whether arrivals fall where promises say, and chances of being late come true.

Models that learned from one run of a world promise for orders of other runs, as the service would. Each promise is held
against what came: the orders of a run go where the exploring rules send them, and, in a second run of the same seed,
wherever the model's first choice is. The attainment's own interval is held against what each candidate would lead to
in expectation, over redraws of everything after the decision.

Run it with ``python -m experiments.promise_study``; it prints what it found and, last, one JSON object.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS
from decision.confidence import calibration_noise, expected_calibration_error
from decision.routing.fitting import fit_routing
from decision.routing.model import RoutingModel
from decision.routing.policy import CausalRoutingPolicy
from decision.routing.promise import Promise, promise_of
from decision.routing.question import RoutingCase
from experiments.benchmarks.decision.worlds import WARM_UP_SHARE, explored, played_world
from experiments.intervals import clustered_mean
from experiments.losses import Pricing
from experiments.plain_json import plain_json
from experiments.policies import DEFAULT_EXPLORATION, EXPLORE, policies_named
from experiments.questions import routing_questions
from experiments.routing_study import TRUE_OUTCOMES, KnownOrders, calibrated_routing
from experiments.split import part
from simulator.run import simulate
from simulator.scenario.loading import load_scenario

# What is learned from, and the worlds that are promised for.
LESSONS: dict[str, tuple[str, ...]] = {"small": ("small", "storm", "singles_day"), "dataco": ("dataco",)}
CAUSAL = "causal"
# Seeds of the short runs that calibrate a lesson lie so far above its own.
CALIBRATING_FROM = 10
N_CALIBRATING_RUNS = 4
KEPT = 0.95


def taught(base: str, asked: argparse.Namespace) -> RoutingModel:
    """A model of one run, its errors calibrated on the truth of shorter ones."""
    fit = fit_routing(explored(base, asked.seed, asked.taught).decision_log(), seed=asked.seed)
    seeds = range(asked.seed + CALIBRATING_FROM, asked.seed + CALIBRATING_FROM + N_CALIBRATING_RUNS)
    return calibrated_routing(fit, [_known(base, seed, asked) for seed in seeds], Pricing())


def _known(world: str, seed: int, asked: argparse.Namespace) -> KnownOrders:
    """Some orders of a run whose candidates were all played."""
    return played_world(
        world, seed, asked.orders, n_judged=asked.played, from_share=WARM_UP_SHARE, redraws=asked.redraws
    ).known


def run_of(model: RoutingModel, world: str, seed: int, n_orders: int, decider: str) -> DecisionLog:
    """The log of a run in which the rules explore, or the model's first choice is always taken."""
    if decider == EXPLORE:
        return explored(world, seed, n_orders).decision_log()
    routing = CausalRoutingPolicy(model, DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES)
    compensation = policies_named(EXPLORE, DEFAULT_EXPLORATION).compensation
    return simulate(load_scenario(world), routing, compensation, n_orders=n_orders, seed=seed).decision_log()


def realised(model: RoutingModel, log: DecisionLog, n_asked: int) -> pd.DataFrame:
    """One row an order: what was promised for the candidate that was taken, and what came."""
    n_orders = len(log.orders)
    asked = np.linspace(WARM_UP_SHARE * n_orders, n_orders - 1, n_asked).astype(int)
    mine = part(log, pd.Series(np.isin(np.arange(n_orders), asked)))
    taken = mine.candidates.loc[mine.candidates["is_chosen"], "candidate_id"]
    rows = []
    for question, candidate, arrived_at in zip(
        routing_questions(mine, Pricing()), taken, mine.outcomes["delivered_at"], strict=True
    ):
        began = time.perf_counter()
        told = promise_of(model, RoutingCase.of(question), candidate, KEPT)
        if isinstance(told, Promise):
            took_ms = 1e3 * (time.perf_counter() - began)
            day = question.decided_at.toordinal()
            rows.append({"day": day, "took_ms": took_ms, **_row(told, arrived_at, question.order.promised_at)})
    return pd.DataFrame(rows)


def _row(told: Promise, arrived_at: datetime, promised_at: datetime) -> dict[str, object]:
    return {
        "inside": told.earliest_at <= arrived_at <= told.latest_at,
        "before": arrived_at < told.earliest_at,
        "after": arrived_at > told.latest_at,
        "by_median": arrived_at <= told.median_at,
        "by_quote": arrived_at <= told.quoted_at,
        "kept": arrived_at <= told.kept_by,
        "width_hours": (told.latest_at - told.earliest_at).total_seconds() / 3600,
        "said_late": told.late_probability.point,
        "was_late": arrived_at > promised_at,
        "doubted": bool(told.doubts),
    }


def attained(model: RoutingModel, known: KnownOrders) -> pd.DataFrame:
    """One row a candidate: the attainment's interval, and the expectation it is to hold."""
    true_late = iter(known.expected(TRUE_OUTCOMES["late"]).tolist())
    rows = []
    for question in routing_questions(known.log, Pricing()):
        case, day = RoutingCase.of(question), question.decided_at.toordinal()
        for candidate in question.candidates:
            told, truth = promise_of(model, case, candidate.candidate_id), 1.0 - next(true_late)
            if isinstance(told, Promise):
                point, lower, upper = told.attainment
                rows.append(
                    {
                        "day": day,
                        "doubted": bool(told.doubts),
                        "held": lower <= truth <= upper,
                        "width": upper - lower,
                        "error": point - truth,
                    }
                )
    return pd.DataFrame(rows)


def summary(rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    """By who decided: how many arrivals fell within the interval, and how chances of being late came true."""
    for (decider, doubted), mine in _groups(rows, "decider"):
        said, came = mine["said_late"].to_numpy(), mine["was_late"].to_numpy()
        yield {
            "decider": decider,
            "orders": doubted,
            "n": len(mine),
            "share": len(mine) / int((rows["decider"] == decider).sum()),
            **_shares(mine, ("inside", "kept", "by_median")),
            **{name: float(mine[name].mean()) for name in ("before", "after", "by_quote", "width_hours")},
            "said_late": float(said.mean()),
            "was_late": float(came.mean()),
            "ece": expected_calibration_error(said, came),
            "ece_by_luck": calibration_noise(said),
        }


def attainment_summary(rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    """How many intervals of the attainment held the expectation."""
    for (_, doubted), mine in _groups(rows.assign(all=""), "all"):
        yield {
            "orders": doubted,
            "n": len(mine),
            **_shares(mine, ("held",)),
            "width": float(mine["width"].mean()),
            "error": float(mine["error"].mean()),
        }


def _groups(rows: pd.DataFrame, by: str) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    for key, mine in rows.groupby(by):
        undoubted = mine[~mine["doubted"].astype(bool)]
        yield (str(key), "all"), mine
        if undoubted.groupby(["seed", "day"]).ngroups > 1:
            yield (str(key), "without doubts"), undoubted


def _shares(rows: pd.DataFrame, names: tuple[str, ...]) -> dict[str, object]:
    """Shares with their 95% intervals, clustered by run and day."""
    clusters: NDArray[np.int64] = rows.groupby(["seed", "day"]).ngroup().to_numpy().astype(np.int64)
    found: dict[str, object] = {}
    for name in names:
        share = clustered_mean(rows[name].to_numpy(dtype=np.float64), clusters)
        found |= {name: share.point, f"{name}_lower": share.lower, f"{name}_upper": share.upper}
    return found


def studied(asked: argparse.Namespace, say: Callable[[str], None]) -> dict[str, object]:
    """Learn each lesson, and promise in worlds of other seeds."""
    arrivals: list[dict[str, object]] = []
    attainments: list[dict[str, object]] = []
    times: list[pd.Series] = []
    for base, worlds in LESSONS.items():
        chosen = [world for world in worlds if world in asked.worlds]
        if not chosen:
            continue
        say(f"learn from {base}, seed {asked.seed}")
        model = taught(base, asked)
        for world in chosen:
            seeds = range(asked.fresh_seed, asked.fresh_seed + asked.runs)
            rows = pd.concat([_promised(model, world, seed, asked, say) for seed in seeds], ignore_index=True)
            arrivals += [{"world": world, **line} for line in summary(rows)]
            times.append(rows["took_ms"])
            held = [attained(model, _known(world, seed, asked)).assign(seed=seed) for seed in seeds]
            attainments += [{"world": world, **line} for line in attainment_summary(pd.concat(held))]
    for table in (arrivals, attainments):
        print(pd.DataFrame(table).round(3).to_string(index=False))  # noqa: T201
    took = pd.concat(times)
    return {
        "asked": vars(asked),
        "arrivals": arrivals,
        "attainments": attainments,
        "promise_ms": {"p50": float(took.quantile(0.5)), "p99": float(took.quantile(0.99))},
    }


def _promised(
    model: RoutingModel, world: str, seed: int, asked: argparse.Namespace, say: Callable[[str], None]
) -> pd.DataFrame:
    say(f"promise in {world}, seed {seed}")
    deciders = (EXPLORE, CAUSAL)
    logs = {decider: run_of(model, world, seed, asked.orders, decider) for decider in deciders}
    rows = [realised(model, logs[decider], asked.judged).assign(decider=decider) for decider in deciders]
    return pd.concat(rows).assign(seed=seed)


def main(arguments: list[str] | None = None) -> None:
    """Print two tables and, last, one JSON object."""
    worlds = [world for group in LESSONS.values() for world in group]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=31, help="seed of the worlds that are learned from")
    parser.add_argument("--worlds", nargs="+", choices=worlds, default=worlds)
    parser.add_argument("--fresh-seed", type=int, default=561)
    parser.add_argument("--runs", type=int, default=4, help="fresh runs of each world")
    parser.add_argument("--taught", type=int, default=14_000, help="orders of a world that is learned from")
    parser.add_argument("--orders", type=int, default=6_000, help="orders of each other run")
    parser.add_argument("--judged", type=int, default=2_000, help="orders of each run that are promised for")
    parser.add_argument("--played", type=int, default=96, help="orders of a run whose candidates are all played")
    parser.add_argument("--redraws", type=int, default=16, help="futures of each of them")
    print(plain_json(studied(parser.parse_args(arguments), lambda what: print(what, file=sys.stderr))))  # noqa: T201


if __name__ == "__main__":
    main()
