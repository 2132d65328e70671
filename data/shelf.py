"""The shelf: published models as plain folders, and aliases that say which one is in use.

Training publishes, the service reads; neither needs the other's libraries. The layout is
`<root>/<name>/versions/<version>/` and `<root>/<name>/aliases/<alias>`, a file that holds a version.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from data.errors import InputFileError
from data.manifest import MANIFEST_NAME, read_manifest, whole_folder

MODEL_NAME = "routecause"
CHAMPION = "champion"

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class ShelfEntry:
    """A published version and the folder that holds it."""

    version: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of published models.

    Parameters
    ----------
    root : Path
        Usually `data.home.Home.models`; it need not exist yet.
    """

    root: Path

    def publish(self, name: str, version: str, artefact_folder: Path) -> Path:
        """Copy an artefact onto the shelf, whole or not at all.

        A version never changes once published; publishing the same bytes again does nothing.

        Raises
        ------
        InputFileError
            If the folder has no manifest, or the version is taken by other content.
        ContractError
            If the artefact's files do not match its manifest.
        """
        manifest = read_manifest(artefact_folder)
        target = self._folder(name) / "versions" / _safe("version", str(version))
        if (target / MANIFEST_NAME).exists():
            if read_manifest(target, verify=False) == manifest:
                return target
            msg = f"{target}: version {version} of {name} is already published with other content; publish a new one"
            raise InputFileError(msg)
        with whole_folder(target) as scratch:
            shutil.copytree(artefact_folder, scratch, dirs_exist_ok=True)
        return target

    def set_alias(self, name: str, alias: str, version: str) -> None:
        """Point an alias at a published version; a reader sees the old version or the new one, never neither.

        Raises
        ------
        InputFileError
            If that version is not on the shelf.
        """
        folder = self._folder(name)
        if not (folder / "versions" / _safe("version", str(version)) / MANIFEST_NAME).exists():
            msg = f"{folder}: version {version} is not published; publish it before naming it {alias}"
            raise InputFileError(msg)
        path = folder / "aliases" / _safe("alias", alias)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(prefix=".alias-", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(f"{version}\n")
        # mkstemp makes it private to the trainer; the service may run as another user.
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)

    def resolve(self, name: str, alias: str) -> ShelfEntry | None:
        """The version that an alias points at, or None where there is no such alias.

        Raises
        ------
        InputFileError
            If the alias is unreadable or points at a version that is not on the shelf.
        """
        path = self._folder(name) / "aliases" / _safe("alias", alias)
        try:
            version = path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            msg = f"{path}: unreadable alias ({type(error).__name__}); point it at a version again"
            raise InputFileError(msg) from error
        folder = self._folder(name) / "versions" / _safe("version", version)
        if not folder.is_dir():
            msg = f"{path}: points at version {version}, which is not on the shelf; publish it or move the alias"
            raise InputFileError(msg)
        return ShelfEntry(version, folder)

    def _folder(self, name: str) -> Path:
        return self.root / _safe("model name", name)


def _safe(kind: str, text: str) -> str:
    # These become path segments: nothing may climb out of the shelf.
    if not _SAFE_NAME.fullmatch(text):
        msg = f"{kind} {text!r} cannot be a file name; use letters, digits, '.', '_' and '-'"
        raise InputFileError(msg)
    return text
