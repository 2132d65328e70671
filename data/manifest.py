"""Manifests: what a folder of files holds, with the hash of each, written all at once or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data.errors import ContractError, InputFileError

MANIFEST_NAME = "manifest.json"
# Other programs write files of that name too (every web application does): only folders that say so are ours.
WRITTEN_BY = "routecause"


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_manifest(folder: Path, facts: dict[str, Any]) -> None:
    """Write `manifest.json`: the facts given, and name, size and hash of every file below the folder."""
    files = {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST_NAME
    }
    text = json.dumps({**facts, "files": files, "written_by": WRITTEN_BY}, indent=1, sort_keys=True, allow_nan=False)
    (folder / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path, *, verify: bool = True) -> dict[str, Any]:
    """Read a folder's manifest and check every file it names.

    Raises
    ------
    InputFileError
        If there is no manifest, or it is not JSON.
    ContractError
        If a named file is absent or its bytes have changed.
    """
    path = folder / MANIFEST_NAME
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path}: no readable manifest ({type(error).__name__}); was the folder written by routecause?"
        raise InputFileError(msg) from error
    for name, facts in manifest.get("files", {}).items() if verify else ():
        target = folder / name
        if not target.is_file() or sha256_of(target) != facts["sha256"]:
            msg = f"{target}: missing or changed since the manifest was written; write the folder anew"
            raise ContractError(msg)
    return manifest


def read_manifest_of(folder: Path, kind: str, wanted: str) -> dict[str, Any]:
    """Read a folder's manifest, as `read_manifest` does, if it holds what is wanted.

    Parameters
    ----------
    kind : str
        As it stands in manifests.
    wanted : str
        What that is called, and how to make one: the end of the complaint.

    Raises
    ------
    InputFileError
        If the folder has no manifest, or holds something else.
    ContractError
        If a named file is absent or its bytes have changed.
    """
    manifest = read_manifest(folder)
    if manifest.get("kind") != kind:
        msg = f"{folder}: holds {manifest.get('kind')!r}, not {wanted}"
        raise InputFileError(msg)
    return manifest


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yield a scratch folder that takes `target`'s place if the block succeeds, and vanishes if not.

    An empty folder is replaced, and so is one that routecause wrote and that holds the same kind of thing;
    anything else is refused. The earlier folder is moved aside, not deleted, until the new one stands.

    Raises
    ------
    InputFileError
        If `target` is a file or a folder with other content, or cannot be made.
    """
    _require_replaceable(target)
    scratch = _scratch_beside(target)
    try:
        yield scratch
        _require_same_kind(target, scratch)
        # mkdtemp makes it private; a finished folder has the permissions of any other.
        scratch.chmod(0o777 & ~_umask())
        _swap(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _require_replaceable(target: Path) -> None:
    try:
        free = not target.exists() or (target.is_dir() and (not any(target.iterdir()) or _is_ours(target)))
    except OSError as error:
        msg = f"{target}: cannot be read ({error.strerror}); name an empty or a new folder"
        raise InputFileError(msg) from error
    if not free:
        msg = f"{target}: exists and was not written by routecause; name an empty or a new folder"
        raise InputFileError(msg)


def _is_ours(folder: Path) -> bool:
    return _facts(folder).get("written_by") == WRITTEN_BY


def _require_same_kind(target: Path, scratch: Path) -> None:
    if not (target / MANIFEST_NAME).exists():
        return
    before, after = _facts(target).get("kind"), _facts(scratch).get("kind")
    if before != after:
        msg = f"{target}: holds a {before}, which a {after} would replace; name an empty or a new folder"
        raise InputFileError(msg)


def _facts(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _scratch_beside(target: Path) -> Path:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        msg = f"{target}: cannot be written ({error.strerror}); name a folder in a place that can"
        raise InputFileError(msg) from error


def _swap(scratch: Path, target: Path) -> None:
    if not target.exists():
        scratch.replace(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    target.replace(aside)
    try:
        scratch.replace(target)
    except OSError:
        aside.replace(target)
        raise
    shutil.rmtree(aside)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
