"""What candidates themselves would lead to, on a log whose stages are planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.choice_sets import ChoiceSets
from decision.routing.fitting import RoutingFit
from decision.routing.levels import level_draws
from decision.routing.model import RoutingModel
from decision.routing.weather import worst_weather
from decision.several_parcels import HOURS


@pytest.fixture(scope="module")
def asked(staged_fit: RoutingFit, make_staged_world: Callable[..., Any]) -> tuple[RoutingModel, ChoiceSets]:
    """A model and one order of another log."""
    sets = make_staged_world(40, seed=48).choice_sets
    rows = slice(*sets.offsets[:2])
    one = ChoiceSets(
        {name: column[:1] for name, column in sets.order.items()},
        {name: column[rows] for name, column in sets.candidate.items()},
        sets.offsets[:2],
        node_id=sets.node_id[rows],
        carrier_id=sets.carrier_id[rows],
        service_level=sets.service_level[rows],
    )
    return staged_fit.model, one


def test_draws_are_centred_on_what_the_model_says(asked: tuple[RoutingModel, ChoiceSets]) -> None:
    model, sets = asked
    assert model.journeys is not None
    columns = model.features(sets)
    draws = level_draws(model, model.journeys, columns, sets)
    said = model.journeys.outlook(columns).point
    assert draws.mean(axis=2)[:, :3] == pytest.approx(said, abs=1e-9)


def test_draws_of_levels_differ_by_as_much_as_effects_do(asked: tuple[RoutingModel, ChoiceSets]) -> None:
    # The weather makes an effect as unsure as the worse of its two candidates: there draws differ by less.
    model, sets = replace(asked[0], weather_widening=0.0), asked[1]
    assert model.journeys is not None
    columns = model.features(sets)
    draws = level_draws(model, model.journeys, columns, sets)
    assessed = model.assess(columns, sets, np.array([0]))
    deviations = assessed.loss_deviations(np.array([1.0, 0.0, 0.0, 0.0, 0.0]))
    apart = draws[:, 0] - draws[0, 0]
    # Errors that two candidates share fall out of their difference, here as there.
    assert apart.mean(axis=1) == pytest.approx(assessed.point[:, 0], abs=1e-9)
    assert apart.std(axis=1)[1:] == pytest.approx(deviations.std(axis=1)[1:], rel=0.25)


def test_draws_are_as_much_wider_as_the_weather_on_their_way_says(asked: tuple[RoutingModel, ChoiceSets]) -> None:
    (model, sets), reference = asked, np.arange(len(asked[1].order_of_row))
    assert model.journeys is not None
    columns, widths = model.features(sets), []
    for widening in (0.0, 0.8):
        wide = replace(model, weather_widening=widening)
        widths.append(level_draws(wide, model.journeys, columns, sets)[:, 0].std(axis=1))
    worst = worst_weather(sets, reference, model.imputation.weather_severity)
    assert widths[1] == pytest.approx(widths[0] * np.exp(0.8 * worst))


def test_the_chance_to_be_later_than_the_promise_is_that_of_being_late(
    asked: tuple[RoutingModel, ChoiceSets],
) -> None:
    model, sets = asked
    assert model.journeys is not None
    columns = model.features(sets)
    said = model.journeys.outlook(columns).point
    later = model.journeys.chance_later_than(columns, HOURS)
    assert later[:, 0] == pytest.approx(said[:, 1], abs=1e-12)
    assert (np.diff(later, axis=1) <= 1e-12).all()
    fine = np.linspace(0.0, 600.0, 2_401)
    hours = np.trapezoid(model.journeys.chance_later_than(columns, fine), fine, axis=1)
    assert hours == pytest.approx(said[:, 0], rel=0.02, abs=0.02)
