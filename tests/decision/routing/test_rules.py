"""The rules: nearest node with stock, cheapest service in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS, ChoiceSet, ChoiceSets
from decision.errors import QuestionError
from decision.exploration import ExploringPolicy, RulePolicy
from decision.rules import RuleEngine

N_ROWS = 4


@pytest.fixture
def choices() -> Callable[..., ChoiceSet]:
    """Two nodes at 100 and 300 km with a slow and a fast service each; columns can be replaced."""

    def build(**columns: Sequence[float] | Sequence[str] | float) -> ChoiceSet:
        plain = {
            "candidate_id": ["near|slow", "near|fast", "far|slow", "far|fast"],
            "available_quantity": [10] * N_ROWS,
            "safety_stock": [2] * N_ROWS,
            "capacity_utilization": [0.5] * N_ROWS,
            "backlog_orders": [5] * N_ROWS,
            "hours_to_cut_off": [4.0] * N_ROWS,
            "lead_time_hours": [40.0, 16.0, 44.0, 20.0],
            "distance_km": [100.0, 100.0, 300.0, 300.0],
            "freight_minor": [500, 900, 600, 1000],
            "handling_minor": [80] * N_ROWS,
            "carbon_kg": [1.0] * N_ROWS,
            "observation_age_hours": [0.0] * N_ROWS,
            "carrier_utilization": [0.5] * N_ROWS,
            "weather_severity": [0.0] * N_ROWS,
            "weather_now": [0.0] * N_ROWS,
        }
        order = {"promise_hours": 48.0, "n_units": 3, "max_line_quantity": 3, "order_value_minor": 9_000}
        mixed = {**order, **plain, **columns}
        return ChoiceSet(order_id="o1", hour_of_day=12.0, day_of_week=0, **mixed)  # type: ignore[arg-type]

    return build


def picked(choices: ChoiceSet) -> str:
    return choices.candidate_id[RuleEngine().choose(choices)]


def test_the_cheapest_service_in_time_of_the_nearest_node_ships(choices: Callable[..., ChoiceSet]) -> None:
    assert picked(choices()) == "near|slow"


def test_a_node_is_as_near_as_its_nearest_service(choices: Callable[..., ChoiceSet]) -> None:
    by_air = choices(
        distance_km=[100.0, 130.0, 110.0, 110.0], node_id=["near", "near", "far", "far"], promise_hours=24.0
    )
    assert picked(by_air) == "near|fast"


def test_a_tight_promise_takes_the_faster_service(choices: Callable[..., ChoiceSet]) -> None:
    assert picked(choices(promise_hours=24.0)) == "near|fast"


def test_where_no_quote_meets_the_promise_the_fastest_ships(choices: Callable[..., ChoiceSet]) -> None:
    assert picked(choices(promise_hours=10.0)) == "near|fast"


def test_safety_stock_is_spared_while_another_node_has_more(choices: Callable[..., ChoiceSet]) -> None:
    assert picked(choices(available_quantity=[4, 4, 10, 10])) == "far|slow"


def test_safety_stock_is_touched_where_no_node_has_more(choices: Callable[..., ChoiceSet]) -> None:
    assert picked(choices(available_quantity=[4, 4, 2, 2])) == "near|slow"


def test_where_no_node_has_enough_the_nearest_still_ships(choices: Callable[..., ChoiceSet]) -> None:
    assert picked(choices(available_quantity=[0] * N_ROWS)) == "near|slow"


def test_a_tie_ends_at_the_alphabet(choices: Callable[..., ChoiceSet]) -> None:
    twins = {"freight_minor": [500] * N_ROWS, "lead_time_hours": [20.0] * N_ROWS, "distance_km": [100.0] * N_ROWS}
    assert picked(choices(**twins)) == "far|fast"


def test_the_rules_can_be_held_to_some_candidates(choices: Callable[..., ChoiceSet]) -> None:
    assert RuleEngine().choose(choices(), among=[2, 3]) == 2


def test_an_order_without_candidates_is_no_question(choices: Callable[..., ChoiceSet]) -> None:
    with pytest.raises(QuestionError, match="no candidates"):
        RuleEngine().choose(choices(candidate_id=[]))


def test_the_rule_policy_is_certain(choices: Callable[..., ChoiceSet]) -> None:
    choice = RulePolicy().choose(choices(), 0.99)
    assert (choice.index, choice.default_index) == (0, 0)
    assert list(choice.propensities) == [1, 0, 0, 0]


def test_logged_propensities_are_the_frequencies_of_choices(choices: Callable[..., ChoiceSet]) -> None:
    policy, n_draws = ExploringPolicy(RuleEngine(), 0.4), 10_000
    taken = [policy.choose(choices(), (draw + 0.5) / n_draws) for draw in range(n_draws)]
    shares = [sum(choice.index == row for choice in taken) / n_draws for row in range(N_ROWS)]
    assert list(taken[0].propensities) == pytest.approx([0.7, 0.1, 0.1, 0.1])
    assert shares == pytest.approx([0.7, 0.1, 0.1, 0.1], abs=1e-3)
    assert sum(taken[0].propensities) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("exploration", [-0.1, 1.1, float("nan")])
def test_exploration_is_a_share(exploration: float) -> None:
    with pytest.raises(QuestionError, match="share from 0 to 1"):
        ExploringPolicy(RuleEngine(), exploration)


def random_choices(rng: np.random.Generator, order: int) -> ChoiceSet:
    """Few different values, so that ties of every kind come up."""
    n_rows = int(rng.integers(1, 9))
    columns = {name: rng.integers(0, 3, n_rows).astype(float).tolist() for name in CANDIDATE_COLUMNS}
    columns["hours_to_cut_off"] = rng.integers(-1, 3, n_rows).astype(float).tolist()
    facts = {name: float(rng.integers(0, 3)) for name in ORDER_COLUMNS}
    names = [f"c{name}" for name in rng.permutation(9)[:n_rows]]
    return ChoiceSet(order_id=f"o{order}", candidate_id=names, **{**facts, **columns})


def together(sets: Sequence[ChoiceSet]) -> ChoiceSets:
    names = sorted({name for one in sets for name in one.candidate_id})
    columns = {name: np.concatenate([getattr(one, name) for one in sets]) for name in CANDIDATE_COLUMNS}
    columns["name_rank"] = np.array([float(names.index(name)) for one in sets for name in one.candidate_id])
    return ChoiceSets(
        {name: np.array([getattr(one, name) for one in sets]) for name in ORDER_COLUMNS},
        columns,
        np.cumsum([0, *(len(one.candidate_id) for one in sets)]),
    )


@pytest.mark.parametrize(
    "policy", [RulePolicy(), ExploringPolicy(RuleEngine(), 0.3), ExploringPolicy(RuleEngine(), 1.0)]
)
def test_many_orders_at_once_are_decided_as_one_by_one_to_the_last_bit(policy: RulePolicy | ExploringPolicy) -> None:
    rng = np.random.default_rng(4)
    sets = [random_choices(rng, order) for order in range(3_000)]
    uniforms = rng.uniform(size=len(sets))
    uniforms[:2] = 0.0, np.nextafter(1.0, 0.0)
    many = policy.choose_many(together(sets), uniforms)
    one_by_one = [policy.choose(one, uniform) for one, uniform in zip(sets, uniforms.tolist(), strict=True)]
    assert many.index.tolist() == [choice.index for choice in one_by_one]
    assert many.default_index.tolist() == [choice.default_index for choice in one_by_one]
    assert many.propensity.tolist() == [share for choice in one_by_one for share in choice.propensities]


def test_many_orders_of_which_one_has_no_candidates_are_refused() -> None:
    sets = together([random_choices(np.random.default_rng(1), order) for order in range(2)])
    offsets = np.array([0, sets.offsets[-1], sets.offsets[-1]])
    with pytest.raises(QuestionError, match="order 1 of these has no candidates"):
        RuleEngine().choose_many(ChoiceSets(sets.order, sets.candidate, offsets))


def test_a_quote_that_is_not_a_number_meets_no_promise_either_way() -> None:
    rng = np.random.default_rng(6)
    sets = [random_choices(rng, order) for order in range(500)]
    for one in sets:
        unknown = rng.random(len(one.lead_time_hours)) < 0.4
        object.__setattr__(one, "lead_time_hours", np.where(unknown, np.nan, one.lead_time_hours).tolist())
    assert RuleEngine().choose_many(together(sets)).tolist() == [RuleEngine().choose(one) for one in sets]
