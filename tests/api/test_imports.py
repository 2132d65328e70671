from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("econml", "dowhy", "mlflow", "ray", "sklearn", "simpy", "lightgbm", "matplotlib")


def loaded_by(statement: str, names: tuple[str, ...]) -> list[str]:
    program = f"{statement}\nimport sys\nprint(*[name for name in {names!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    return found.stdout.split()


def test_the_service_starts_without_the_laboratory() -> None:
    assert loaded_by("import api.server, api.app, data.store.store", HEAVY) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["timeline", "nowhere", "--order", "3"],
        ["simulate", "nowhere", "--out", "never"],
        ["whatif", "nowhere", "--out", "never"],
        ["train", "--log", "nowhere"],
        ["validate", "nowhere", "--out", "never"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_command_refuses_what_is_not_there_before_it_loads_the_laboratory(arguments: list[str]) -> None:
    statement = (
        f"import contextlib, io, sys; sys.argv = ['routecause', *{arguments!r}]\n"
        "from api.cli.main import run\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()) as told:\n    run()\n"
        "assert 'nowhere' in told.getvalue()"
    )
    assert loaded_by(statement, (*HEAVY, "scipy")) == []


def test_the_command_line_starts_without_any_of_it() -> None:
    light = (*HEAVY, "numpy", "pandas", "fastapi", "sqlalchemy", "duckdb")
    assert loaded_by("import api.cli.main", light) == []
