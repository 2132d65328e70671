"""The MLflow store and the registry, on a store of their own."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data.home import Home
from data.manifest import write_manifest
from data.shelf import CHAMPION, MODEL_NAME, Shelf
from experiments.errors import TrackingError
from experiments.registry import champion, promote, register
from experiments.tracking import Lineage, open_client, run_log


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home with space"))


@pytest.fixture
def artefact(tmp_path: Path) -> Path:
    folder = tmp_path / "artefact"
    folder.mkdir()
    (folder / "part.json").write_text("{}")
    write_manifest(folder, {"kind": "test"})
    return folder


def test_a_run_keeps_what_was_written_to_it(home: Home, artefact: Path) -> None:
    client = open_client(home)
    with run_log(client, home, name="one", tags={"seed": "1"}) as run:
        run.params({"n_orders": 7})
        run.metrics({"gain": -1.5})
        run.lineage([Lineage("log", "training", "ab" * 32, "/there", '{"n": 7}')])
        run.folder(artefact, "artefact")
        run.document({"verdict": "passed"}, "gate.json")
    kept = client.get_run(run.run_id)
    assert (kept.info.status, kept.data.params, kept.data.metrics) == ("FINISHED", {"n_orders": "7"}, {"gain": -1.5})
    assert kept.inputs.dataset_inputs[0].dataset.digest == "ab" * 18
    assert {item.path for item in client.list_artifacts(run.run_id)} == {"artefact", "gate.json"}


def test_a_run_that_breaks_is_kept_as_failed_with_its_reason(home: Home) -> None:
    client = open_client(home)
    with pytest.raises(ValueError, match="no overlap"), run_log(client, home, name="two", tags={}) as run:
        raise ValueError("no overlap")  # noqa: EM101 - the message is the test
    kept = client.get_run(run.run_id)
    assert kept.info.status == "FAILED"
    assert kept.data.tags["error"] == "ValueError: no overlap"


def test_versions_count_up_in_registry_and_shelf_alike_and_the_alias_moves_both_ways(
    home: Home, artefact: Path
) -> None:
    client, shelf = open_client(home), Shelf(home.models)
    assert champion(home) is None
    with run_log(client, home, name="three", tags={}) as run:
        run.folder(artefact, "artefact")
        versions = [register(client, home, run, artefact, {"gate": "passed"}).version for _ in range(2)]
    assert versions == ["1", "2"]
    for version in ("2", "1"):
        promote(client, home, version)
        entry = shelf.resolve(MODEL_NAME, CHAMPION)
        assert entry is not None
        assert entry.version == champion(home) == version


@pytest.mark.parametrize("version", ["99", "9" * 23, "-1", "two", "", "\uff12"])
def test_a_version_that_was_never_made_cannot_be_promoted(home: Home, version: str) -> None:
    with pytest.raises(TrackingError, match=f"no version '{version[:20]}'"):
        promote(open_client(home), home, version)


def test_trainings_at_the_same_moment_get_runs_and_versions_of_their_own(home: Home, artefact: Path) -> None:
    def train(name: str) -> tuple[str, str]:
        client = open_client(home)
        with run_log(client, home, name=name, tags={}) as run:
            run.folder(artefact, "artefact")
            return run.run_id, register(client, home, run, artefact, {}).version

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(train, "abcd"))
    assert len({run_id for run_id, _ in made}) == len({version for _, version in made}) == 4


def test_a_store_that_is_no_database_is_refused_with_a_remedy(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "mlflow").mkdir()
    (tmp_path / "mlflow" / "mlflow.db").write_text("not a database " * 100)
    with pytest.raises(TrackingError, match="cannot open its store"):
        open_client(home)


def test_two_processes_that_open_a_new_store_at_once_both_can(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from data.home import Home; "
        "from experiments.tracking import open_client, run_log; home = Home(Path(sys.argv[1])); "
        "client = open_client(home)\nwith run_log(client, home, name='n', tags={}): pass"
    )
    words = [sys.executable, "-c", code, str(tmp_path)]
    both = [subprocess.Popen(words, stderr=subprocess.PIPE, text=True) for _ in range(2)]  # noqa: S603 - our own words
    told = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
