"""Orders decided together are decided as they would be one by one, on the same sight, and written down alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS, ChoiceSet, ChoiceSets
from data.choices import Choice, Choices
from simulator.errors import PolicyError
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario
from simulator.world import World

Change = Callable[..., Scenario]
GoesOn = Callable[[WorldRun, int], tuple[World, World]]
N_ORDERS = 600


@dataclass
class OneByOne:
    """Takes the first candidate with the shortest queue, and keeps what it sees."""

    seen: list[ChoiceSet] = field(default_factory=list)
    name: str = "shortest"

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        self.seen.append(choices.kept())  # type: ignore[attr-defined]
        index = int(np.argmin(choices.backlog_orders))
        return Choice(index, 0, [float(place == index) for place in range(len(choices.candidate_id))])


@dataclass
class Together(OneByOne):
    """The same, asked for many orders at once."""

    columns: dict[str, list[float]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    n_at_once: list[int] = field(default_factory=list)

    def choose_many(self, choices: ChoiceSets, uniforms: NDArray[np.float64]) -> Choices:
        assert len(uniforms) == choices.n_orders
        self.n_at_once.append(choices.n_orders)
        for name in (*ORDER_COLUMNS, *CANDIDATE_COLUMNS):
            column = choices.order[name] if name in ORDER_COLUMNS else choices.candidate[name]
            self.columns.setdefault(name, []).extend(column.tolist())
        for name in ("carrier_id", "service_level"):
            self.names.setdefault(name, []).extend(getattr(choices, name))
        starts = choices.offsets[:-1]
        queues = np.split(choices.candidate["backlog_orders"], starts[1:])
        index = np.array([int(np.argmin(queue)) for queue in queues])
        propensity = np.zeros(choices.offsets[-1])
        propensity[starts + index] = 1.0
        return Choices(index, np.zeros_like(index), propensity)


def played(scenario: Scenario, policy: OneByOne) -> WorldRun:
    return simulate(scenario, policy, UniformCompensation(), n_orders=N_ORDERS, seed=23)


@pytest.mark.parametrize("name", ["small", "everything_on"])
def test_the_world_is_the_same_to_the_last_bit(name: str) -> None:
    together = Together()
    run = played(load_scenario(name), together)
    assert run.digest() == played(load_scenario(name), OneByOne()).digest()
    assert max(together.n_at_once) > 10


@pytest.mark.parametrize("world", ["small", "long_shifts", "carrier_strike", "node_outage", "tariff_change"])
def test_every_column_is_what_one_order_alone_would_show(world: str) -> None:
    together, one_by_one = Together(), OneByOne()
    played(load_scenario(world), together)
    played(load_scenario(world), one_by_one)
    for name in ORDER_COLUMNS:
        assert together.columns[name] == [getattr(choices, name) for choices in one_by_one.seen], name
    for name in CANDIDATE_COLUMNS:
        assert together.columns[name] == [value for one in one_by_one.seen for value in getattr(one, name)], name
    for name in ("carrier_id", "service_level"):
        assert together.names[name] == [value for one in one_by_one.seen for value in getattr(one, name)], name


def test_who_stays_away_leaves_the_record_as_if_never_asked(changed: Change) -> None:
    scenario = changed({"customers.feedback": {"latent_share": 0.3}, "customers.n_customers": 40})
    together, alone = (played(scenario, policy).record for policy in (Together(), OneByOne()))
    assert together.absent == alone.absent != []
    assert (together.chosen, together.default) == (alone.chosen, alone.default)
    assert (together.propensity, together.available) == (alone.propensity, alone.available)


def test_a_world_that_was_restored_between_two_reports_goes_on_the_same(small: Scenario, goes_on: GoesOn) -> None:
    run = played(small, Together())
    world, branch = goes_on(run, 317)
    assert branch.record.chosen == run.record.chosen[317:]
    assert world.record.chosen == run.record.chosen[:317]


def test_orders_that_are_prescribed_are_not_written_down(small: Scenario) -> None:
    run = played(small, Together())
    prescribed = [0 if order % 3 else -1 for order in range(N_ORDERS)]
    world = World(run.stage, Together(), UniformCompensation(), prescribed)
    world.open()
    world.run()
    assert len(world.record.chosen) == N_ORDERS // 3
    taken = np.array(world.lane_of)[np.array(prescribed) == 0]
    first = [run.stage.table.menus[menu].lanes[0] for menu in run.stage.menu_of[np.array(prescribed) == 0]]
    assert taken.tolist() == first


@dataclass
class Astray(Together):
    """Answers one order outside its choice set."""

    def choose_many(self, choices: ChoiceSets, uniforms: NDArray[np.float64]) -> Choices:
        answer = Together.choose_many(self, choices, uniforms)
        answer.index[-1] = 99
        return answer


@dataclass
class Curt(Together):
    """Answers fewer orders than it was asked for."""

    def choose_many(self, choices: ChoiceSets, uniforms: NDArray[np.float64]) -> Choices:
        answer = Together.choose_many(self, choices, uniforms)
        return Choices(answer.index[1:], answer.default_index, answer.propensity)


@pytest.mark.parametrize(("policy", "said"), [(Astray(), "candidate 99 to"), (Curt(), "give one for each")])
def test_answers_outside_the_choice_sets_are_refused(small: Scenario, policy: OneByOne, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        played(small, policy)


def test_uniform_routing_is_asked_one_by_one_as_ever(small: Scenario) -> None:
    run = simulate(small, UniformRouting(), UniformCompensation(), n_orders=50, seed=2)
    assert len(run.record.chosen) == 50


@dataclass
class Farthest(Together):
    """Changes its mind about one order at a time, and forgets to say so for many."""

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        last = len(choices.candidate_id) - 1
        return Choice(last, last, [float(place == last) for place in range(last + 1)])


def test_a_policy_that_changes_only_how_it_answers_one_is_asked_one_by_one(small: Scenario) -> None:
    run = played(small, Farthest())
    sizes = [len(run.stage.table.menus[menu].lanes) for menu in run.stage.menu_of]
    assert run.record.chosen.tolist() == [size - 1 for size in sizes]
