"""A folder is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.decision_log.dataset import DecisionLog
from data.errors import ContractError, InputFileError
from data.history.dataset import OrderHistory
from data.manifest import read_manifest, read_manifest_of, whole_folder, write_manifest


def _write_half(target: Path) -> None:
    with whole_folder(target) as scratch:
        (scratch / "half.txt").write_text("half")
        raise RuntimeError


def test_a_failure_leaves_no_trace(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        _write_half(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_earlier_folder_as_it_was(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "out") as scratch:
        (scratch / "first.txt").write_text("first")
        write_manifest(scratch, {})
    with pytest.raises(RuntimeError):
        _write_half(tmp_path / "out")
    assert read_manifest(tmp_path / "out")["files"].keys() == {"first.txt"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_missing_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    write_manifest(tmp_path, {"kind": "letters"})
    assert read_manifest(tmp_path)["kind"] == "letters"
    (tmp_path / "a.txt").unlink()
    with pytest.raises(ContractError, match="missing or changed"):
        read_manifest(tmp_path)


def test_a_folder_of_another_kind_is_not_read_as_what_was_wanted(tmp_path: Path) -> None:
    write_manifest(tmp_path, {"kind": "letters"})
    assert read_manifest_of(tmp_path, "letters", "letters")["kind"] == "letters"
    with pytest.raises(InputFileError, match="holds 'letters', not a song; sing one"):
        read_manifest_of(tmp_path, "song", "a song; sing one")
    for load, wanted in ((OrderHistory.load, "an order history"), (DecisionLog.load, "a decision log")):
        with pytest.raises(InputFileError, match=f"holds 'letters', not {wanted}; make one with `routecause"):
            load(tmp_path)


def test_a_folder_with_a_manifest_of_another_program_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "a web application"}')
    (tmp_path / "app.js").write_text("precious")
    with pytest.raises(InputFileError, match="was not written by routecause"), whole_folder(tmp_path):
        pytest.fail("the block must not be entered")
    assert (tmp_path / "app.js").read_text() == "precious"


def _write(target: Path, kind: str) -> None:
    with whole_folder(target) as scratch:
        write_manifest(scratch, {"kind": kind})


def test_a_folder_of_one_kind_is_not_replaced_by_another(tmp_path: Path) -> None:
    _write(tmp_path / "out", "history")
    with pytest.raises(InputFileError, match="holds a history, which a dataset would replace"):
        _write(tmp_path / "out", "dataset")
    _write(tmp_path / "out", "history")
    assert read_manifest(tmp_path / "out")["kind"] == "history"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputFileError, match=r"cannot be (read|written)"):
        _write(tmp_path / "file" / "out", "history")
