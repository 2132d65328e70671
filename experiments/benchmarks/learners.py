"""Learners of routing side by side: the same logs, the same calibration, the same truth, in worlds none of them saw.

Run with `python -m experiments.benchmarks.learners`; the last line printed is one JSON object. The oracle is the one
that knows what every candidate leads to on average over all futures of the decision. One learner is not for sale: it
is taught by that truth itself, by the orders of another seed of which it was played, and sees only what the others
see. It has no noise to learn from, but hundreds of orders where the others have thousands.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it publishes no types

from data.choice_sets import ChoiceSets
from data.objective import objective_coefficients
from decision.routing.features import Imputation, physical_features
from decision.routing.fitting import RoutingFit, fit_routing
from decision.routing.growing import DEFAULT_GROWTH, Growth, grown
from decision.routing.model import RoutingModel
from decision.routing.recommendation import recommend_routing
from decision.routing.scoring import LEARNED
from decision.routing.stages import stage_columns
from experiments.benchmarks.decision.examination import routing_check
from experiments.benchmarks.decision.lessons import TAUGHT_SHARE
from experiments.benchmarks.decision.worlds import WARM_UP_SHARE, PlayedWorld, played_world
from experiments.heldout import HeldOutCheck
from experiments.losses import Pricing, aligned, true_routing_loss
from experiments.plain_json import plain_json
from experiments.questions import routing_questions
from experiments.routing_study import TRUE_OUTCOMES, calibrated_routing
from experiments.split import part

Floats = NDArray[np.float64]

WORLDS = ("dataco", "small")
BY_TRUTH = "taught by the truth"
N_TIMED = 200


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is played.

    Parameters
    ----------
    n_taught, n_examined : int
        Orders of a world that is learned from, and of one that is examined.
    n_calibrating, n_judged : int
        Orders among them whose alternatives are played.
    redraws : int
        Futures of each decision.
    """

    n_taught: int = 20_000
    n_examined: int = 6_000
    n_calibrating: int = 480
    n_judged: int = 320
    redraws: int = 16


@dataclass(frozen=True, slots=True)
class Line:
    """One learner in one world.

    Parameters
    ----------
    serve_ms : float or None
        Median processor time of a whole answer.
    """

    world: str
    learner: str
    regret: float
    coverage_90: float | None
    ece_p_best: float | None
    auto_share: float | None
    auto_accuracy: float | None
    fit_seconds: float | None
    serve_ms: float | None


def compared(worlds: tuple[str, ...], seed: int, extent: Extent, say: Callable[[str], None]) -> list[Line]:
    """Teach, calibrate and examine every learner in every world.

    Parameters
    ----------
    seed : int
        Of the world that is learned from; the one examined has `seed` + 1,000.
    """
    lines = []
    for name in worlds:
        say(f"playing {name}")
        taught = played_world(
            name,
            seed,
            extent.n_taught,
            n_judged=extent.n_calibrating,
            from_share=TAUGHT_SHARE,
            redraws=extent.redraws,
        )
        fresh = played_world(
            name,
            seed + 1_000,
            extent.n_examined,
            n_judged=extent.n_judged,
            from_share=WARM_UP_SHARE,
            redraws=extent.redraws,
        )
        lines += _in_world(taught, fresh, seed, say)
    return lines


def _in_world(taught: PlayedWorld, fresh: PlayedWorld, seed: int, say: Callable[[str], None]) -> list[Line]:
    pricing = Pricing()
    past = part(taught.log, pd.Series(np.arange(len(taught.log.orders)) < TAUGHT_SHARE * len(taught.log.orders)))
    began = time.process_time()
    fit = fit_routing(past, seed=seed, growth=replace(DEFAULT_GROWTH, n_bags=2, n_trees=1))
    seconds = {"linear": time.process_time() - began}
    fits = {"linear": replace(fit, model=_by_law(fit))}
    for name, growth in _growths().items():
        began = time.process_time()
        trees = grown(past, fit.design.imputation, seed=seed, growth=growth)
        seconds[name] = time.process_time() - began
        model = replace(
            fit.model,
            journeys=trees.journeys,
            damage=trees.damage,
            logged_queue_hours=trees.logged_queue_hours,
        )
        fits[name] = replace(fit, model=model, grown=trees)
    lines = []
    for name, found in fits.items():
        say(f"examining {name} in {taught.name}")
        model = calibrated_routing(found, [taught.known], pricing)
        check = routing_check(model, fresh, pricing)
        lines.append(_line(fresh.name, name, check, seconds[name], _serve_ms(model, fresh, pricing)))
    regret = _regret_by_truth(taught, fresh, fit.design.imputation, pricing)
    return [*lines, Line(fresh.name, BY_TRUTH, regret, None, None, None, None, None, None)]


