"""The command from file to folder."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from api.cli.estimate import estimate as estimate_command
from data.manifest import read_manifest

app = typer.Typer()
app.command()(estimate_command)


@pytest.fixture(scope="module")
def written(planted, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("estimate")
    planted.table.to_csv(folder / "table.csv", index=False)
    arguments = [str(folder / "table.csv"), "--treatment", "arm", "--outcome", "outcome", "--truth", "true"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(folder / "out"), "--seed", "3", "--json"])
    assert result.exit_code == 0, result.output
    return folder / "out", json.loads(result.stdout.strip().splitlines()[-1])


def test_the_last_line_is_one_json_object_with_the_figures(written: tuple[Path, dict[str, object]]) -> None:
    _, summary = written
    wanted = {"ate", "learner", "losses", "n_rows", "overlap", "refutations", "sensitivity", "scores", "seconds", "out"}
    assert wanted <= set(summary)
    assert {"point", "lower", "upper"} <= set(summary["ate"])  # type: ignore[call-overload]
    assert summary["n_rows"] == 240


def test_a_treatment_cannot_be_a_dose_and_arms_at_once(tmp_path: Path) -> None:
    columns = ["table.csv", "--treatment", "arm", "--outcome", "outcome", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, [*columns, "--dose", "--arms"])
    assert result.exit_code == 2
    assert "cannot be a dose and arms at once" in " ".join(result.output.replace("│", " ").split())


def test_a_seed_that_no_generator_takes_is_refused_with_the_largest_that_all_do(tmp_path: Path) -> None:
    columns = ["table.csv", "--treatment", "arm", "--outcome", "outcome", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, [*columns, "--seed", str(2**31)])
    assert result.exit_code == 2
    assert "lessthanorequalto2147483647" in "".join(result.output.replace("│", " ").split())


def test_the_folder_holds_effects_and_reports_that_verify(written: tuple[Path, dict[str, object]]) -> None:
    folder, summary = written
    assert read_manifest(folder)["kind"] == "estimate"
    effects = pd.read_parquet(folder / "effects.parquet")
    assert {"effect", "lower", "upper"} <= set(effects.columns)
    assert len(effects) == 240
    report = json.loads((folder / "report.json").read_text())
    assert report["ate"] == summary["ate"]
    text = (folder / "report.md").read_text()
    assert text.startswith("# Effect of arm on outcome")
    assert "severity" in text


def test_effects_equal_those_of_the_library(written: tuple[Path, dict[str, object]], estimate) -> None:  # type: ignore[no-untyped-def]
    effects = pd.read_parquet(written[0] / "effects.parquet")
    assert effects["effect"].to_numpy() == pytest.approx(estimate.rows.effect[0], abs=1e-9)
