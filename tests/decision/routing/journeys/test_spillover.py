"""The spillover law on a planted cost: found, monotone, shrunk where there is nothing, and counted only where asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS, objective_coefficients
from decision.artefact import Part
from decision.errors import ArtefactError, TrainingError
from decision.routing.features import Imputation
from decision.routing.fitting import RoutingFit
from decision.routing.model import RoutingModel
from decision.routing.scoring import OTHERS, losses, scores
from decision.routing.spillover import DIRECTIONS, SpilloverLaw
from decision.routing.spillover_fitting import fitted_spillover
from decision.routing.stages import STAGE_NAMES, stage_columns

PLAIN = np.array(objective_coefficients(DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES))
COUNTING = np.array(objective_coefficients(DEFAULT_WEIGHTS, replace(DEFAULT_UNIT_VALUES, count_spillover=True)))


def planted_cost(world: Any) -> np.ndarray:
    """An order at a node above capacity makes another one late."""
    return np.where(world.choice_sets.candidate["capacity_utilization"] > 1, 1_500.0, 0.0)


@pytest.fixture(scope="module")
def played(make_staged_world: Callable[..., Any]) -> Any:
    return make_staged_world(400, seed=62)


@pytest.fixture(scope="module")
def law(played: Any) -> SpilloverLaw:
    noise = 400.0 * np.random.Generator(np.random.Philox(5)).standard_normal(int(played.choice_sets.offsets[-1]))
    return fitted_spillover(played.log, planted_cost(played) + noise, Imputation(), learned_from="a plan", seed=1)


@pytest.fixture(scope="module")
def model(staged_fit: RoutingFit, law: SpilloverLaw) -> RoutingModel:
    return replace(staged_fit.model, spillover=law)


def test_a_planted_cost_is_found_in_a_world_never_seen(
    law: SpilloverLaw, make_staged_world: Callable[..., Any]
) -> None:
    fresh = make_staged_world(300, seed=61)
    told = law.by_bag(stage_columns(fresh.choice_sets, Imputation()))
    assert np.corrcoef(told.mean(axis=0), planted_cost(fresh))[0, 1] > 0.95
    assert law.slope > 0.95


def test_more_load_never_costs_others_less(law: SpilloverLaw, staged: Any) -> None:
    at_node = stage_columns(staged.choice_sets, Imputation())[:200]
    before = law.by_bag(at_node)
    for name, direction in DIRECTIONS.items():
        pushed = at_node.copy()
        pushed[:, STAGE_NAMES.index(name)] += 3.0 * direction
        assert (law.by_bag(pushed) >= before - 1e-9).all()


def test_a_law_that_knows_nothing_claims_next_to_nothing(played: Any) -> None:
    noise = 900.0 * np.random.Generator(np.random.Philox(6)).standard_normal(int(played.choice_sets.offsets[-1]))
    law = fitted_spillover(played.log, noise, Imputation(), learned_from="noise", seed=1)
    told = law.by_bag(stage_columns(played.choice_sets, Imputation())).mean(axis=0)
    assert law.slope < 0.5
    assert told.std() < 0.1 * noise.std()


def test_delays_to_others_are_told_always_and_counted_only_where_asked(model: RoutingModel, staged: Any) -> None:
    sets, default = staged.choice_sets, staged.default_rows
    plain, counting = (scores(model, model.features(sets), sets, default, prices) for prices in (PLAIN, COUNTING))
    told = plain.point[:, OTHERS]
    assert np.ptp(told) > 1_000
    assert "delays_to_others_minor" not in model.untold
    assert counting.loss - plain.loss == pytest.approx(told)
    assert (plain.lower[:, OTHERS] <= told).all()
    assert (counting.loss_error >= plain.loss_error - 1e-9).all()
    assert losses(model, sets, default, COUNTING) == pytest.approx(counting.loss)


def test_without_the_law_nothing_is_said_of_others(staged_fit: RoutingFit, model: RoutingModel, staged: Any) -> None:
    bare, sets = staged_fit.model, staged.choice_sets
    assert "delays_to_others_minor" in bare.untold
    assert not scores(bare, bare.features(sets), sets, staged.default_rows, COUNTING).point[:, OTHERS].any()
    plain = losses(model, sets, staged.default_rows, PLAIN)
    assert np.array_equal(losses(bare, sets, staged.default_rows, PLAIN), plain)


def test_a_linear_model_carries_the_law_too(fit: RoutingFit, law: SpilloverLaw, world: Any) -> None:
    model, sets = replace(fit.model, spillover=law), world.choice_sets
    assert model.journeys is None
    told = model.predict(sets, world.default_rows).point[:, OTHERS - 1]
    minor = law.by_bag(stage_columns(sets, model.imputation)).mean(axis=0)
    assert told == pytest.approx(minor - minor[world.default_rows][sets.order_of_row])


def test_what_is_stored_says_the_same_again(law: SpilloverLaw, staged: Any) -> None:
    columns = stage_columns(staged.choice_sets, Imputation())
    assert np.array_equal(SpilloverLaw.from_part(*law.to_part()).by_bag(columns), law.by_bag(columns))


def _other_words(part: Part) -> None:
    part[1]["stages"] = ["moon"]


def _steep(part: Part) -> None:
    part[1]["slope"] = 3.0


def _lonely(part: Part) -> None:
    part[0]["spillover_root"] = part[0]["spillover_root"][:1]


def _headless(part: Part) -> None:
    del part[0]["spillover_node"]


@pytest.mark.parametrize("spoil", [_other_words, _steep, _lonely, _headless])
def test_a_part_that_cannot_be_right_is_refused(law: SpilloverLaw, spoil: Callable[[Part], None]) -> None:
    part = law.to_part()
    spoil(part)
    with pytest.raises(ArtefactError, match="anew"):
        SpilloverLaw.from_part(*part)


def test_too_few_orders_or_a_missing_cost_teach_nothing(staged: Any, make_staged_world: Callable[..., Any]) -> None:
    few = make_staged_world(10, seed=3)
    with pytest.raises(TrainingError, match="play at least 50 orders"):
        fitted_spillover(few.log, planted_cost(few), Imputation(), learned_from="few", seed=1)
    with pytest.raises(TrainingError, match="a finite cost for every candidate"):
        fitted_spillover(staged.log, np.full(24_000, np.nan), Imputation(), learned_from="gaps", seed=1)


def test_a_number_that_is_none_does_not_come_out_as_a_cost(law: SpilloverLaw, staged: Any) -> None:
    columns = stage_columns(staged.choice_sets, Imputation())[:20]
    columns[4, STAGE_NAMES.index("backlog_log")] = np.nan
    told = law.by_bag(columns)
    assert np.isnan(told[:, 4]).all()
    assert np.isfinite(np.delete(told, 4, axis=1)).all()
