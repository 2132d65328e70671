from __future__ import annotations

import json
import sys
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

from api.cli import main
from data.home import Home
from experiments.policies import Exploration, policies_named
from experiments.whatif.errors import ReplayError, StudyPlanError, StudyTooLargeError
from experiments.whatif.timeline.asking import TimelineRequest, timeline_of
from experiments.whatif.timeline.branches import fork_at, journeys_of
from experiments.whatif.timeline.figure import save_timeline_figure, timeline_figure
from experiments.whatif.timeline.journey import Timeline
from experiments.whatif.timeline.words import story, table
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario
from simulator.stage import set_stage
from simulator.truth.routing import routing_truth

SEED, N_ORDERS = 3, 1_500


def _timeline(scenario: str, order: int, tmp_path: Path, policy: str = "rules", n_orders: int = N_ORDERS) -> Timeline:
    return timeline_of(TimelineRequest(scenario, str(order), SEED, policy, n_orders), Home(tmp_path))


@pytest.fixture(scope="module")
def outage() -> WorldRun:
    policies = policies_named("rules", Exploration())
    scenario = load_scenario("node_outage")
    return simulate(scenario, policies.routing, policies.compensation, n_orders=N_ORDERS, seed=SEED)


@pytest.mark.parametrize("order", [0, 700, 1_400])
def test_every_action_comes_to_what_the_truth_says_of_it(order: int, outage: WorldRun, tmp_path: Path) -> None:
    # The truth replays one node; the timeline lets the whole world go on: two engines, one answer.
    truth = routing_truth(outage, [order], redraws=0).set_index("candidate_id")
    journeys = _timeline("node_outage", order, tmp_path).journeys
    assert {journey.candidate_id for journey in journeys} == set(truth.index)
    for journey in journeys:
        row = truth.loc[journey.candidate_id]
        assert max(0.0, journey.hours_late) == row["lateness_hours"]
        assert (journey.stock_out, journey.cost_minor) == (row["stock_out"], row["cost_minor"])


def test_the_action_taken_comes_first_and_to_what_the_run_came_to(outage: WorldRun, tmp_path: Path) -> None:
    taken, *others = _timeline("node_outage", 700, tmp_path).journeys
    assert taken.is_factual
    assert not any(journey.is_factual for journey in others)
    assert taken.delivered_at_hours == outage.record.delivered_at_hours[700]
    assert taken.steps[-1].from_hours == outage.record.shipped_at_hours[700]
    arrivals = [journey.delivered_at_hours or np.inf for journey in others]
    assert arrivals == sorted(arrivals)


def test_steps_follow_one_another_from_the_order_to_the_door(tmp_path: Path) -> None:
    found = _timeline("small", 900, tmp_path)
    for journey in found.journeys:
        edges = [(step.from_hours, step.to_hours) for step in journey.steps]
        assert edges[0][0] == found.placed_at_hours
        assert edges[-1][1] == journey.delivered_at_hours
        assert all(end == start for (_, end), (start, _) in pairwise(edges))
        names = [step.name for step in journey.steps]
        assert names == sorted(set(names), key=names.index)
        assert {"picking", "packing", "collection", "way"} <= set(names)


def test_work_takes_as_long_as_the_scenario_says(tmp_path: Path) -> None:
    found, scenario = _timeline("small", 900, tmp_path), load_scenario("small")
    stage = set_stage(scenario, SEED, N_ORDERS)
    for journey in found.journeys:
        node = next(item for item in scenario.nodes if item.node_id == journey.node)
        effort = float(stage.demand.pick_effort[900])
        assert journey.hours_of("picking") == pytest.approx(node.pick_minutes / 60 * effort)


def test_an_incident_and_its_answer_are_those_of_the_run(outage: WorldRun, tmp_path: Path) -> None:
    incident = next(item for item in outage.record.incidents if item.order > 300)
    answer = _timeline("node_outage", incident.order, tmp_path).journeys[0].answer
    assert answer is not None
    assert answer.incident_type == incident.grievance.incident_type.value
    assert (answer.at_hours, answer.arm) == (incident.occurred_at_hours, incident.choice.arm.value)
    assert (answer.cost_minor, answer.churn) == (incident.cost_minor, incident.churn)


