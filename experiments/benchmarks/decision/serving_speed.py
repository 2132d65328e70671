"""How long an answer takes: one order of 20 candidates, a batch, and a causal forest on the same rows."""

from __future__ import annotations

import resource
import sys
import time
from collections import deque
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.decisions import RoutingRecommendation
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingQuestion
from decision.routing.recommendation import recommend_many, recommend_routing
from decision.routing.rival import forest_intervals
from experiments.benchmarks.decision.lessons import Lesson
from experiments.benchmarks.timing import cpu_seconds
from experiments.losses import Pricing
from experiments.questions import routing_questions
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.run import simulate
from simulator.scenario.loading import load_scenario

N_CANDIDATES = 20
N_WARMING = 20


def serving_figures(lesson: Lesson, pricing: Pricing, *, n_answers: int, n_batch: int) -> dict[str, Any]:
    """Milliseconds of processor time an answer takes, and answers a second in a batch.

    Parameters
    ----------
    n_answers : int
        Timed answers to single orders; each order is another one.
    n_batch : int
        Orders in the batch, full answers with confidence and explanation.
    """
    questions = _questions(lesson.base, pricing, n_answers)
    spent = answer_seconds(lesson.routing, questions)
    forest = forest_interval_seconds(lesson)
    batch = [questions[place % len(questions)] for place in range(n_batch)]
    batch_seconds = cpu_seconds(lambda: [read(answer) for answer in recommend_many(lesson.routing, batch)])
    p50, p99 = (float(np.quantile(spent, share)) * 1e3 for share in (0.5, 0.99))
    return {
        "serve_p50_ms": p50,
        "serve_p99_ms": p99,
        "econml_forest_interval_ms": forest * 1e3,
        "forest_over_serve": forest * 1e3 / p50,
        "batch_orders_per_s": n_batch / batch_seconds,
        "n_candidates_served": N_CANDIDATES,
        "peak_rss_mb": _peak_megabytes(),
    }


def answer_seconds(model: RoutingModel, questions: list[RoutingQuestion]) -> NDArray[np.float64]:
    """Processor seconds of each answer, after some that warm up."""
    for question in questions[:N_WARMING]:
        read(recommend_routing(model, question))
    spent = []
    for question in questions:
        began = time.process_time()
        read(recommend_routing(model, question))
        spent.append(time.process_time() - began)
    return np.array(spent)


def read(answer: RoutingRecommendation) -> RoutingRecommendation:
    """The answer once every interval in it was looked at: they are made when they are first read."""
    for item in answer.ranking:
        deque(item.effects_vs_current.values(), maxlen=0)
    return answer


def forest_interval_seconds(lesson: Lesson) -> float:
    """Median seconds in which EconML's causal forest gives the intervals of as many rows as an order has candidates."""
    intervals = forest_intervals(lesson.log, N_CANDIDATES, seed=lesson.seed)
    return float(np.median([cpu_seconds(intervals) for _ in range(5)]))


def _questions(base: str, pricing: Pricing, n_answers: int) -> list[RoutingQuestion]:
    """Questions of exactly 20 candidates, from the base world with more nodes to choose from."""
    scenario = load_scenario(base)
    wider = scenario.fulfilment.model_copy(update={"max_nodes_per_order": len(scenario.nodes)})
    world = scenario.model_copy(update={"fulfilment": wider})
    run = simulate(world, UniformRouting(), UniformCompensation(), n_orders=2 * n_answers + 200, seed=99)
    asked = (
        replace(question, candidates=_with_current(question))
        for question in routing_questions(run.decision_log(), pricing)
        if len(question.candidates) >= N_CANDIDATES
    )
    return list(islice(asked, n_answers))


def _with_current(question: RoutingQuestion) -> tuple[Any, ...]:
    """The first candidates, the current choice among them."""
    first = question.candidates[:N_CANDIDATES]
    if any(item.candidate_id == question.current_choice for item in first):
        return first
    current = next(item for item in question.candidates if item.candidate_id == question.current_choice)
    return (*first[:-1], current)


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kilobytes, macOS bytes.
    return peak / 1024 if sys.platform != "darwin" else peak / 1024**2
