"""Machine code is never older than the sources it was made of, in whichever file they stand."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data import machine_code

INNER = (
    "from data.compiling import compiled\nSTEP = {step}\n\n"
    "@compiled\ndef inner(x: float) -> float:\n    return x + STEP\n"
)
OUTER = (
    "from data.compiling import compiled\nfrom inner import inner\n\n"
    "@compiled\ndef outer(x: float) -> float:\n    return 10 * inner(x)\n\nprint(outer(1.0))\n"
)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Our two modules of machine code, and beside them a function that calls one of another file."""
    (tmp_path / "data").mkdir()
    for name in ("__init__.py", "compiling.py", "machine_code.py"):
        shutil.copy(machine_code.ROOT / "data" / name, tmp_path / "data" / name)
    (tmp_path / "inner.py").write_text(INNER.format(step=1.0), encoding="utf-8")
    (tmp_path / "outer.py").write_text(OUTER, encoding="utf-8")
    return tmp_path


def said(sources: Path) -> float:
    told = subprocess.run(
        [sys.executable, "-c", "import outer"], cwd=sources, capture_output=True, text=True, check=True
    )
    return float(told.stdout)


def test_a_function_is_compiled_anew_when_one_that_it_calls_changes(sources: Path) -> None:
    assert said(sources) == 20.0
    kept = sources / "data" / "__pycache__" / machine_code.FOLDER / "outer"
    before = list(kept.iterdir())
    assert any(before[0].rglob("*.nbc"))
    (sources / "inner.py").write_text(INNER.format(step=2.0), encoding="utf-8")
    assert said(sources) == 30.0
    after = list(kept.iterdir())
    assert len(after) == 1
    assert after != before


def test_the_digest_is_that_of_all_that_a_module_imports(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_code, "ROOT", sources)

    def digest() -> str:
        machine_code.digest_of.cache_clear()
        machine_code._imported.cache_clear()
        return machine_code.digest_of("outer")

    first = digest()
    (sources / "unread.py").write_text("STEP = 5\n", encoding="utf-8")
    assert digest() == first
    (sources / "inner.py").write_text(INNER.format(step=3.0), encoding="utf-8")
    assert digest() != first
    machine_code.digest_of.cache_clear()
    machine_code._imported.cache_clear()
