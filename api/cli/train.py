"""`routecause train`: learn from a decision log, and publish the model if it passes the gate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

GATE_REFUSED_EXIT = 3


def train(
    log: Annotated[Path, typer.Option("--log", help="decision log, or the data set that holds it")],
    truth: Annotated[Path | None, typer.Option("--truth", help="its truth; looked for beside the log")] = None,
    home: Annotated[Path | None, typer.Option("--home", help="home folder; else ROUTECAUSE_HOME, else ./var")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="seeds folds, samples and placebos")] = 1,
    calibrate_on: Annotated[
        list[Path] | None,
        typer.Option("--calibrate-on", help="simulated data set of another run, with --redrawn truth; may be repeated"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object on stdout")] = False,
) -> None:
    """Train on a decision log; exit 3 if the gate refuses the model (it is registered, but does not serve)."""
    from api.cli.first_checks import require_there

    require_there(log, "write a log with `routecause simulate`, or name the folder that holds one")

    from rich.console import Console

    from api.cli.chosen_home import chosen_home
    from api.cli.training_tables import doubts_table, gain_table, gate_table
    from experiments.gate_remedies import remedy
    from experiments.plain_json import plain_json
    from experiments.training import TrainingRequest
    from experiments.training import train as run_training

    with Console(stderr=True).status("starting") as status:
        report = run_training(
            TrainingRequest(log, truth, seed, tuple(calibrate_on or ())), chosen_home(home), status.update
        )
    if as_json:
        typer.echo(plain_json(report.to_plain()))
    else:
        out = Console()
        for name, study in report.studies.items():
            out.print(gain_table(name, study))
        out.print(doubts_table(report.studies))
        out.print(gate_table(report.verdict))
        if report.fidelity is not None:
            out.print(
                f"the policy tree that explains routes agrees with the policy on {report.fidelity.agreement:.0%} of "
                f"{report.fidelity.n_orders:,} later orders (95% interval {report.fidelity.lower:.0%} to "
                f"{report.fidelity.upper:.0%})"
            )
        out.print(_verdict(report.model.version, promoted=report.promoted))
        for check in report.verdict.refusals:
            out.print(f"  {check.sentence()}; {remedy(check)}", markup=False)
        out.print(f"MLflow run {report.run_id} in {report.store}", soft_wrap=True)
    if not report.promoted:
        raise typer.Exit(GATE_REFUSED_EXIT)


def _verdict(version: str, *, promoted: bool) -> str:
    if promoted:
        return f"version {version} passed the gate and is champion now"
    return f"version {version} is registered, but the gate refuses it; the champion stays what it was"
