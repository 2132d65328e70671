"""A real order history, from its file to a registered model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from data.shelf import MODEL_NAME
from decision.artefact import load_artefact

ROOT = Path(__file__).parents[2]
MAPPING = ROOT / "data" / "mappings" / "dataco.yaml"
HISTORY = ROOT.parent / "shared" / "data" / "dataco_orders_sample.csv"
REFUSED = 3


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.skipif(not HISTORY.exists(), reason=f"the public DataCo sample is not at {HISTORY}")
def test_a_history_is_ingested_calibrated_simulated_and_trained_on(tmp_path: Path) -> None:
    def command(*words: str | Path, codes: tuple[int, ...] = (0,)) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code in codes, (words[0], result.output, result.exception)
        return result.stdout

    history, scenario, log, home = (tmp_path / name for name in ("history", "mine.yaml", "data", "home"))
    command("ingest", HISTORY, "--mapping", MAPPING, "--out", history)
    command("calibrate", history, "--out", scenario)
    command("simulate", scenario, "--out", log, "--orders", "5000", "--exploration", "0.5", "--truth")
    report = json.loads(command("train", "--log", log, "--home", home, "--json", codes=(0, REFUSED)))
    gain = report["studies"]["routing"]["true"]["check"]["difference"]
    assert gain["upper"] < 0, "the model should beat the rules on orders that it had not seen"
    folder = home / "models" / MODEL_NAME / "versions" / report["mlflow"]["model_version"]
    assert load_artefact(folder).manifest["trained_on"]["scenario"] == str(scenario)
