from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import duckdb
import numpy as np
import pytest

from data.manifest import sha256_of
from experiments.whatif import study as study_module
from experiments.whatif.errors import StudyFolderError
from experiments.whatif.kpis import COLUMNS, KPIS, OBJECTIVE
from experiments.whatif.publication import publish
from experiments.whatif.stopping import Amount, StoppingRule
from experiments.whatif.study import Plan, Study, run_study
from experiments.whatif.summary import summary_of
from experiments.whatif.warm_start import WarmStartRequest

Planner = Callable[..., Plan]
ROOT = Path(study_module.__file__).parents[2]


def _files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*.parquet"))}


def test_policies_that_decide_alike_differ_by_exactly_nothing(plan_in: Planner) -> None:
    study = run_study(plan_in(policies=("rules", "explore:0"), rule=StoppingRule(2, 2)))
    (comparison,) = study.findings.comparisons
    assert all(item.is_nothing and item.point == 0 for item in comparison.differences)
    assert comparison.verdict.code == "no_difference"
    assert comparison.verdict.sentence.startswith("no difference at all")
    assert study.runs.groupby("replication")["run_sha256"].nunique().eq(1).all()


def test_common_random_numbers_narrow_what_independent_seeds_leave_wide(plan_in: Planner) -> None:
    study = run_study(plan_in(policies=("rules", "explore:.1"), rule=StoppingRule(6, 6)))
    rules, explore = study.findings.values[:, :, 0]
    # The same runs, paired with another one's demand, are what independent seeds would give.
    independent = explore - np.roll(rules, 1)
    assert (explore - rules).var(ddof=1) < independent.var(ddof=1) / 4
    assert study.findings.comparisons[0].differences[0].pairing_gain > 4


def test_one_worker_and_two_find_the_same_bit_for_bit(plan_in: Planner) -> None:
    asked = {"rule": StoppingRule(2, 2), "warm_up_days": None, "warm_start": WarmStartRequest("2h")}
    alone, both = plan_in("alone", **asked), plan_in("both", **asked, n_workers=2)
    summaries = [summary_of(run_study(plan)) for plan in (alone, both)]
    assert summaries[0] == summaries[1]
    assert _files(alone.folder.path) == _files(both.folder.path)


class _ImpatientError(Exception):
    pass


def test_an_interrupted_study_goes_on_where_it_stopped(plan_in: Planner) -> None:
    whole = run_study(plan_in("whole"))
    plan = plan_in("cut")

    def stop_after_two(progress: study_module.Progress) -> None:
        if progress.n_finished:
            raise _ImpatientError

    with pytest.raises(_ImpatientError):
        run_study(plan, on_progress=stop_after_two)
    before = {path: path.stat().st_mtime_ns for path in (plan.folder.path / "replications").iterdir()}
    resumed = run_study(plan_in("cut"))
    assert 0 < len(before) == resumed.n_resumed < 6
    assert resumed.n_played == 6 - len(before)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert summary_of(resumed) == summary_of(whole)
    assert _files(plan.folder.path) == _files(whole.plan.folder.path)


def test_a_damaged_or_half_written_file_is_played_again(plan_in: Planner) -> None:
    plan = plan_in(rule=StoppingRule(2, 2))
    whole = _files(run_study(plan).plan.folder.path)
    first = sorted((plan.folder.path / "replications").iterdir())[0]
    first.write_bytes(first.read_bytes()[:100])
    (plan.folder.path / "days" / ".partial-contender0-00000.parquet").write_bytes(b"cut")
    again = run_study(plan)
    assert again.n_played == 1
    assert _files(plan.folder.path) == whole


def test_another_study_is_not_mixed_into_a_folder(plan_in: Planner) -> None:
    run_study(plan_in(rule=StoppingRule(2, 2)))
    with pytest.raises(StudyFolderError, match=r"n_orders: 400 there, 300 here.*--fresh"):
        plan_in(n_orders=300)
    fresh = run_study(plan_in(n_orders=300, rule=StoppingRule(2, 2), fresh=True), fresh=True)
    assert fresh.n_played == 4
    assert fresh.runs["n_orders"].le(300).all()


