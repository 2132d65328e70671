from __future__ import annotations

import subprocess
import sys

HEAVY = ("econml", "dowhy", "mlflow", "ray", "sklearn", "simpy", "lightgbm", "matplotlib")


def loaded_by(statement: str, names: tuple[str, ...]) -> list[str]:
    program = f"{statement}\nimport sys\nprint(*[name for name in {names!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    return found.stdout.split()


def test_the_service_starts_without_the_laboratory() -> None:
    assert loaded_by("import api.server, api.app, data.store.store", HEAVY) == []


def test_the_command_line_starts_without_any_of_it() -> None:
    light = (*HEAVY, "numpy", "pandas", "fastapi", "sqlalchemy", "duckdb")
    assert loaded_by("import api.cli.main", light) == []
