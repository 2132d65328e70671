"""The folder of a study: which study it holds, which replications are finished, and what was found."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from data.errors import InputFileError
from data.manifest import MANIFEST_NAME, read_manifest, sha256_of
from experiments.whatif.errors import StudyFolderError
from experiments.whatif.replication import DAYS_NAME, PARTIAL_PREFIX, RUNS_NAME

KIND = "whatif"
SUMMARY_NAME, REPORT_NAME = "summary.json", "report.html"
# Patterns of the names of pictures.
PICTURES = ("frontier*.png", "stress.png")
PLAYING_PACKAGES = ("data", "simulator", "decision")
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """A folder that holds one study.

    Parameters
    ----------
    identity : dict
        All that the replications depend on, as plain data; a folder with another identity holds another study.
    """

    path: Path
    identity: dict[str, Any]

    @property
    def study(self) -> str:
        """Digest of the identity."""
        text = json.dumps(self.identity, sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def require_usable(self, *, fresh: bool) -> None:
        """Refuse a folder that is not ours or, unless it is to be started afresh, holds another study.

        Raises
        ------
        StudyFolderError
            Saying what is there, and what to do.
        """
        if not self.path.exists():
            return
        if not self.path.is_dir():
            msg = f"{self.path}: is a file; name a folder"
            raise StudyFolderError(msg)
        if not any(self.path.iterdir()):
            return
        manifest = self._manifest()
        if not fresh and manifest.get("identity") != self.identity:
            differing = _differences(manifest.get("identity", {}), self.identity)
            msg = f"{self.path}: holds another study ({differing}); name another folder, or pass --fresh to replace it"
            raise StudyFolderError(msg)

    def open(self, *, fresh: bool) -> None:
        """Make the folder ready, emptied of another study's files if it is to be started afresh.

        Raises
        ------
        StudyFolderError
            If it is not ours, or cannot be written.
        """
        self.require_usable(fresh=fresh)
        try:
            self._make_ready(fresh=fresh)
        except OSError as error:
            msg = f"{self.path}: cannot be written ({error.strerror}); name a folder that can"
            raise StudyFolderError(msg) from error

    def _make_ready(self, *, fresh: bool) -> None:
        for name in (RUNS_NAME, DAYS_NAME):
            if fresh:
                shutil.rmtree(self.path / name, ignore_errors=True)
            (self.path / name).mkdir(parents=True, exist_ok=True)
            # What an interrupted process was writing.
            for partial in (self.path / name).glob(f"{PARTIAL_PREFIX}*"):
                partial.unlink()
        if fresh:
            for name in (SUMMARY_NAME, REPORT_NAME, *PICTURES):
                for path in self.path.glob(name):
                    path.unlink()
        self.write(MANIFEST_NAME, json.dumps({"kind": KIND, "identity": self.identity}, indent=1, sort_keys=True))

    def write(self, name: str, text: str) -> Path:
        """Write a text whole or not at all."""
        return self.write_bytes(name, f"{text}\n".encode())

    def write_bytes(self, name: str, content: bytes) -> Path:
        """Write a file whole or not at all."""
        path = self.path / name
        partial = path.with_name(f"{PARTIAL_PREFIX}{name}")
        partial.write_bytes(content)
        return partial.replace(path)

    def _manifest(self) -> dict[str, Any]:
        try:
            manifest = read_manifest(self.path, verify=False)
        except InputFileError:
            manifest = {}
        if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
            msg = f"{self.path}: exists and holds no what-if study; name an empty or a new folder"
            raise StudyFolderError(msg)
        return manifest


@cache
def code_sha256() -> str:
    """Digest of the sources that decide what a replication is: worlds of other code are not to be mixed."""
    root = Path(__file__).parents[2]
    total = hashlib.sha256()
    for package in PLAYING_PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            total.update(f"{path.relative_to(root)} {sha256_of(path)}\n".encode())
    return total.hexdigest()


def _differences(there: Any, here: dict[str, Any]) -> str:
    if not isinstance(there, dict):
        return "its manifest is not readable"
    names = [name for name in sorted({*there, *here}) if there.get(name) != here.get(name)]
    return "; ".join(f"{name}: {_shown(there.get(name))} there, {_shown(here.get(name))} here" for name in names)


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
