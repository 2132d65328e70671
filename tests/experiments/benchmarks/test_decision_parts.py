"""Parts of the decision's bench: which are measured, and what becomes of the figures of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.bench import app
from experiments.benchmarks.decision.bench import FIGURES_OF_PART, GOALS, decision_figures
from experiments.benchmarks.decision.parts import LEFT_OUT, Part, parts_named
from experiments.errors import BenchmarkError


def test_every_figure_with_a_goal_is_of_one_part() -> None:
    names = [name for figures in FIGURES_OF_PART.values() for name in figures]
    assert sorted(names) == sorted(goal.figure for goal in GOALS)


@pytest.mark.parametrize(
    ("text", "said"), [("model", "did you mean 'models'"), ("", "there are models"), ("models,,serving", "there are")]
)
def test_a_part_that_does_not_exist_is_refused_with_a_near_name(text: str, said: str) -> None:
    with pytest.raises(BenchmarkError, match=said):
        parts_named(text)


def test_what_is_left_out_is_null_with_its_reason(tmp_path: Path) -> None:
    found = decision_figures(quick=True, data=tmp_path, say=lambda _: None, parts=frozenset({Part.ESTIMATES}))
    assert found["parts"] == ["estimates"]
    assert found["regret_mean"] is None
    assert found["reasons"]["regret_mean"] == LEFT_OUT
    assert "--data" in found["reasons"]["acic_sqrt_pehe_mean"]
    assert all(verdict["met"] is None for verdict in found["goals"].values())


def test_the_command_refuses_an_unknown_part_before_it_plays_a_world() -> None:
    result = CliRunner().invoke(app, ["decision", "--quick", "--parts", "everything"])
    assert isinstance(result.exception, BenchmarkError)