def test_who_waits_at_a_closed_node_is_told_that_nobody_works_there(tmp_path: Path) -> None:
    outage = next(item for item in load_scenario("node_outage").disruptions if item.kind == "node_outage")
    stage = set_stage(load_scenario("node_outage"), SEED, N_ORDERS)
    during = np.flatnonzero((stage.demand.placed_at_hours > 9) & (stage.demand.placed_at_hours < 12))
    told = [
        journey.steps[0].why
        for order in during[::150].tolist()
        for journey in _timeline("node_outage", order, tmp_path).journeys
        if journey.node == outage.node and journey.steps[0].name == "picker"
    ]
    assert told
    assert all("no picker at work" in why for why in told)


def test_a_world_that_was_changed_after_its_run_is_not_believed() -> None:
    policies = policies_named("rules", Exploration())
    fork = fork_at(set_stage(load_scenario("small"), SEED, 300), policies, 200)
    fork.run.record.delivered_at_hours[200] += 1.0
    with pytest.raises(ReplayError, match="order 200"):
        journeys_of(fork)


def test_the_words_and_the_pictures_are_the_same_every_time(tmp_path: Path) -> None:
    found, again = (_timeline("storm", 100, tmp_path, "explore:.5", 300) for _ in range(2))
    assert found == again
    assert len(table(found)) == len(found.journeys)
    assert story(found, found.journeys[0])[0].endswith(found.journeys[0].action)
    for suffix in (".png", ".svg"):
        first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
        save_timeline_figure(found, first)
        save_timeline_figure(again, second)
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(("scenario", "order"), [("node_outage", 60), ("small", 40)])
def test_no_words_of_a_picture_lie_upon_each_other_or_under_a_line(scenario: str, order: int, tmp_path: Path) -> None:
    figure = timeline_figure(_timeline(scenario, order, tmp_path, n_orders=400))
    figure.canvas.draw()
    words = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    boxes = [text.get_window_extent() for text in words]
    crossing = [
        (one.get_text(), other.get_text())
        for (one, here), (other, there) in combinations(zip(words, boxes, strict=True), 2)
        if here.overlaps(there)
    ]
    assert crossing == []
    assert min(float(text.get_fontsize()) for text in words) >= 10
    # What stands behind a bar may stand on the promise's line, and has paper of its own then.
    said = [text for text in words if text.get_text().endswith(("early", "late", "lost", "damaged"))]
    assert said
    assert all(text.get_bbox_patch() is not None and text.get_zorder() > 3 for text in said)


@pytest.mark.parametrize("order", ["-1", "ten", "", "1.5", "O", "99999", "9" * 40])
def test_what_is_no_order_of_the_run_is_refused(order: str, tmp_path: Path) -> None:
    with pytest.raises(StudyPlanError, match=r"is no order|is not among the 1,500 orders"):
        timeline_of(TimelineRequest("small", order, SEED, "rules", N_ORDERS), Home(tmp_path))


def test_an_order_that_comes_after_months_is_told_when_it_comes_and_how_many_orders_that_takes(tmp_path: Path) -> None:
    with pytest.raises(
        StudyTooLargeError, match=r"order 99,999,999 comes only after about 66,667 days of 'small', in a"
    ):
        timeline_of(TimelineRequest("small", "99999999", SEED, "rules"), Home(tmp_path))


def test_the_command_prints_one_object_last_and_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "order.png"
    asked = ["small", "--order", "O0000020", "--seed", "3", "--orders", "300", "--json", "--out", str(picture)]
    monkeypatch.setattr(sys, "argv", ["routecause", "timeline", *asked, "--home", str(tmp_path)])
    with pytest.raises(SystemExit) as left:
        main.run()
    assert not left.value.code
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert (told["order"], told["order_id"]) == (20, "O0000020")
    assert [action["is_factual"] for action in told["actions"]].count(True) == 1
    assert told["actions"][0]["steps"][0]["from"] == told["placed_at"]
    assert "Under each action" in printed.err
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_an_unknown_kind_is_refused_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["small", "--order", "5", "--out", str(tmp_path / "order.docx")]
    monkeypatch.setattr(sys, "argv", ["routecause", "timeline", *asked])
    with pytest.raises(SystemExit) as left:
        main.run()
    assert left.value.code == 2
    assert "a picture's name ends in" in capsys.readouterr().err
