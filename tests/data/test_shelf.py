from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import ContractError, InputFileError
from data.home import Home
from data.manifest import write_manifest
from data.shelf import Shelf


def artefact(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "part.json").write_text(text)
    write_manifest(folder, {"kind": "artefact"})
    return folder


def test_an_alias_leads_to_the_version_it_was_pointed_at(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    shelf.publish("routecause", "1", artefact(tmp_path / "a", "1"))
    shelf.publish("routecause", "2", artefact(tmp_path / "b", "2"))
    shelf.set_alias("routecause", "champion", "2")
    entry = shelf.resolve("routecause", "champion")
    assert entry is not None
    assert (entry.version, (entry.folder / "part.json").read_text()) == ("2", "2")
    shelf.set_alias("routecause", "champion", "1")
    rolled_back = shelf.resolve("routecause", "champion")
    assert rolled_back is not None
    assert rolled_back.version == "1"


def test_an_empty_shelf_resolves_to_nothing(tmp_path: Path) -> None:
    assert Shelf(tmp_path / "nowhere").resolve("routecause", "champion") is None


def test_a_published_version_never_changes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    first = artefact(tmp_path / "a", "1")
    assert shelf.publish("routecause", "1", first) == shelf.publish("routecause", "1", first)
    with pytest.raises(InputFileError, match="already published"):
        shelf.publish("routecause", "1", artefact(tmp_path / "b", "2"))


def test_a_damaged_artefact_is_not_published(tmp_path: Path) -> None:
    folder = artefact(tmp_path / "a", "1")
    (folder / "part.json").write_text("other")
    shelf = Shelf(tmp_path / "models")
    with pytest.raises(ContractError, match="changed"):
        shelf.publish("routecause", "1", folder)
    assert not (tmp_path / "models").exists()


def test_an_alias_needs_a_published_version(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="not published"):
        Shelf(tmp_path).set_alias("routecause", "champion", "7")


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden", "x" * 101, "a\n"])
def test_no_name_climbs_out_of_the_shelf(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputFileError, match="cannot be a file name"):
        Shelf(tmp_path).resolve(name, "champion")


def test_home_reads_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTECAUSE_HOME", str(tmp_path))
    monkeypatch.setenv("ROUTECAUSE_DATABASE_URL", "postgresql+psycopg://db/routecause")
    home = Home.from_environment()
    assert home.models == tmp_path / "models"
    assert home.database_url == "postgresql+psycopg://db/routecause"
    assert home.mlflow_uri == f"sqlite:///{tmp_path}/mlflow/mlflow.db"
