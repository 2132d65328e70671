"""`routecause whatif`: let policies, or scenarios, play the same replications, and say which is better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from experiments.whatif.study import Plan, Study, StudyRequest
    from experiments.whatif.warm_start import WarmStartRequest


def whatif(
    scenarios: Annotated[list[str], typer.Argument(help="scenarios that ship, or paths of YAML files")],
    out: Annotated[Path, typer.Option("--out", help="folder of the study; the same command goes on where it stopped")],
    policies: Annotated[
        str, typer.Option("--policies", help="rules, explore:SHARE, causal, causal:FOLDER, causal@time=.75; by commas")
    ] = "rules,causal",
    orders: Annotated[
        int | None, typer.Option("--orders", help="orders a replication; takes the place of --days")
    ] = None,
    days: Annotated[float, typer.Option("--days", help="days a replication")] = 4.0,
    warm_up: Annotated[
        float | None,
        typer.Option(
            "--warm-up", help="days at the start that count for nothing; 1, or less if a disruption is earlier"
        ),
    ] = None,
    warm_start: Annotated[
        bool, typer.Option("--warm-start", help="all go on from one state, that of a world played until --from")
    ] = False,
    moment: Annotated[
        str | None,
        typer.Option("--from", help="where a warm start begins: 2.5d, 60h, or disruption, just before it begins"),
    ] = None,
    past: Annotated[str, typer.Option("--past", help="the policy that decides until the warm start")] = "rules",
    sweep: Annotated[
        str | None,
        typer.Option("--sweep", help="causal policies under many weights: cost=0:1:5 (from, to, how many)"),
    ] = None,
    stress: Annotated[
        str | None, typer.Option("--stress", help="play under multiples of the demand: 1:3:0.25 (from, to, step)")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", help="on-time share below which a stressed service is broken; 90%")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="of the first replication; the next ones count up")] = 1,
    replications: Annotated[
        int | None, typer.Option("--replications", help="how many; at least 10 to begin with if it stops by itself")
    ] = None,
    max_replications: Annotated[int | None, typer.Option("--max-replications", help="stop here in any case")] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="go on until these half-widths are reached: objective=5,on_time=1%")
    ] = None,
    indifference: Annotated[
        str | None, typer.Option("--indifference", help="go on until the best is known to within this: 5, or 1%")
    ] = None,
    weights: Annotated[
        str,
        typer.Option("--weights", help="what the objective judges by: time=.5,cost=.3, or a set: fast, cheap, green"),
    ] = "balanced",
    confidence: Annotated[float, typer.Option("--confidence", help="of all intervals at once")] = 0.95,
    workers: Annotated[int | None, typer.Option("--workers", help="processes; at most 2 unless said")] = None,
    home: Annotated[Path | None, typer.Option("--home", help="home folder; else ROUTECAUSE_HOME, else ./var")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object last")] = False,
    force: Annotated[bool, typer.Option("--force", help="run even what would take hours")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="replace another study in the folder")] = False,
) -> None:
    """Let policies or scenarios play the same replications, and say which is better and by how much."""
    from api.cli.first_checks import require_scenarios

    require_scenarios(*scenarios)

    from api.cli.chosen_home import chosen_home
    from experiments.whatif.errors import StudyPlanError
    from experiments.whatif.stopping import stopping_rule
    from experiments.whatif.stress import stress_of
    from experiments.whatif.study import StudyRequest, plan_study
    from experiments.whatif.sweep import swept
    from experiments.whatif.weights import weights_of
    from experiments.whatif.workers import default_workers

    if target is not None and stress is None:
        msg = "--target says when a stressed service is broken; add --stress 1:3:0.25, or leave it out"
        raise StudyPlanError(msg)
    names = tuple(name.strip() for name in policies.split(","))
    request = StudyRequest(
        scenarios=tuple(scenarios),
        policies=swept(names, sweep) if sweep is not None else names,
        rule=stopping_rule(replications, max_replications, until, indifference, confidence),
        n_orders=orders,
        days=days,
        warm_up_days=warm_up,
        seed=seed,
        weights=weights_of(weights, separator=","),
        n_workers=default_workers() if workers is None else workers,
        force=force,
        fresh=fresh,
        warm_start=_warm_start(moment, past) if warm_start or moment is not None else None,
        stress=stress_of(stress, target) if stress is not None else None,
    )
    plan = plan_study(request, out, chosen_home(home))
    _show(_played(plan, request), as_json=as_json)


def _warm_start(moment: str | None, past: str) -> WarmStartRequest:
    from experiments.whatif.warm_start import AT_DISRUPTION, WarmStartRequest

    return WarmStartRequest(moment or AT_DISRUPTION, past)


def _played(plan: Plan, request: StudyRequest) -> Study:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from experiments.whatif.study import Progress as StudyProgress
    from experiments.whatif.study import run_study

    console = Console(stderr=True, soft_wrap=True)
    most = f"at most {plan.rule.n_most}" if plan.rule.is_sequential else f"{plan.rule.n_most}"
    console.print(
        f"{len(plan.contenders)} contenders, {most} replications of {plan.settings.n_orders:,} orders: "
        f"about {plan.cost}{' at most' if plan.rule.is_sequential else ''} with {plan.n_workers} workers",
        highlight=False,
    )
    columns = (
        TextColumn("replications"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("replications", total=None)

            def on_progress(state: StudyProgress) -> None:
                progress.update(bar, completed=state.n_finished, total=state.n_planned)

            return run_study(plan, fresh=request.fresh, on_progress=on_progress)
    except KeyboardInterrupt:
        console.print(f"finished replications are kept in {plan.folder.path}; the same command goes on from there")
        raise


def _show(study: Study, *, as_json: bool) -> None:
    from rich.console import Console

    from experiments.plain_json import plain_json
    from experiments.whatif.publication import publish

    published = publish(study)
    console = Console(stderr=as_json, soft_wrap=True, highlight=False)
    for sentence in published.summary["verdicts"]:
        console.print(sentence, markup=False, style="bold")
    console.print(f"{study.findings.n_replications} replications; {study.reason}.", markup=False)
    console.print(f"report: {published.report}", markup=False)
    if as_json:
        typer.echo(plain_json({**published.summary, **published.of_this_run}))
