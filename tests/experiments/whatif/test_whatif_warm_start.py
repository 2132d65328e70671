from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from data.home import Home
from data.objective import DEFAULT_WEIGHTS
from experiments.losses import Pricing, observed_routing_loss
from experiments.whatif.contenders import PolicySpec, build_policies, policy_spec
from experiments.whatif.errors import StudyFolderError, StudyPlanError
from experiments.whatif.facts import order_facts
from experiments.whatif.playing import Pasts, RunSettings, past_of, play_on, played
from experiments.whatif.publication import publish
from experiments.whatif.stopping import StoppingRule
from experiments.whatif.study import Plan, run_study
from experiments.whatif.summary import summary_of
from experiments.whatif.warm_start import WarmStart, WarmStartRequest
from simulator.demand import day_zero
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario

Planner = Callable[..., Plan]
N_ORDERS, SEED, DAYS = 900, 3, 0.3


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


def _spec(name: str, home: Home) -> PolicySpec:
    return policy_spec(name, DEFAULT_WEIGHTS, home)


def _whole(scenario: str, spec: PolicySpec) -> WorldRun:
    policies = build_policies(spec)
    return simulate(load_scenario(scenario), policies.routing, policies.compensation, n_orders=N_ORDERS, seed=SEED)


def _settings(warm: WarmStart) -> RunSettings:
    return RunSettings(N_ORDERS, warm.days, DEFAULT_WEIGHTS, warm_start=warm)


@pytest.mark.parametrize(("scenario", "policy"), [("node_outage", "rules"), ("fresh_goods", "explore:.4")])
def test_who_goes_on_from_its_own_past_does_as_if_it_had_never_stopped(scenario: str, policy: str, home: Home) -> None:
    spec = _spec(policy, home)
    whole, warm = _whole(scenario, spec), WarmStart(DAYS, spec)
    past = past_of(load_scenario(scenario), SEED, _settings(warm), warm)
    assert 0 < past.first_order < N_ORDERS
    for _ in range(2):  # a past that was gone on from once is still what it was
        run = play_on(past, spec)
        assert run.lane_of == whole.lane_of
        pd.testing.assert_frame_equal(
            order_facts(run, Pricing(), past.first_order), order_facts(whole, Pricing(), past.first_order)
        )


def test_two_who_go_on_from_one_past_meet_the_same_state_and_then_part(home: Home) -> None:
    rules, explore = _spec("rules", home), _spec("explore:.9", home)
    warm = WarmStart(DAYS, rules)
    past = past_of(load_scenario("small"), SEED, _settings(warm), warm)
    lanes = [play_on(past, spec).lane_of for spec in (rules, explore)]
    assert (
        lanes[0][: past.first_order]
        == lanes[1][: past.first_order]
        == _whole("small", rules).lane_of[: past.first_order]
    )
    assert lanes[0][past.first_order :] != lanes[1][past.first_order :]


def test_nothing_that_happens_at_the_moment_itself_is_past(home: Home) -> None:
    scenario, warm = load_scenario("node_outage"), WarmStart(8 / 24, _spec("rules", home))
    snapshot = past_of(scenario, SEED, _settings(warm), warm).snapshot
    assert snapshot.now < 8.0 == min(at for at, *_ in snapshot.queue)


