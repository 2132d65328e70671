"""`routecause estimate`: the effect of a treatment on an outcome, from any table, with its doubts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def estimate(
    table: Annotated[Path, typer.Argument(help="CSV (UTF-8, with a header) or Parquet, one row a unit")],
    treatment: Annotated[str, typer.Option("--treatment", help="column of the treatment: arms, or a dose")],
    outcome: Annotated[str, typer.Option("--outcome", help="column of the outcome: numbers")],
    out: Annotated[Path, typer.Option("--out", help="folder to write; takes the place of an earlier estimate")],
    confounders: Annotated[
        str | None, typer.Option("--confounders", help="columns, comma-separated; all others if not given")
    ] = None,
    modifiers: Annotated[
        str | None, typer.Option("--modifiers", help="confounders the effect may depend on; all if not given")
    ] = None,
    truth: Annotated[
        str | None, typer.Option("--truth", help="column of the true effect: scored afterwards, never learned from")
    ] = None,
    baseline: Annotated[str | None, typer.Option("--baseline", help="arm that the others are compared with")] = None,
    dose: Annotated[bool, typer.Option("--dose", help="read numbers as a dose; judged if not given")] = False,
    arms: Annotated[bool, typer.Option("--arms", help="read numbers as arms; judged if not given")] = False,
    trust: Annotated[
        str | None, typer.Option("--trust", help="confounders to keep although they look like the outcome")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="the same seed gives the same bytes")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object last")] = False,
) -> None:
    """Estimate the effect of a treatment for every row of a table, and say how far to trust it."""
    if dose and arms:
        msg = (
            f"the treatment {treatment!r} cannot be a dose and arms at once; give --dose or --arms, or let it be judged"
        )
        raise typer.BadParameter(msg, param_hint="--dose / --arms")
    import json
    import time

    from rich.console import Console

    from decision.table.command import EstimateRequest, run_estimate

    began = time.perf_counter()
    request = EstimateRequest(
        table=table,
        treatment=treatment,
        outcome=outcome,
        out=out,
        confounders=_listed(confounders),
        modifiers=_listed(modifiers),
        truth=truth,
        baseline=baseline,
        dose=dose if dose or arms else None,
        trusted=_listed(trust) or (),
        seed=seed,
    )
    with Console(stderr=True).status(f"estimating the effect of {treatment} on {outcome}"):
        summary = run_estimate(request)
    if as_json:
        seconds = round(time.perf_counter() - began, 3)
        typer.echo(json.dumps({**summary, "seconds": seconds, "out": str(out)}, allow_nan=False, ensure_ascii=False))
        return
    typer.echo((out / "report.md").read_text(encoding="utf-8"))


def _listed(names: str | None) -> tuple[str, ...] | None:
    """Comma-separated names as a tuple; None stays None, and an empty text is no name at all."""
    if names is None:
        return None
    return tuple(name.strip() for name in names.split(",") if name.strip())