def test_more_replications_go_on_from_those_that_are_there(plan_in: Planner) -> None:
    run_study(plan_in(rule=StoppingRule(2, 2)))
    more = run_study(plan_in(rule=StoppingRule(3, 3)))
    assert (more.n_resumed, more.n_played) == (4, 2)


def test_a_study_stops_when_the_half_width_is_reached_or_at_the_most_replications(plan_in: Planner) -> None:
    wide, out_of_reach = (OBJECTIVE, Amount(0.9, relative=True)), (OBJECTIVE, Amount(1e-6))
    study = run_study(plan_in(n_orders=150, rule=StoppingRule(10, 40, (wide,))))
    difference = study.findings.comparisons[0].differences[0]
    assert study.findings.n_replications < 40
    assert difference.half_width <= 0.9 * study.findings.values[0, :, 0].mean()
    assert "reached" in study.reason
    most = study.findings.n_replications + 1
    bounded = run_study(plan_in(n_orders=150, rule=StoppingRule(10, most, (out_of_reach,))))
    assert bounded.findings.n_replications == most
    assert f"--max-replications {most}" in bounded.reason
    assert bounded.n_played == 2


def test_scenarios_meet_the_same_seeds_and_are_judged_against_the_first(plan_in: Planner, tmp_path: Path) -> None:
    text = (ROOT / "simulator/scenarios/small.yaml").read_text(encoding="utf-8")
    dearer = tmp_path / "dearer.yaml"
    dearer.write_text(text.replace("handling_minor: 210", "handling_minor: 2100"), encoding="utf-8")
    plan = plan_in(scenarios=("small", str(dearer)), policies=("rules",), rule=StoppingRule(5, 5))
    (comparison,) = run_study(plan).findings.comparisons
    cost, on_time = comparison.differences[1], comparison.differences[2]
    assert cost.lower > 0
    assert on_time.is_nothing
    assert comparison.verdict.code == "worse"


def test_figures_of_days_weigh_up_to_the_figures_of_the_run(plan_in: Planner) -> None:
    study = run_study(plan_in(rule=StoppingRule(2, 2)))
    for (name, number), run in study.runs.groupby(["contender", "replication"]):
        days = study.days[(study.days["contender"] == name) & (study.days["replication"] == number)]
        assert days["n_orders"].sum() == run["n_orders"].item()
        for kpi in KPIS[:8]:
            weighed = np.average(days[kpi.column], weights=days["n_orders"])
            assert weighed == pytest.approx(run[kpi.column].item(), rel=1e-9)


def test_the_queries_of_the_page_can_be_asked_with_duckdb(plan_in: Planner) -> None:
    study = run_study(plan_in(rule=StoppingRule(2, 2)))
    page = (ROOT / "docs" / "what-if.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", page, flags=re.DOTALL)
    by_contender, by_day = (
        duckdb.connect().execute(query.replace("DIR", str(study.plan.folder.path))).fetchall() for query in queries
    )
    assert {(name, runs) for name, runs, *_ in by_contender} == {("rules", 2), ("explore:.5", 2)}
    means = {name: objective for name, _, objective, _ in by_contender}
    assert means["rules"] == pytest.approx(summary_of(study)["contenders"][0]["mean"]["objective_minor"])
    assert [day for day, *_ in by_day] == sorted(set(study.days["day"]))


def test_the_report_needs_nothing_but_itself(plan_in: Planner) -> None:
    study: Study = run_study(plan_in(policies=("rules", "explore:.5", "explore:.9"), rule=StoppingRule(2, 2)))
    published = publish(study)
    page = published.report.read_text(encoding="utf-8")
    for item in study.findings.comparisons:
        assert item.verdict.sentence[1:] in unescape(page)
    assert "<script" not in page
    assert "<link" not in page
    assert not [word for word in ('src="http', "url(http", "@import") if word in page]
    summary = json.loads((study.plan.folder.path / "summary.json").read_text(encoding="utf-8"))
    assert set(summary["contenders"][0]["mean"]) == set(COLUMNS)
    assert published.report.read_text(encoding="utf-8") == publish(study).report.read_text(encoding="utf-8")
