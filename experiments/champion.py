"""The present champion, asked the same questions: a newcomer must not be worse than what it would replace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from data.home import Home
from data.shelf import CHAMPION, MODEL_NAME, Shelf
from decision.artefact import Artefact, load_artefact
from decision.compensation.model import CompensationModel
from decision.errors import DecisionError
from decision.routing.model import RoutingModel
from experiments.answers import compensation_answers, routing_answers
from experiments.arms import ArmTable
from experiments.compensation_study import logged_arms
from experiments.gate import Check, at_most
from experiments.logged_value import LoggedGain, logged_gain
from experiments.losses import Pricing
from experiments.routing_study import logged_candidates
from experiments.split import Split

DECISIONS = ("routing", "compensation")


@dataclass(frozen=True)
class Contest:
    """A newcomer against the champion, on the held-out part of the newcomer's log.

    Parameters
    ----------
    version : str or None
        The champion's; None where there is none, or none that this version of routecause can read.
    gains : dict of str to LoggedGain
        By decision: mean loss of the newcomer less the champion's, by switch-DR; negative is better. If the
        champion was trained on the same days, that favours the champion.
    """

    version: str | None
    gains: dict[str, LoggedGain]

    def checks(self) -> list[Check]:
        """Refuse a newcomer that is worse than the champion beyond chance; skip where there is no champion."""
        return [at_most(f"{name}.worse_than_champion", self._least_loss(name), 0.0) for name in DECISIONS]

    def _least_loss(self, name: str) -> float | None:
        return self.gains[name].difference.lower if name in self.gains else None


def contest(
    home: Home, split: Split, newcomer: tuple[RoutingModel, CompensationModel], pricing: Pricing, *, seed: int
) -> Contest:
    """Ask newcomer and champion about the same held-out decisions, and value the difference by the log."""
    entry = Shelf(home.models).resolve(MODEL_NAME, CHAMPION)
    champion = None if entry is None else _readable(entry.folder)
    if entry is None or champion is None:
        return Contest(None, {})
    routing = _routing(split, (newcomer[0], champion.routing), pricing, seed)
    compensation = _compensation(split, (newcomer[1], champion.compensation), pricing, seed)
    return Contest(entry.version, {"routing": routing, "compensation": compensation})


def _readable(folder: Path) -> Artefact | None:
    """The champion, unless it was published in a form that is not read any more: then it serves no one either."""
    try:
        return load_artefact(folder)
    except DecisionError:
        return None


def _routing(split: Split, models: tuple[RoutingModel, RoutingModel], pricing: Pricing, seed: int) -> LoggedGain:
    newcomer, champion = (routing_answers(model, split.held_out, pricing) for model in models)
    decisions = logged_candidates(split.training, split.held_out, pricing, seed)
    return logged_gain(replace(decisions, default_row=champion.chosen_row), newcomer)


def _compensation(
    split: Split, models: tuple[CompensationModel, CompensationModel], pricing: Pricing, seed: int
) -> LoggedGain:
    incidents = split.held_out.incidents
    arms = ArmTable.of(incidents)
    newcomer, champion = (compensation_answers(model, incidents, arms, pricing) for model in models)
    decisions = logged_arms(split.training.incidents, incidents, arms, pricing, seed)
    return logged_gain(replace(decisions, default_row=champion.chosen_row), newcomer)
