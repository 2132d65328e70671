"""Old reports: what is overdue by a node's own habit, and what hangs on a node still being at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from data.candidates import Candidate
from data.choice_sets import ChoiceSets
from data.decisions import Disposition, ReviewReason
from decision.errors import ArtefactError
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingCase, RoutingQuestion
from decision.routing.recommendation import recommend_routing
from decision.routing.settings import ServingSettings
from decision.routing.staleness import hang_on_old_reports, stopped_since_report, usual_ages

Ask = Callable[..., RoutingQuestion]
Aged = Callable[[Candidate, float], Candidate]


@pytest.fixture(scope="session")
def dear(calm: Candidate) -> Candidate:
    """As sure to arrive as the calm one, and a little dearer."""
    return replace(calm, candidate_id="bel|c|road", node_id="bel", distance_km=251.0, freight_minor=530)


def hangs(model: RoutingModel, asked: RoutingQuestion) -> bool:
    """Whether the choice of the first candidate does."""
    return hang_on_old_reports(model, [(RoutingCase.of(asked), 0)])[0]


def test_a_choice_that_an_unseen_stop_would_spoil_goes_to_a_person(
    model: RoutingModel, question: Ask, calm: Candidate, dear: Candidate, aged: Aged
) -> None:
    old = question(aged(calm, 6), dear)
    answer = recommend_routing(model, old)
    assert answer.recommended == calm.candidate_id
    assert hangs(model, old)
    assert not hangs(model, question(calm, dear))
    assert answer.disposition is Disposition.REVIEW


def test_a_choice_that_nothing_rivals_hangs_on_no_report(
    model: RoutingModel, question: Ask, calm: Candidate, dear: Candidate, aged: Aged
) -> None:
    assert not hangs(model, question(aged(calm, 6)))
    hopeless = replace(dear, freight_minor=90_000)
    assert not hangs(model, question(aged(calm, 6), hopeless))


def test_the_age_of_a_rivals_report_spoils_nothing(
    model: RoutingModel, question: Ask, calm: Candidate, dear: Candidate, aged: Aged
) -> None:
    assert not hangs(model, question(calm, aged(dear, 6)))


def test_a_choice_hangs_on_a_report_by_the_losses_that_recommendations_rank_by(
    model: RoutingModel, question: Ask, calm: Candidate, dear: Candidate, aged: Aged
) -> None:
    """The current choice is short by a fresh count, so a rival that surely holds the goods gains by that."""
    short = replace(calm, candidate_id="cyd|c|road", node_id="cyd", distance_km=252.0, available_quantity=0)
    old = aged(calm, 2)
    stopped = replace(old, capacity_utilization=old.capacity_utilization + 4 / 8)
    hanging = []
    for freight_minor in range(500, 1_600, 100):
        held = replace(dear, freight_minor=freight_minor)
        if recommend_routing(model, question(short, held, old)).recommended == old.candidate_id:
            ranking = recommend_routing(model, question(short, held, stopped)).ranking
            loss = {item.candidate_id: item.objective.point for item in ranking}
            spoilt = loss[old.candidate_id] - min(loss.values()) > model.settings.epsilon_minor
            assert hang_on_old_reports(model, [(RoutingCase.of(question(short, held, old)), 2)]) == [spoilt]
            hanging.append(spoilt)
    assert set(hanging) == {True, False}


def test_twice_the_age_is_taken_off_the_hours_of_the_stopped_node_alone(
    question: Ask, calm: Candidate, dear: Candidate, aged: Aged
) -> None:
    air = replace(calm, candidate_id="ada|c|air", cut_off_at=calm.cut_off_at - timedelta(hours=4))
    case = RoutingCase.of(question(aged(calm, 2), aged(air, 2), dear))
    stopped = stopped_since_report(ChoiceSets.of_many([case.choices] * 2), np.array([0, 5]))
    load = stopped.candidate["capacity_utilization"]
    old = 2 * 5 / 60 / 8
    assert load == pytest.approx([0.5 + 4 / 8, 0.5 + 4 / 4, 0.5, 0.5, 0.5, 0.5 + old])


def test_a_stopped_node_is_told_by_its_name_and_not_by_its_distance(
    question: Ask, calm: Candidate, dear: Candidate, aged: Aged
) -> None:
    air = replace(calm, candidate_id="ada|c|air", distance_km=calm.distance_km + 40)
    neighbour = replace(dear, distance_km=calm.distance_km)
    case = RoutingCase.of(question(aged(calm, 2), aged(air, 2), neighbour))
    stopped = stopped_since_report(ChoiceSets.of_one(case.choices), np.array([0]))
    assert stopped.candidate["capacity_utilization"] == pytest.approx([0.5 + 4 / 8, 0.5 + 4 / 8, 0.5])


def test_two_nodes_at_one_distance_do_not_share_what_nobody_saw_of_them(
    model: RoutingModel, question: Ask, calm: Candidate, dear: Candidate
) -> None:
    seen = replace(model, unseen=1.0)

    def error(distance_km: float, node_id: str) -> float:
        other = replace(dear, distance_km=distance_km, node_id=node_id)
        sets = ChoiceSets.of_one(RoutingCase.of(question(calm, other)).choices)
        return float(seen.predict(sets, np.array([0])).standard_error[1, 0])

    apart = error(calm.distance_km + 0.001, dear.node_id)
    assert error(calm.distance_km, dear.node_id) == pytest.approx(apart, rel=1e-3)
    assert error(calm.distance_km, calm.node_id) != pytest.approx(apart, rel=1e-2)


def test_many_choices_hang_on_old_reports_as_each_alone(
    model: RoutingModel, question: Ask, calm: Candidate, dear: Candidate, aged: Aged
) -> None:
    hopeless = replace(dear, freight_minor=90_000)
    asked = [
        question(*candidates)
        for near in (calm, aged(calm, 1.5), aged(calm, 6))
        for candidates in ((near, dear), (near,), (near, aged(dear, 6)), (near, hopeless), (near, near_air(near), dear))
    ]
    together = hang_on_old_reports(model, [(RoutingCase.of(item), 0) for item in asked])
    assert together == [hangs(model, item) for item in asked]
    assert 0 < sum(together) < len(asked)


def near_air(near: Candidate) -> Candidate:
    return replace(near, candidate_id="ada|c|air", cut_off_at=near.cut_off_at - timedelta(hours=4), freight_minor=560)


def test_a_report_is_overdue_by_its_nodes_own_habit() -> None:
    settings = ServingSettings(usual_age_hours={"quick": 0.25, "slow": 12.0, "never": 100.0})
    assert settings.overdue_after_hours("quick") == 0.5
    assert settings.overdue_after_hours("slow") == 18.0
    assert settings.overdue_after_hours("never") == settings.overdue_after_hours("unknown") == 24.0


def test_a_node_that_has_fallen_silent_goes_to_a_person(
    model: RoutingModel, question: Ask, calm: Candidate, dear: Candidate, aged: Aged
) -> None:
    used_to = replace(model, settings=replace(model.settings, usual_age_hours={"ada": 0.5, "bel": 0.5}))
    silent = question(aged(calm, 2), replace(dear, freight_minor=90_000))
    assert ReviewReason.STALE_STATE in recommend_routing(used_to, silent).review_reasons
    patient = replace(model, settings=replace(model.settings, usual_age_hours={"ada": 12.0}))
    assert ReviewReason.STALE_STATE not in recommend_routing(patient, silent).review_reasons


def test_habits_are_those_of_the_log(make_world: Any) -> None:
    log = make_world(400, seed=7).log
    ages = usual_ages(log)
    # Planted reports are up to three hours old, evenly.
    assert set(ages) == set(log.candidates["node_id"])
    assert all(2.8 < hours <= 3.0 for hours in ages.values())


@pytest.mark.parametrize(
    "broken",
    [
        {"usual_age_hours": {"ada": -1.0}},
        {"usual_age_hours": {"ada": float("nan")}},
        {"usual_age_hours": {"ada": float("inf")}},
        {"segment_thresholds": {"region=west": 1.1}},
        {"segment_thresholds": {"region=west": float("nan")}},
        {"threshold": -0.1},
        {"epsilon_minor": float("inf")},
    ],
)
def test_settings_that_make_no_sense_are_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ArtefactError, match="makes no sense"):
        ServingSettings(**broken)
