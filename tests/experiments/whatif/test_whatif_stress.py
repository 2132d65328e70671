from __future__ import annotations

from collections.abc import Callable
from html import unescape

import numpy as np
import pytest

from experiments.whatif.breaking_point import breaking_point
from experiments.whatif.errors import StudyPlanError
from experiments.whatif.paired import Difference
from experiments.whatif.publication import publish
from experiments.whatif.stopping import StoppingRule
from experiments.whatif.stress import Stress, stress_of
from experiments.whatif.study import Plan, run_study
from simulator.demand import draw_demand
from simulator.noise import Noise
from simulator.planning import station_plans
from simulator.scenario.loading import load_scenario, scenario_hash
from simulator.troubles import troubles_by_node

Planner = Callable[..., Plan]


def _share(mean: float, half_width: float = 0.01, n_runs: int = 10) -> Difference:
    return Difference(mean, mean - half_width, mean + half_width, n_runs, 1.0)


def test_a_policy_holds_as_long_as_every_interval_is_above_the_target_and_breaks_below_it() -> None:
    stress = Stress((1.0, 2.0, 3.0, 4.0), 0.9)
    found = breaking_point("rules", stress, tuple(map(_share, (0.97, 0.95, 0.905, 0.5))))
    assert (found.holds_up_to, found.breaks_at) == (2.0, 4.0)
    assert found.about == pytest.approx(3 + 0.005 / 0.405)
    kept = "90% on time is kept for sure up to x2, and surely broken by x4"
    assert found.sentence == f"rules: {kept} (the means cross it at about x3.01)"


def test_what_the_intervals_leave_open_is_not_called_broken() -> None:
    stress = Stress((1.0, 2.0), 0.9)
    found = breaking_point("rules", stress, (_share(0.95), _share(0.85, 0.2)))
    assert (found.holds_up_to, found.breaks_at) == (1.0, None)
    assert "not surely broken by x2" in found.sentence


def test_a_dip_that_recovers_ends_what_is_held() -> None:
    found = breaking_point("rules", Stress((1.0, 2.0, 3.0), 0.9), tuple(map(_share, (0.97, 0.6, 0.97))))
    assert (found.holds_up_to, found.breaks_at) == (1.0, 2.0)


def test_what_is_broken_from_the_start_holds_nothing() -> None:
    found = breaking_point("rules", Stress((1.0, 2.0), 0.9), (_share(0.5), _share(0.4)))
    assert (found.holds_up_to, found.breaks_at, found.about) == (None, 1.0, None)
    assert found.sentence == "rules: below 90% on time already at x1"


def test_four_runs_break_nothing() -> None:
    found = breaking_point("rules", Stress((1.0,), 0.9), (_share(0.5, n_runs=4),))
    assert (found.holds_up_to, found.breaks_at) == (None, None)
    assert "say nothing" in found.sentence


def test_load_multiplies_the_orders_that_count_and_leaves_stock_and_labour_as_planned(plan_in: Planner) -> None:
    plan = plan_in(policies=("rules",), n_orders=3_000, warm_up_days=1.0, stress=Stress((1.0, 2.0)))
    usual, lifted = plan.contenders
    assert (usual.scenario, lifted.load) == (load_scenario("small"), 2.0)
    n_orders = [plan.task(place, 0).settings.n_orders for place in (0, 1)]
    assert n_orders == [3_000, 1_500 + 2 * 1_500]
    placed = [
        draw_demand(item.scenario, Noise(1), count).placed_at_hours
        for item, count in zip(plan.contenders, n_orders, strict=True)
    ]
    np.testing.assert_array_equal(placed[0][placed[0] < 24], placed[1][placed[1] < 24])
    per_day = [((hours >= 24) & (hours < 44)).sum() for hours in placed]
    assert per_day[1] / per_day[0] == pytest.approx(2, abs=0.2)
    plans = [station_plans(item.scenario, troubles_by_node(item.scenario)) for item in plan.contenders]
    assert plans[0] == plans[1]


def test_a_stress_test_of_one_policy_says_where_it_breaks_and_draws_it(plan_in: Planner) -> None:
    # Six times the orders of a world that is 85% busy: nobody holds that, and nobody fails to keep 1% on time.
    asked = {"policies": ("rules",), "n_orders": 700, "warm_up_days": 0.3, "rule": StoppingRule(5, 5)}
    study = run_study(plan_in(**asked, stress=Stress((1.0, 6.0), 0.01)))
    summary = publish(study).summary
    (told,) = summary["stress"]
    easy, hard = told["on_time_share"]
    assert hard["upper"] < easy["lower"]
    assert told["holds_up_to"] == 6.0
    assert summary["verdicts"] == [told["sentence"]]
    assert (study.plan.folder.path / "stress.png").read_bytes().startswith(b"\x89PNG")
    page = (study.plan.folder.path / "report.html").read_text(encoding="utf-8")
    assert "Where it breaks" in page
    # The report's own file is the world that was played.
    written = study.plan.folder.path / "stressed.yaml"
    written.write_text(unescape(page.split("<pre>")[1].split("</pre>")[0]))
    played = next(one.scenario for one in study.plan.contenders if one.load == 6)
    assert scenario_hash(load_scenario(written)) == scenario_hash(played)
    assert "routecause simulate stressed.yaml --policy rules --orders 1950 --seed" in page
    assert study.runs["recovery_hours"].isna().all()


def test_loads_are_read_as_they_are_written() -> None:
    assert stress_of("1:1.3:0.1", "85%") == Stress((1.0, 1.1, 1.2, 1.3), 0.85)
    assert stress_of("1:2:0.4", "0.9").loads == (1.0, 1.4, 1.8)


@pytest.mark.parametrize(
    ("loads", "target", "message"),
    [
        ("1:3", None, "is no range"),
        ("1:inf:1", None, "is no range"),
        ("3:1:1", None, "leads nowhere"),
        ("1:3:0", None, "leads nowhere"),
        ("1:3:-1", None, "leads nowhere"),
        ("1:3:1e-9", None, "more than 25"),
        ("0:3:1", None, "from 0.1 to 20"),
        ("1:1000:100", None, "from 0.1 to 20"),
        ("1:2:1", "95", "between 0 and 1"),
        ("1:2:1", "nan", "between 0 and 1"),
        ("1:2:1", "high", "between 0 and 1"),
    ],
)
def test_a_stress_that_cannot_be_played_is_refused(loads: str, target: str | None, message: str) -> None:
    with pytest.raises(StudyPlanError, match=message):
        stress_of(loads, target)


def test_one_scenario_is_stressed_at_a_time(plan_in: Planner) -> None:
    with pytest.raises(StudyPlanError, match="name one scenario"):
        plan_in(scenarios=("small", "storm"), stress=Stress((1.0, 2.0)))
