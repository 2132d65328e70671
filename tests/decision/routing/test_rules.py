"""The rules: nearest node with stock, cheapest service in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from data.choice_sets import ChoiceSet
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
        }
        order = {"promise_hours": 48.0, "n_units": 3, "max_line_quantity": 3, "order_value_minor": 9_000}
        mixed = {**order, **plain, **columns}
        return ChoiceSet(order_id="o1", hour_of_day=12.0, day_of_week=0, **mixed)  # type: ignore[arg-type]

    return build


def picked(choices: ChoiceSet) -> str:
    return choices.candidate_id[RuleEngine().choose(choices)]


def test_the_cheapest_service_in_time_of_the_nearest_node_ships(choices: Callable[..., ChoiceSet]) -> None:
    assert picked(choices()) == "near|slow"


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
