"""`routecause graph`: draw a decision's causal graph, and say what must be true for its effect to be told."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

# What the picture may be called: it is one thing, whatever its name says.
PICTURES = (".svg",)


class Decision(StrEnum):
    """The decisions that ship with a graph."""

    ROUTING = "routing"
    COMPENSATION = "compensation"


def graph(
    decision: Annotated[Decision, typer.Argument(help="which decision")],
    out: Annotated[Path | None, typer.Option("--out", help="write the picture here, as SVG")] = None,
) -> None:
    """Draw a decision's causal graph, and say what its effect is, what it is adjusted for, and what is assumed."""
    from decision.graph_picture import graph_svg
    from decision.identification import identify, load_graph, report

    drawn = load_graph(decision.value)
    if out is not None:
        if out.suffix.lower() not in PICTURES:
            msg = f"{out} would hold SVG under another name; end --out in {', '.join(PICTURES)}"
            raise typer.BadParameter(msg)
        if not out.parent.is_dir():
            msg = f"{out.parent} is no folder; make it, or name another place for --out"
            raise typer.BadParameter(msg)
        out.write_text(graph_svg(drawn), encoding="utf-8")
    typer.echo(report(drawn, identify(drawn)))
