"""The whole way, on few orders: simulate, train, register, ask."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import httpx
import numpy as np
import pytest

from api.listening import listen
from api.server import build_server
from api.settings import Settings
from data.choice_sets import ChoiceSet
from data.decision_log.dataset import NETWORK_NAME
from data.decisions import Disposition, ReviewReason
from data.home import Home
from data.network import Network
from data.shelf import CHAMPION, MODEL_NAME, Shelf
from decision.artefact import load_artefact
from decision.routing.forest import Forest
from decision.routing.policy import CausalRoutingPolicy
from decision.routing.recommendation import recommend_routing
from experiments.datasets import LOG_NAME, LoadedDataset, load_dataset
from experiments.demo import DemoResult
from experiments.gate_rules import judge
from experiments.losses import Pricing, true_routing_loss
from experiments.plain_json import plain_json
from experiments.questions import routing_questions
from experiments.registry import champion, promote
from experiments.routing_study import judge_routing
from experiments.split import split_by_time
from experiments.tracking import open_client
from experiments.training import TrainingRequest, train

pytestmark = pytest.mark.slow


@contextmanager
def served(home: Home) -> Iterator[httpx.Client]:
    server = build_server(Settings(home=home))
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def dataset(demo_home: Home, shown: DemoResult) -> LoadedDataset:
    assert shown.training.model.version
    return load_dataset(demo_home.datasets / "demo", None)


def test_the_run_keeps_settings_measures_figures_lineage_and_artefact(demo_home: Home, shown: DemoResult) -> None:
    client = open_client(demo_home)
    run = client.get_run(shown.training.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["log.scenario"] == "dataco"
    assert run.data.params["n_training_orders"] == "4200"
    assert run.data.metrics["routing.true_gain"] == shown.findings.check.difference.point
    assert {item.dataset.name for item in run.inputs.dataset_inputs} == {"decision_log", "truth"}
    kept = {item.path for folder in ("figures", "artefact") for item in client.list_artifacts(run.info.run_id, folder)}
    assert kept >= {"figures/routing_gain.png", "figures/calibration.png", "artefact/manifest.json"}


def test_the_version_is_on_the_shelf_and_is_champion_only_if_the_gate_let_it(
    demo_home: Home, shown: DemoResult
) -> None:
    entry = Shelf(demo_home.models).resolve(MODEL_NAME, CHAMPION)
    assert shown.training.promoted == shown.training.verdict.passed == (entry is not None)
    assert (entry.version if entry else None) == champion(demo_home)


def test_the_artefact_loads_and_brings_the_network_along(shown: DemoResult, dataset: LoadedDataset) -> None:
    folder = shown.training.model.folder
    assert load_artefact(folder).manifest["trained_on"]["log_sha256"] == dataset.digest
    assert Network.load(folder / NETWORK_NAME) == dataset.log.network


def test_the_gain_told_is_the_gain_of_the_published_model_by_the_truth(
    shown: DemoResult, dataset: LoadedDataset
) -> None:
    assert dataset.truth is not None
    unseen, model = split_by_time(dataset.log).evaluation, load_artefact(shown.training.model.folder).routing
    logged, found, _ = judge_routing(model, split_by_time(dataset.log), dataset.truth, Pricing(), seed=1)
    loss = true_routing_loss(unseen.candidates, dataset.truth.routing, Pricing())
    assert found is not None
    assert found.check.rules_mean == pytest.approx(loss[unseen.candidates["is_default"].to_numpy()].mean())
    told = shown.findings.check
    assert (found.check.causal_mean, found.check.difference) == (told.causal_mean, told.difference)
    assert logged == shown.training.studies["routing"].logged


def test_the_objective_is_the_sum_of_its_priced_parts(shown: DemoResult) -> None:
    pricing, changes = Pricing(), shown.findings.changes
    prices = {
        "cost_minor": 1.0,
        "lateness_hours": pricing.unit_values.lateness_minor_per_hour,
        "late_probability": pricing.unit_values.late_order_minor,
        "stock_out_probability": pricing.unit_values.stock_out_minor,
        "damage_probability": pricing.unit_values.damaged_order_minor + pricing.unit_values.replacement_minor,
        "carbon_kg": pricing.unit_values.carbon_minor_per_kg,
    }
    total = sum(price * changes[name].difference.point for name, price in prices.items())
    assert total == pytest.approx(shown.findings.check.difference.point)


def test_a_model_turned_upside_down_is_refused_and_told_why(shown: DemoResult, dataset: LoadedDataset) -> None:
    good = load_artefact(shown.training.model.folder).routing
    assert good.journeys is not None
    journeys = replace(good.journeys, node=_turned(good.journeys.node), road=_turned(good.journeys.road))
    wrong = replace(good, journeys=journeys)
    logged, found, _ = judge_routing(wrong, split_by_time(dataset.log), dataset.truth, Pricing(), seed=1)
    study = replace(shown.training.studies["routing"], logged=logged, true=found)
    refused = {check.name for check in judge({"routing": study}).refusals}
    assert refused >= {"routing.true_gain_upper", "routing.calibration_error"}


def _turned(forest: Forest) -> Forest:
    """The best leaves say what the worst said, and the other way round."""
    ranked = forest.leaf.sum(axis=1).argsort()
    leaf = np.empty_like(forest.leaf)
    leaf[ranked] = forest.leaf[ranked[::-1]]
    return replace(forest, leaf=leaf)


def test_examples_show_a_clear_case_and_one_for_a_person(shown: DemoResult) -> None:
    assert shown.routing.answer.disposition is Disposition.AUTO
    assert shown.ambiguous.answer.disposition is Disposition.REVIEW
    assert shown.ambiguous.answer.review_reasons == (ReviewReason.LOW_CONFIDENCE,)
    assert shown.compensation.answer.ranking


def test_an_examples_file_is_the_body_that_was_answered(shown: DemoResult) -> None:
    for example in (shown.routing, shown.ambiguous, shown.compensation):
        assert json.loads(shown.bodies[example.name].read_text()) == example.body


def test_the_result_is_one_json_object_with_the_promised_keys(shown: DemoResult) -> None:
    plain = json.loads(plain_json(shown.to_plain()))
    assert set(plain) == {
        "policy_gain",
        "routing_example",
        "compensation_example",
        "mlflow",
        "seconds",
        "peak_rss_mb",
    }
    assert set(plain["policy_gain"]) == {"rules_mean", "causal_mean", "difference", "n_orders"}
    assert set(plain["policy_gain"]["difference"]) == {"point", "lower", "upper"}
    assert set(plain["mlflow"]) == {"store", "run_id", "model_version"}
    assert plain["policy_gain"]["n_orders"] == 900


def test_a_second_training_without_truth_is_the_next_version_and_names_what_it_did_not_check(
    demo_home: Home, shown: DemoResult, tmp_path: Path
) -> None:
    alone = Path(copytree(demo_home.datasets / "demo" / LOG_NAME, tmp_path / "log"))
    report = train(TrainingRequest(alone), demo_home, lambda _: None)
    assert int(report.model.version) == int(shown.training.model.version) + 1
    skipped = {check.name for check in report.verdict.skipped}
    assert skipped >= {"routing.true_gain_upper", "compensation.coverage"}
    with_truth, without = (load_artefact(item.model.folder).routing for item in (shown.training, report))
    np.testing.assert_array_equal(with_truth.law.coefficients, without.law.coefficients)
    assert (with_truth.calibrated, without.calibrated) == (True, False)


def test_the_policy_that_plays_chooses_what_the_service_recommends(shown: DemoResult, dataset: LoadedDataset) -> None:
    model, pricing = load_artefact(shown.training.model.folder).routing, Pricing()
    policy = CausalRoutingPolicy(model, pricing.weights, pricing.unit_values)
    for question, _ in zip(routing_questions(dataset.log, pricing), range(50), strict=False):
        choices = ChoiceSet.of(question.order, question.candidates, question.decided_at)
        answer = recommend_routing(model, replace(question, network=None))
        assert choices.candidate_id[policy.choose(choices, 0.5).index] == answer.recommended


def test_the_service_answers_the_examples_as_shown_once_the_version_is_promoted_by_hand(
    demo_home: Home, shown: DemoResult
) -> None:
    before = champion(demo_home)
    version = shown.training.model.version
    promote(open_client(demo_home), demo_home, version)
    with served(demo_home) as client:
        for example in (shown.routing, shown.ambiguous, shown.compensation):
            body = shown.bodies[example.name].read_bytes()
            reply = client.post(example.path, content=body, headers={"Content-Type": "application/json"})
            assert reply.status_code == 200, reply.text
            answer = reply.json()
            assert answer["model"]["version"] == version
            assert answer["disposition"] == example.answer.disposition
            assert answer["recommended"] == example.answer.recommended
            said = [item["objective"]["point"] for item in answer["ranking"]]
            assert said == pytest.approx([item.objective.point for item in example.answer.ranking])
    if before is not None:
        promote(open_client(demo_home), demo_home, before)
