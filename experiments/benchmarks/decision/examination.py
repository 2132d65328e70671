"""An examination: a model's answers in a world that it never saw, held against the truth of that world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from decision.compensation.model import CompensationModel
from decision.routing.model import RoutingModel
from experiments.answers import compensation_answers, routing_answers
from experiments.arms import ArmTable
from experiments.benchmarks.decision.lessons import Lesson
from experiments.benchmarks.decision.worlds import PlayedWorld
from experiments.heldout import HeldOutCheck, TrueLosses, check_answers
from experiments.losses import Pricing, true_compensation_loss, true_routing_loss
from experiments.split import blocks_of


@dataclass(frozen=True)
class Examination:
    """What a lesson's models made of a world.

    Parameters
    ----------
    compensation, compensation_short : HeldOutCheck
        Of the model that learned from the longer run, and of that which learned from the log that taught routing.
    """

    base: str
    lesson_seed: int
    world: str
    world_seed: int
    routing: HeldOutCheck
    compensation: HeldOutCheck
    compensation_short: HeldOutCheck

    def as_dict(self) -> dict[str, Any]:
        """For JSON: the figures of each decision, curves left out."""
        return {
            "trained_on": f"{self.base}/{self.lesson_seed}",
            "examined_in": f"{self.world}/{self.world_seed}",
            "routing": _figures(self.routing),
            "compensation": _figures(self.compensation),
            "compensation_short": _figures(self.compensation_short),
        }


def examined(taught: Lesson, world: PlayedWorld, pricing: Pricing) -> Examination:
    """Ask both models about a world's orders and incidents."""
    return Examination(
        base=taught.base,
        lesson_seed=taught.seed,
        world=world.name,
        world_seed=world.seed,
        routing=routing_check(taught.routing, world, pricing),
        compensation=compensation_check(taught.compensation, world, pricing),
        compensation_short=compensation_check(taught.compensation_short, world, pricing),
    )


def routing_check(model: RoutingModel, world: PlayedWorld, pricing: Pricing) -> HeldOutCheck:
    """Judge the model by the expected outcomes of every candidate."""
    log = world.judged
    losses = TrueLosses(
        loss=true_routing_loss(log.candidates, world.routing, pricing),
        offsets=log.candidate_offsets(),
        default_row=np.flatnonzero(log.candidates["is_default"]),
        cluster=blocks_of(log.orders["decided_at"]),
    )
    return check_answers(losses, routing_answers(model, log, pricing), near_best_minor=model.settings.epsilon_minor)


def compensation_check(model: CompensationModel, world: PlayedWorld, pricing: Pricing) -> HeldOutCheck:
    """Judge the model by the expected reactions to every arm."""
    incidents = world.log.incidents
    arms = ArmTable.of(incidents)
    losses = TrueLosses(
        loss=true_compensation_loss(incidents, arms.rows, world.compensation, pricing),
        offsets=arms.offsets,
        default_row=arms.default_row,
        cluster=blocks_of(incidents["occurred_at"]),
    )
    answers = compensation_answers(model, incidents, arms, pricing)
    return check_answers(losses, answers, near_best_minor=model.settings.epsilon_minor)


def _figures(check: HeldOutCheck) -> dict[str, Any]:
    return {
        "n_decisions": check.n_decisions,
        "gain_minor": -check.difference.point,
        "gain_95_minor": [-check.difference.upper, -check.difference.lower],
        "oracle_gain_minor": check.rules_mean - check.oracle_mean,
        "regret": check.regret_share,
        "coverage_90": check.coverage,
        "ece_p_best": check.ece_best,
        "ece_p_best_noise": check.ece_best_noise,
        "ece_p_near_best": check.ece_near_best,
        "auto_share": check.automatic_share,
        "auto_accuracy": check.automatic_accuracy,
    }