def test_a_past_is_played_once_for_all_who_go_on_from_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, warm, n_played = load_scenario("small"), WarmStart(DAYS, _spec("rules", home)), []

    def counted(*args: object) -> object:
        n_played.append(1)
        return past_of(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("experiments.whatif.playing.past_of", counted)
    pasts = Pasts()
    for policy in ("rules", "explore:.2", "explore:.9"):
        played(scenario, _spec(policy, home), SEED, _settings(warm), pasts)
    assert len(n_played) == 1


def test_facts_are_those_of_the_decision_log(home: Home) -> None:
    run = _whole("missing_papers", _spec("explore:.4", home))
    facts, log = order_facts(run, Pricing()), run.decision_log()
    delivered = log.outcomes["delivered_at"].notna()
    assert len(facts) == delivered.sum()
    np.testing.assert_allclose(facts["objective_minor"], observed_routing_loss(log, Pricing())[delivered], rtol=1e-12)
    np.testing.assert_array_equal(facts["cost_minor"], log.outcomes["cost_minor"][delivered])
    np.testing.assert_array_equal(facts["on_time_share"] == 0, log.outcomes["late"][delivered].astype(bool))
    hours = (log.orders["decided_at"] - pd.Timestamp(day_zero(run.stage.scenario))).dt.total_seconds() / 3600
    np.testing.assert_allclose(facts["hours"], hours[delivered], atol=1e-9)
    assert facts["incidents_per_1000"].sum() == 1000 * len(log.incidents)
    assert facts["appeasement_minor"].sum() == log.incidents["cost_minor"].sum()
    assert facts["churn_share"].sum() == log.incidents["churn_90d"].sum()


def test_a_warm_study_counts_what_comes_after_the_moment(
    plan_in: Planner,
) -> None:
    asked = {
        "scenarios": ("node_outage",),
        "rule": StoppingRule(2, 2),
        "n_orders": 1_100,
        "warm_up_days": None,
        "warm_start": WarmStartRequest(),
    }
    alone = run_study(plan_in("alone", **asked))
    assert summary_of(alone)["warm_start"]["days"] == 8 / 24
    assert set(alone.days["day"]) == {0}
    assert alone.runs["n_orders"].between(600, 1_099).all()
    assert alone.runs["recovery_hours"].notna().all()
    before = summary_of(alone)
    next(iter((alone.plan.folder.path / "replications").iterdir())).unlink()
    publish(alone)
    page = (alone.plan.folder.path / "report.html").read_text(encoding="utf-8")
    assert "These commands begin with empty queues" in page.split("Look closer")[1]
    resumed = run_study(plan_in("alone", **asked))
    assert (resumed.n_played, resumed.n_resumed, summary_of(resumed)) == (1, 3, before)
    with pytest.raises(StudyFolderError, match="warm_start"):
        plan_in("alone", **{**asked, "warm_start": WarmStartRequest("8h", "explore:.5")})


def test_rules_that_go_on_from_their_own_past_are_the_rules_of_a_cold_study(plan_in: Planner) -> None:
    asked = {"policies": ("rules", "explore:.5"), "rule": StoppingRule(2, 2), "n_orders": 700}
    warm = run_study(plan_in("warm", **asked, warm_up_days=None, warm_start=WarmStartRequest(f"{DAYS}d")))
    cold = run_study(plan_in("cold", **asked, warm_up_days=DAYS))
    rules_warm, rules_cold = (study.runs[study.runs["contender"] == "rules"] for study in (warm, cold))
    pd.testing.assert_frame_equal(rules_warm.drop(columns="run_sha256"), rules_cold.drop(columns="run_sha256"))


@pytest.mark.parametrize(
    ("moment", "message"),
    [
        ("disruption", "nothing happens in the scenario"),
        ("soon", "is no moment"),
        ("2.5", "is no moment"),
        ("nand", "is no moment"),
        ("0h", "has no past"),
        ("-3d", "has no past"),
        ("9d", "ends before the warm start"),
    ],
)
def test_a_moment_that_cannot_be_begun_from_is_refused(plan_in: Planner, moment: str, message: str) -> None:
    with pytest.raises(StudyPlanError, match=message):
        plan_in(warm_up_days=None, warm_start=WarmStartRequest(moment))


def test_a_warm_start_takes_the_place_of_a_warm_up(plan_in: Planner) -> None:
    with pytest.raises(StudyPlanError, match="leave out --warm-up"):
        plan_in(warm_start=WarmStartRequest("2h"))
