"""`routecause bench`: measure the simulator, or the decision, and say which goals are met."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from experiments.benchmarks.goals import Goal

app = typer.Typer(help="Measure this installation, and say which goals are met.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object last, and the table on standard error")]
Quick = Annotated[
    bool,
    typer.Option(
        "--quick",
        help="a short form: a minute for the simulator, a quarter of an hour for the decision; rougher figures",
    ),
]
Out = Annotated[Path | None, typer.Option("--out", help="write the JSON object to this file too")]


@app.command()
def simulator(as_json: AsJson = False, quick: Quick = False, out: Out = None) -> None:
    """Orders, events and branches per second, ratios to SimPy and Ciw, memory, and where the time goes.

    A missed goal is no failure: the command says so and ends well.
    """
    from experiments.benchmarks.simulator.bench import GOALS, simulator_figures

    _require_file(out)
    _show(simulator_figures(quick=quick, say=_progress()), GOALS, as_json=as_json, out=out)


@app.command()
def decision(
    as_json: AsJson = False,
    quick: Quick = False,
    data: Annotated[
        Path, typer.Option(help="folder of the public tables, with acic2016/ and ihdp/ in it; not shipped")
    ] = Path("../shared/data"),
    seeds: Annotated[
        str | None, typer.Option(help="of the worlds to learn from, as 301,302; exams have seeds 1000 higher")
    ] = None,
    parts: Annotated[
        str | None, typer.Option(help="of models,serving,estimates,confounding,scenarios; all of them where left out")
    ] = None,
    out: Out = None,
) -> None:
    """Regret, calibration, shift, compensation, serving speed, estimates on public tables, hidden confounders.

    The full form takes two hours or so; --parts measures it piece by piece. A missed goal is no failure.
    """
    from experiments.benchmarks.decision.bench import GOALS, decision_figures
    from experiments.benchmarks.decision.parts import ALL_PARTS, parts_named
    from experiments.benchmarks.decision.seeds import lesson_seeds

    _require_file(out)
    asked = ALL_PARTS if parts is None else parts_named(parts)
    chosen = () if seeds is None else lesson_seeds(seeds)
    found = decision_figures(quick=quick, data=data, say=_progress(), seeds=chosen, parts=asked)
    _show(found, GOALS, as_json=as_json, out=out)


def _progress() -> Callable[[str], None]:
    """Says on standard error what is being measured, and how long it has been at it."""
    begun = time.perf_counter()

    def say(what: str) -> None:
        minutes, seconds = divmod(int(time.perf_counter() - begun), 60)
        typer.echo(f"{minutes:3d}:{seconds:02d} measuring {what}", err=True)

    return say


def _require_file(out: Path | None) -> None:
    """Refuse before anything is measured what could not be written after it."""
    from data.errors import InputFileError

    if out is not None and (out.is_dir() or not out.resolve().parent.is_dir()):
        msg = f"{out}: is a folder, or lies in none; name a file in a folder that exists"
        raise InputFileError(msg)


def _show(found: Mapping[str, Any], goals: Sequence[Goal], *, as_json: bool, out: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    from experiments.benchmarks.goals import readable
    from experiments.plain_json import plain_json

    table = Table(box=None, title=f"{found['form']} form")
    for heading in ("figure", "value", "goal", "", "what it is"):
        table.add_column(heading, no_wrap=heading != "what it is")
    for row in readable(goals, found, found["reasons"]):
        table.add_row(*row, style="red" if row[3] == "missed" else None)
    console = Console(stderr=as_json, soft_wrap=False, highlight=False)
    console.print(table)
    if found["form"] == "quick":
        console.print("This was the quick form: small worlds, rough figures. Leave out --quick for the real ones.")
    text = plain_json(found)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    if as_json:
        typer.echo(text)
