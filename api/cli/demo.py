"""`routecause demo`: simulate, train, register, show the gain, and serve the model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from data.home import Home
    from experiments.demo import DemoResult

HOST = "127.0.0.1"


def demo(
    orders: Annotated[int, typer.Option("--orders", min=1, max=1_000_000, help="orders to simulate")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="the same seed, the same figures")] = 1,
    home: Annotated[Path | None, typer.Option("--home", help="home folder; else ROUTECAUSE_HOME, else ./var")] = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help=f"port to serve at, on {HOST}")] = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="stop after the table and the examples")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object last; does not serve")] = False,
) -> None:
    """Simulate orders, train on them, show what the model gains over the rules, and serve it.

    Where it does not serve, it exits 3 if the gate refuses the model.
    """
    from api.cli.chosen_home import chosen_home
    from api.cli.train import GATE_REFUSED_EXIT

    begun = time.perf_counter()
    place, serves = chosen_home(home), not (no_serve or as_json)
    if serves:
        _require_free(port)
    result = _run(orders, seed, place, begun)
    _show(result, place, port, to_stderr=as_json)
    if as_json:
        from experiments.plain_json import plain_json

        typer.echo(plain_json(result.to_plain()))
    if serves:
        _serve(place, port)
    elif not result.training.promoted:
        raise typer.Exit(GATE_REFUSED_EXIT)


def _run(orders: int, seed: int, home: Home, begun: float) -> DemoResult:
    from rich.console import Console

    with steps_told(Console(stderr=True), begun) as on_step:
        on_step("loading the libraries")
        from experiments.demo import DemoRequest, run_demo

        return run_demo(DemoRequest(orders, seed), home, on_step, begun=begun)


@contextmanager
def steps_told(console: Console, begun: float) -> Iterator[Callable[[str], None]]:
    """Something to call when a step begins: it is shown as it runs, or told in a line where nobody watches."""
    if not console.is_terminal:
        yield lambda step: console.print(f"{time.perf_counter() - begun:4.0f} s  {step}", highlight=False)
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:

        def on_step(step: str) -> None:
            for task in progress.task_ids:
                progress.update(task, completed=1)
            progress.add_task(step, total=1)

        yield on_step
        for task in progress.task_ids:
            progress.update(task, completed=1)


def _show(result: DemoResult, home: Home, port: int, *, to_stderr: bool) -> None:
    from rich.console import Console

    from api.cli.example_pages import print_examples
    from api.cli.training_tables import gain_table, played_table

    console = Console(stderr=to_stderr)
    for name, study in result.training.studies.items():
        console.print(gain_table(name, study))
        console.print()
    console.print(played_table(result.played))
    console.print()
    print_examples(console, result, f"http://{HOST}:{port}")
    if not result.training.promoted:
        console.print("[red]The gate refuses this model, so the service does not use it:")
        for check in result.training.verdict.refusals:
            console.print(f"  {check.sentence()}", markup=False)
    console.print(
        f"Model version {result.training.model.version}; {result.seconds:,.0f} s, {result.peak_rss_mb:,.0f} MB at most."
    )
    console.print("MLflow's store:", result.training.store, soft_wrap=True)
    console.print(f"  open it: .venv/bin/mlflow ui --backend-store-uri {result.training.store}", soft_wrap=True)


def _require_free(port: int) -> None:
    from api.errors import AddressError
    from api.listening import listen

    try:
        listen(HOST, port).close()
    except AddressError as error:
        msg = f"{error}; or run `routecause demo --port {port + 1}`, or with --no-serve"
        raise AddressError(msg) from error


def _serve(home: Home, port: int) -> None:
    from api.server import serve_until_stopped
    from api.settings import Settings

    serve_until_stopped(Settings(home=home), HOST, port)
