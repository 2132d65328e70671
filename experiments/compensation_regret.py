"""Compensation regret study: how much of the oracle's gain over the rules a model leaves, and what of it is at fault.

A model learns from the incidents of one world and is judged by the truth of worlds of other seeds: as it serves, with
parts of it replaced by the truth, and beside plainer ways to choose. Customers are the simulator's, who react by log
odds as the law that serves, or planted ones, who do not.

Run it with ``python -m experiments.compensation_regret``; it prints a table and, last, one JSON object.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.appeasement_costs import highest_cost_minor
from data.incidents import ARMS, CompensationArm
from decision.compensation.features import FEATURE_FAMILIES, INCIDENT_TYPES, IncidentColumns, incident_features
from decision.compensation.fitting import Law, fit_compensation
from decision.compensation.logistic_fitting import fitted_lines
from decision.compensation.model import CompensationModel
from experiments.arm_worlds import LINES, LOG_ODDS, STEPS, ArmWorld, arm_world, places, with_customers
from experiments.plain_json import plain_json

Floats = NDArray[np.float64]

# As in the decision's bench, whose models keep a fifth of their incidents for calibration.
TAUGHT_SHARE = 0.8
SERVED = "as it serves"
REPURCHASE, CHURN, REDEMPTION = range(3)


@dataclass(frozen=True)
class Told:
    """What is told of a world's incidents.

    Parameters
    ----------
    effects : array of shape (n_incidents, 3, n_arms)
        Of every arm against nothing on repurchase and churn, and the chance that it has to be paid.
    full_cost_minor : array of shape (n_incidents, n_arms)
    known : array of bool of shape (n_incidents, n_arms)
        Arms that the log showed for the incident's type; where it showed none, the rules answer.
    """

    effects: Floats
    full_cost_minor: Floats
    known: NDArray[np.bool_]

    def loss(self, world: ArmWorld) -> Floats:
        """Priced, shape (n_incidents, n_arms)."""
        priced = world.loss(self.effects[:, :2], self.effects[:, REDEMPTION] * self.full_cost_minor)
        priced[~self.known] = np.inf
        ruled = ~(self.known & world.admitted)[:, 1:].any(axis=1)
        priced[ruled, world.default[ruled]] = -np.inf
        return priced


def told(model: CompensationModel, world: ArmWorld) -> Told:
    """What a model tells of every incident."""
    columns = IncidentColumns.of_table(world.incidents)
    point = model.effects(incident_features(columns)).point
    learned = [ARMS.index(CompensationArm(arm)) for arm in model.arms]
    effects, known = np.zeros((*point.shape[:2], len(ARMS))), np.zeros((len(point), len(ARMS)), dtype=bool)
    effects[:, :, learned] = point
    known[:, learned] = np.array([model.typical.supported(code) for code in range(len(INCIDENT_TYPES))])[
        columns.type_codes()
    ]
    known[:, 0] = True
    values = world.incidents["order_value_minor"]
    full_cost = np.array([[highest_cost_minor(arm, value, model.costs) for arm in ARMS] for value in values])
    return Told(effects, full_cost, known)


def regrets(taught: ArmWorld, examined: Sequence[ArmWorld], seed: int) -> dict[str, float]:
    """Mean regret over the worlds examined, of each way to choose."""
    served = fit_compensation(taught.incidents, seed=seed).model
    logistic = (
        served if served.level is not None else fit_compensation(taught.incidents, seed=seed, law=Law.LOGISTIC).model
    )
    models = {SERVED: served, **_variants(logistic, taught)}
    found = {
        name: [world.regret(told(model, world).loss(world)) for world in examined] for name, model in models.items()
    }
    for name, replaced in {"true effect on repurchase": REPURCHASE, "true effect on churn": CHURN}.items():
        found[name] = [
            world.regret(_with_truth(told(served, world), world, replaced).loss(world)) for world in examined
        ]
    for name, plain in {"one arm for all": _one_arm, "one arm for each tier": _arm_of_tier}.items():
        found[name] = [world.regret(plain(world)) for world in examined]
    return {name: float(np.mean(each)) for name, each in found.items()}


def _variants(model: CompensationModel, taught: ArmWorld) -> dict[str, CompensationModel]:
    """The model with lines that were fitted otherwise, or to the truth itself."""
    assert model.level is not None  # noqa: S101 - only the logistic law has lines to replace
    features = _features(taught)
    given = places(taught.incidents["arm"])
    happened = [taught.incidents[name].to_numpy(dtype=np.float64) for name in ("repurchase_90d", "churn_90d")]
    row, arm = np.nonzero(taught.admitted)
    chances = [taught.chance[row, outcome, arm] for outcome in (REPURCHASE, CHURN)]
    together = np.zeros(len(FEATURE_FAMILIES), dtype=np.int64)
    one_width = _lines(features, given, happened, together)
    truth = _lines(features[row], arm.astype(np.int64), chances, FEATURE_FAMILIES)
    own = np.concatenate((model.level[:2, None], model.coefficients[:2]), axis=1)
    arms_only = np.concatenate((own[:, :1], truth[:, 1:]), axis=1)
    centre = features.mean(axis=0)
    return {
        "one width for all features": _with_lines(model, one_width),
        "true lines of arms": _with_lines(model, arms_only),
        "true slopes of arms": _with_lines(model, _mixed(own, truth, own, centre)),
        "true averages of arms": _with_lines(model, _mixed(own, own, truth, centre)),
        "lines fitted to the truth": _with_lines(model, truth),
    }


def _lines(features: Floats, arm: NDArray[np.int64], outcomes: list[Floats], families: NDArray[np.int64]) -> Floats:
    """Level and arms' lines of both outcomes, shape (2, n_arms, 1 + n_features)."""
    return np.stack([found.lines for found in fitted_lines(features, arm, outcomes, len(ARMS) - 1, families)])


