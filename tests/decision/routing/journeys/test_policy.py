"""The causal policy answers orders together as each alone, and each alone as the formulas say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.choice_sets import CANDIDATE_COLUMNS, ChoiceSet, ChoiceSets
from data.objective import DEFAULT_WEIGHTS, UnitValues, objective_coefficients
from decision.errors import QuestionError
from decision.routing.damage import N_LINE, SLOPE_NAMES, DamageLaw
from decision.routing.fitting import RoutingFit
from decision.routing.model import RoutingModel
from decision.routing.policy import CausalRoutingPolicy
from decision.routing.scoring import losses
from decision.routing.screening import feasible_rows
from decision.routing.seen_order import ranked_rows
from decision.routing.spillover import SpilloverLaw
from decision.rules import RuleEngine

VALUES = UnitValues(count_spillover=True)
N_ORDERS = 400


@pytest.fixture(scope="module", params=["law", "journeys"])
def policy(request: pytest.FixtureRequest, fit: RoutingFit, staged_fit: RoutingFit) -> CausalRoutingPolicy:
    """Of a model that tells everything, damage by carrier and delays to others included."""
    return CausalRoutingPolicy(told_all(request.param, fit, staged_fit), DEFAULT_WEIGHTS, VALUES)


def told_all(learner: str, fit: RoutingFit, staged_fit: RoutingFit) -> RoutingModel:
    journeys = staged_fit.model.journeys
    assert journeys is not None
    draw = np.random.Generator(np.random.Philox(5))
    n_slopes, n_bags = len(SLOPE_NAMES), len(journeys.node.root)
    damage = DamageLaw(
        ("c", "tortoise"), ("air",), np.zeros(n_slopes), np.ones(n_slopes), draw.normal(-3, 0.5, (n_bags, N_LINE + 5))
    )
    spillover = SpilloverLaw(journeys.node, "no world at all", 1, 1.0)
    return replace((fit if learner == "law" else staged_fit).model, damage=damage, spillover=spillover)


@pytest.fixture(scope="module")
def orders(make_choices: Callable[[int], list[ChoiceSet]]) -> list[ChoiceSet]:
    """Orders of few and many candidates, some past their collections, some unknown, some alike but for their names."""
    draw = np.random.Generator(np.random.Philox(9))
    return [changed(choices, draw) for choices in make_choices(N_ORDERS)]


def changed(choices: ChoiceSet, draw: np.random.Generator) -> ChoiceSet:
    n_rows = int(draw.integers(1, 9))
    # Some rows come more than once, under names that are in no order.
    rows = draw.integers(0, len(choices.candidate_id), n_rows)
    columns: dict[str, Any] = {name: [getattr(choices, name)[row] for row in rows] for name in CANDIDATE_COLUMNS}
    if draw.random() < 0.3:
        late = draw.random(n_rows) < 0.6
        columns["hours_to_cut_off"] = np.where(late, -1.0, columns["hours_to_cut_off"]).tolist()
    if draw.random() < 0.2:
        unknown = str(draw.choice(["weather_severity", "carrier_utilization", "backlog_orders", "lead_time_hours"]))
        columns[unknown] = np.where(draw.random(n_rows) < 0.3, np.nan, columns[unknown]).tolist()
    if draw.random() < 0.1:
        columns["freight_minor"] = np.where(draw.random(n_rows) < 0.3, np.inf, columns["freight_minor"]).tolist()
    return replace(
        choices,
        **columns,
        candidate_id=[f"c{name}" for name in draw.permutation(12)[:n_rows]],
        carrier_id=draw.choice(["c", "hare", "tortoise"], n_rows).tolist(),
        service_level=draw.choice(["air", "road"], n_rows).tolist(),
    )


def together(orders: list[ChoiceSet]) -> ChoiceSets:
    sets, names = ChoiceSets.of_many(orders), [name for one in orders for name in one.candidate_id]
    rank = {name: float(place) for place, name in enumerate(sorted(set(names)))}
    return replace(sets, candidate={**sets.candidate, "name_rank": np.array([rank[name] for name in names])})


def test_many_orders_are_answered_as_each_alone_to_the_last_bit(
    policy: CausalRoutingPolicy, orders: list[ChoiceSet]
) -> None:
    many = policy.choose_many(together(orders), np.zeros(len(orders)))
    alone = [policy.choose(choices, 0.5) for choices in orders]
    assert many.index.tolist() == [choice.index for choice in alone]
    assert many.default_index.tolist() == [choice.default_index for choice in alone]
    assert many.propensity.tolist() == [share for choice in alone for share in choice.propensities]
    assert 0.1 < np.mean(many.index != many.default_index) < 0.9


@pytest.mark.parametrize("learner", ["law", "journeys"])
def test_losses_do_not_hang_on_which_orders_are_scored_together(
    learner: str, fit: RoutingFit, staged_fit: RoutingFit, orders: list[ChoiceSet]
) -> None:
    model, prices = told_all(learner, fit, staged_fit), np.array(objective_coefficients(DEFAULT_WEIGHTS, VALUES))
    with np.errstate(all="ignore"):
        sets = ChoiceSets.of_many(orders)
        many = losses(model, sets, sets.offsets[:-1], prices)
        alone = [losses(model, ChoiceSets.of_one(choices), np.array([0]), prices) for choices in orders]
    np.testing.assert_array_equal(many, np.concatenate(alone))


def test_the_first_feasible_candidate_of_the_ranking_is_chosen(
    policy: CausalRoutingPolicy, orders: list[ChoiceSet]
) -> None:
    model, prices = policy._model, policy._prices
    kinds = set()
    for choices in orders:
        default = RuleEngine().choose(choices)
        feasible = feasible_rows(choices, range(len(choices.candidate_id)))
        with np.errstate(all="ignore"):
            loss = losses(model, ChoiceSets.of_one(choices), np.array([default]), prices)
        told = bool(feasible) and bool(np.isfinite(loss).all())
        expected = ranked_rows(loss, choices, feasible, default)[0] if told else default
        assert policy.choose(choices, 0.5).index == expected
        kinds.add((bool(feasible), bool(np.isfinite(loss).all())))
    assert len(kinds) == 4


def test_candidates_that_are_alike_go_by_the_alphabet_unless_one_is_the_default(
    policy: CausalRoutingPolicy, make_choices: Callable[[int], list[ChoiceSet]]
) -> None:
    plain = make_choices(1)[0]
    columns: dict[str, Any] = {name: [getattr(plain, name)[0]] * 3 for name in CANDIDATE_COLUMNS}
    alike = replace(plain, **columns, candidate_id=["b", "a", "c"])
    assert policy.choose(alike, 0.5).index == 1
    # The rules send it to the nearest; as everything else is alike, so does the model.
    near = replace(alike, freight_minor=[500, 500, 499])
    assert policy.choose(near, 0.5).index == policy.choose(near, 0.5).default_index == 2


def test_an_order_without_candidates_is_refused(
    policy: CausalRoutingPolicy, make_choices: Callable[[int], list[ChoiceSet]]
) -> None:
    plain = make_choices(1)[0]
    nothing: dict[str, Any] = {name: [] for name in CANDIDATE_COLUMNS}
    with pytest.raises(QuestionError, match="no candidates"):
        policy.choose(replace(plain, **nothing, candidate_id=[]), 0.5)