def _growths() -> dict[str, Growth]:
    return {
        "journeys": DEFAULT_GROWTH,
        "journeys, twice the trees": replace(DEFAULT_GROWTH, n_trees=2 * DEFAULT_GROWTH.n_trees),
        "journeys, small leaves on the road": replace(DEFAULT_GROWTH, road_leaf=DEFAULT_GROWTH.node_leaf),
    }


def _by_law(fit: RoutingFit) -> RoutingModel:
    return replace(fit.model, journeys=None, training_range=fit.design.training_range(), unseen=0.0)


def _line(world: str, learner: str, check: HeldOutCheck, seconds: float, serve_ms: float) -> Line:
    return Line(
        world=world,
        learner=learner,
        regret=check.regret_share,
        coverage_90=check.coverage,
        ece_p_best=check.ece_best,
        auto_share=check.automatic_share,
        auto_accuracy=check.automatic_accuracy,
        fit_seconds=seconds,
        serve_ms=serve_ms,
    )


def _serve_ms(model: RoutingModel, world: PlayedWorld, pricing: Pricing) -> float:
    spent = []
    for question in islice(routing_questions(world.judged, pricing), N_TIMED):
        began = time.process_time()
        recommend_routing(model, question)
        spent.append(time.process_time() - began)
    return float(np.median(spent)) * 1e3


def _regret_by_truth(taught: PlayedWorld, fresh: PlayedWorld, imputation: Imputation, pricing: Pricing) -> float:
    """What a learner of the true expectations leaves: it was told those of all candidates, not an outcome of one."""
    known, asked = (_Told.of(world, imputation, pricing) for world in (taught, fresh))
    model = HistGradientBoostingRegressor(
        max_iter=300, learning_rate=0.05, max_leaf_nodes=31, early_stopping=False, random_state=1
    )
    with threadpool_limits(limits=1):
        said = model.fit(known.columns, known.learned).predict(asked.columns) + asked.loss - asked.learned
    starts, ends = asked.offsets[:-1], asked.offsets[1:]
    taken = [start + int(said[start:end].argmin()) for start, end in zip(starts, ends, strict=True)]
    best = np.minimum.reduceat(asked.loss, starts)
    return float((asked.loss[taken] - best).mean() / (asked.loss[asked.default] - best).mean())


@dataclass(frozen=True)
class _Told:
    """Candidates as learners see them, and their true expected loss: in all, and its learned part."""

    columns: Floats
    learned: Floats
    loss: Floats
    offsets: NDArray[np.int64]
    default: NDArray[np.int64]

    @classmethod
    def of(cls, world: PlayedWorld, imputation: Imputation, pricing: Pricing) -> Self:
        log, sets = world.judged, ChoiceSets.of_log(world.judged)
        columns = np.concatenate((stage_columns(sets, imputation), physical_features(sets, imputation)), axis=1)
        truth = aligned(world.routing, log.candidates, ["order_id", "candidate_id"])
        expected = truth[list(TRUE_OUTCOMES.values())].to_numpy(dtype=np.float64)
        prices = np.array(objective_coefficients(pricing.weights, pricing.unit_values))
        loss = true_routing_loss(log.candidates, world.routing, pricing)
        default = np.flatnonzero(log.candidates["is_default"])
        return cls(columns, expected @ prices[LEARNED][: len(TRUE_OUTCOMES)], loss, sets.offsets, default)


def main(arguments: list[str] | None = None) -> None:
    """Print a table and, last, one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--worlds", nargs="+", default=list(WORLDS))
    parser.add_argument("--seed", type=int, default=301)
    parser.add_argument("--orders", type=int, default=Extent().n_taught, help="orders of each world to learn from")
    asked = parser.parse_args(arguments)
    extent = replace(Extent(), n_taught=asked.orders)
    lines = compared(tuple(asked.worlds), asked.seed, extent, lambda what: print(what, file=sys.stderr))  # noqa: T201
    table = pd.DataFrame([asdict(line) for line in lines])
    print(table.to_string(index=False, float_format=lambda value: f"{value:.3f}"))  # noqa: T201
    found = {"extent": asdict(extent), "seed": asked.seed, "lines": [asdict(line) for line in lines]}
    print(plain_json(found))  # noqa: T201


if __name__ == "__main__":
    main()