def _mixed(level: Floats, slopes: Floats, averages: Floats, centre: Floats) -> Floats:
    """The level of one, the arms' slopes of another, and average effects, at the typical incident, of a third."""
    mixed = slopes.copy()
    mixed[..., 0] = averages[..., 0] + (averages[..., 1:] - slopes[..., 1:]) @ centre
    mixed[:, 0] = level[:, 0]
    return mixed


def _with_lines(model: CompensationModel, lines: Floats) -> CompensationModel:
    level, coefficients = np.asarray(model.level).copy(), model.coefficients.copy()
    level[:2] = lines[:, 0]
    coefficients[:2] = lines[:, [ARMS.index(CompensationArm(arm)) for arm in model.arms]]
    return replace(model, level=level, coefficients=coefficients)


def _with_truth(known: Told, world: ArmWorld, outcome: int) -> Told:
    effects = known.effects.copy()
    effects[:, outcome] = world.chance[:, outcome] - world.chance[:, outcome, :1]
    return replace(known, effects=effects)


def _one_arm(world: ArmWorld) -> Floats:
    """The arm that is truly best if all incidents that admit it get the same."""
    return _best_on_average(world, np.ones(len(world.incidents), dtype=bool))


def _arm_of_tier(world: ArmWorld) -> Floats:
    told = np.zeros(world.admitted.shape)
    for tier in world.incidents["value_tier"].unique():
        of_tier = (world.incidents["value_tier"] == tier).to_numpy()
        told[of_tier] = _best_on_average(world, of_tier)[of_tier]
    return told


def _best_on_average(world: ArmWorld, rows: NDArray[np.bool_]) -> Floats:
    loss = world.loss(world.chance, world.cost_minor)
    gain = np.where(world.admitted, loss - loss[:, :1], 0.0)[rows].mean(axis=0)
    return np.where(world.admitted, gain, np.inf)


def _features(world: ArmWorld) -> Floats:
    return incident_features(IncidentColumns.of_table(world.incidents))


def studied(asked: argparse.Namespace, say: Callable[[str], None]) -> dict[str, object]:
    """Teach and judge once a seed."""
    seeds = range(asked.seed, asked.seed + asked.lessons)
    fresh = range(asked.fresh_seed, asked.fresh_seed + asked.worlds)
    examined = {seed: arm_world(asked.scenario, seed, asked.orders) for seed in fresh}
    rows = []
    for seed in seeds:
        say(f"{asked.taught} orders of {asked.scenario}, seed {seed}")
        taught = arm_world(asked.scenario, seed, asked.taught).head(TAUGHT_SHARE)
        others = [with_customers(world, asked.customers, seed, seed=at) for at, world in examined.items()]
        rows.append(regrets(with_customers(taught, asked.customers, seed, seed=seed), others, seed))
    table = pd.DataFrame(rows, index=pd.Index(seeds, name="seed"))
    more = table.sub(table[SERVED], axis=0)
    summary = pd.DataFrame(
        {"regret": table.mean(), "error": table.sem(), "more_than_served": more.mean(), "its_error": more.sem()}
    )
    print(summary.round(3).to_string())  # noqa: T201
    return {"asked": vars(asked), "regret": table.to_dict("list"), "summary": summary.to_dict("index")}


def main(arguments: list[str] | None = None) -> None:
    """Print a table and, last, one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--scenario", default="small")
    parser.add_argument("--customers", choices=(LOG_ODDS, LINES, STEPS), default=LOG_ODDS)
    parser.add_argument("--seed", type=int, default=20, help="seed of the first world that is learned from")
    parser.add_argument("--lessons", type=int, default=6, help="worlds that are learned from, one after the other")
    parser.add_argument("--taught", type=int, default=100_000, help="orders of each; four fifths of them teach")
    parser.add_argument("--fresh-seed", type=int, default=520)
    parser.add_argument("--worlds", type=int, default=4, help="worlds that every model is judged in")
    parser.add_argument("--orders", type=int, default=6_000, help="orders of each of those")
    print(plain_json(studied(parser.parse_args(arguments), lambda what: print(what, file=sys.stderr))))  # noqa: T201


if __name__ == "__main__":
    main()
