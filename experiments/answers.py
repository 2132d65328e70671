"""Answers to the questions of a log, the same that the service gives, in the form that checks need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from data.decisions import CompensationRecommendation, Disposition, RankedArm, RankedCandidate, RoutingRecommendation
from decision.compensation.model import CompensationModel
from decision.compensation.recommendation import recommend_compensation
from decision.routing.model import RoutingModel
from decision.routing.recommendation import recommend_many
from experiments.arms import ArmTable
from experiments.heldout import Answers
from experiments.losses import Pricing
from experiments.questions import compensation_questions, routing_questions

Integers = NDArray[np.int64]


def routing_answers(model: RoutingModel, log: DecisionLog, pricing: Pricing) -> Answers:
    """The model's answer to every order of a log, with the rules' default as the current choice."""
    answers = list(recommend_many(model, routing_questions(log, pricing)))
    default_row = np.flatnonzero(log.candidates["is_default"])
    return _collected(
        answers,
        [{item.candidate_id: item for item in answer.ranking} for answer in answers],
        log.candidates["candidate_id"].tolist(),
        log.candidate_offsets(),
        default_row,
        reference_row=default_row,
    )


def compensation_answers(
    model: CompensationModel, incidents: pd.DataFrame, arms: ArmTable, pricing: Pricing
) -> Answers:
    """The model's answer to every incident; its intervals are against doing nothing."""
    answers = [recommend_compensation(model, question) for question in compensation_questions(incidents, pricing)]
    return _collected(
        answers,
        [{item.arm: item for item in answer.ranking} for answer in answers],
        arms.rows["arm"].tolist(),
        arms.offsets,
        arms.default_row,
        reference_row=arms.offsets[:-1],
    )


def _collected(
    answers: Sequence[RoutingRecommendation | CompensationRecommendation],
    rankings: Sequence[Mapping[str, RankedCandidate | RankedArm]],
    names: list[str],
    offsets: Integers,
    default_row: Integers,
    *,
    reference_row: Integers,
) -> Answers:
    """Gather answers in arrays; where nothing is recommended the default stands, with no confidence."""
    chosen_row = default_row.copy()
    told = np.full((3, len(names)), np.nan)
    for number, (answer, ranking) in enumerate(zip(answers, rankings, strict=True)):
        for row in range(offsets[number], offsets[number + 1]):
            ranked = ranking.get(names[row])
            if ranked is not None:
                told[:, row] = (ranked.objective.point, ranked.objective.lower, ranked.objective.upper)
            if names[row] == answer.recommended:
                chosen_row[number] = row
    sure = [answer.confidence for answer in answers]
    return Answers(
        chosen_row=chosen_row,
        p_best=np.array([item.p_best if item else 0.0 for item in sure]),
        p_near_best=np.array([item.p_near_best if item else 0.0 for item in sure]),
        automatic=np.array([answer.disposition is Disposition.AUTO for answer in answers]),
        reference_row=reference_row,
        point=told[0],
        lower=told[1],
        upper=told[2],
    )
