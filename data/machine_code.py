"""Where machine code is kept: by a digest of all our sources that it was made of.

numba looks at the file of a function alone, and would go on with old machine code after a function that it calls, or a
constant that it reads, was changed in another file.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "machine_code"
DIGEST_BYTES = 12

_IMPORTS = re.compile(r"^\s*(?:from\s+([\w.]+)\s+import\s+([^#\n]*)|import\s+([\w.]+))", re.MULTILINE)


def kept_for(module: str) -> Path | None:
    """The folder for the machine code of a module's functions, or None where nothing may be written.

    Code of the module's earlier states is swept away.
    """
    digest = digest_of(module)
    for home in (Path(__file__).parent / "__pycache__", Path.home() / ".cache" / "routecause"):
        folder = home / FOLDER / module / digest
        if folder.is_dir():
            return folder
        try:
            folder.mkdir(parents=True)
        except OSError:
            continue
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)
        return folder
    return None


@cache
def digest_of(module: str) -> str:
    """A digest of a module and of all of ours that it imports, directly or not."""
    met: dict[Path, bytes] = {}
    waiting = _files(module)
    while waiting:
        file = waiting.pop()
        if file not in met:
            met[file] = file.read_bytes()
            waiting += _imported(file)
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for file in sorted(met):
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + met[file] + b"\0")
    return digest.hexdigest()


@cache
def _imported(file: Path) -> tuple[Path, ...]:
    """Our files that one names in its imports; a name may be a module or something in one."""
    found: list[Path] = []
    for source, names, plain in _IMPORTS.findall(file.read_text(encoding="utf-8")):
        found += _files(source or plain)
        found += [path for name in re.findall(r"\w+", names) for path in _files(f"{source}.{name}")]
    return tuple(found)


def _files(module: str) -> list[Path]:
    place = ROOT.joinpath(*module.split("."))
    return [path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()]
