"""The command line's entry: registers the commands and turns expected errors into one line and exit code 2."""

from __future__ import annotations

import logging
import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console

from api.cli.bench import app as bench
from api.cli.calibrate import calibrate
from api.cli.demo import demo
from api.cli.estimate import estimate
from api.cli.explain import explain
from api.cli.graph import graph
from api.cli.ingest import ingest
from api.cli.promote import promote
from api.cli.scenarios import app as scenarios
from api.cli.serve import serve
from api.cli.simulate import simulate
from api.cli.timeline import timeline
from api.cli.train import train
from api.cli.validate import validate
from api.cli.whatif import whatif

EXPECTED_EXIT = 2
INTERRUPTED_EXIT = 130

# Roots of the error trees, by name: importing experiments' tree would import what it is about.
EXPECTED_ERRORS = frozenset(
    {
        "data.errors.DataError",
        "simulator.errors.SimulatorError",
        "decision.errors.DecisionError",
        "experiments.errors.ExperimentsError",
        "api.errors.ApiError",
    }
)

app = typer.Typer(
    name="routecause",
    help="Causal order routing and compensation, rehearsed in a simulator and honest about what it does not know.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_COMMANDS = (
    demo,
    serve,
    ingest,
    calibrate,
    validate,
    simulate,
    train,
    promote,
    estimate,
    whatif,
    timeline,
    explain,
    graph,
)
for _command in _COMMANDS:
    app.command()(_command)
app.add_typer(scenarios, name="scenarios")
app.add_typer(bench, name="bench")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"routecause {version('routecause')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")


def run() -> None:
    """Run the command line; what a user can mend is told in one line on standard error."""
    try:
        app()
    except KeyboardInterrupt:
        _leave("interrupted", INTERRUPTED_EXIT)
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXPECTED_EXIT)
    except OSError as error:
        # A full disk, a folder without permission: the system's word, and the file it speaks of.
        _leave(f"error: {error.filename or 'a file'}: {error.strerror or error}", EXPECTED_EXIT)
    except Exception as error:
        if not is_expected(error):
            raise
        _leave(f"error: {error}", EXPECTED_EXIT)


def is_expected(error: BaseException) -> bool:
    """Whether an error belongs to one of the packages' trees."""
    return any(f"{kind.__module__}.{kind.__qualname__}" in EXPECTED_ERRORS for kind in type(error).__mro__)


def _leave(message: str, code: int) -> None:
    Console(stderr=True, soft_wrap=True).print(message, style="red", markup=False, highlight=False)
    sys.exit(code)


if __name__ == "__main__":
    run()
