"""`routecause ingest`: turn your own order history into canonical tables, with a report of every row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def ingest(
    history: Annotated[Path, typer.Argument(help="your order history: a CSV or Parquet file")],
    mapping: Annotated[
        Path, typer.Option("--mapping", help="YAML file that says which column is what; data/mappings/ has examples")
    ],
    out: Annotated[Path, typer.Option("--out", help="folder to write; takes the place of an earlier ingestion")],
    set_aside: Annotated[
        bool,
        typer.Option("--set-aside", help="put rows with bad values aside with the reason, instead of stopping"),
    ] = False,
) -> None:
    """Read an order history and write orders, order lines and a data quality report.

    Without --set-aside the first value that cannot be read stops the run with its file, row and column, and
    nothing is written. Personal columns are never written; customers are masked.
    """
    from data.ingest.history import ingest as ingest_history

    report = ingest_history(history, mapping, out, set_aside=set_aside)
    typer.echo(
        f"{out}: {report.n_rows_in:,} rows in, {report.n_rows_kept:,} kept, {report.n_rows_set_aside:,} set aside; "
        f"{report.n_orders:,} orders, {report.n_order_lines:,} order lines; see {out / 'quality.md'}"
    )
    for note in report.notes:
        typer.echo(f"note: {note}", err=True)
