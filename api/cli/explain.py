"""`routecause explain`: why an order is not sent from its main node, in plain words."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Language(StrEnum):
    """Languages that the report is written in."""

    EN = "en"
    ZH = "zh"


def explain(
    body: Annotated[Path, typer.Argument(help="JSON file: the body of a routing question")],
    lang: Annotated[Language, typer.Option("--lang", help="language of the report")] = Language.EN,
    main_node: Annotated[
        str | None, typer.Option("--main-node", help="node that should ship it; the current choice's if not given")
    ] = None,
    home: Annotated[Path | None, typer.Option("--home", help="home folder; else ROUTECAUSE_HOME, else ./var")] = None,
    network: Annotated[
        Path | None, typer.Option("--network", help="network file, instead of the published one")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object on stdout")] = False,
) -> None:
    """Report which constraint or effect refused an order's main node, what it would have cost, and what can be done."""
    from api.app import make_keeper
    from api.body_file import read_body
    from api.cli.chosen_home import chosen_home
    from api.routes.attributions import attribution_of
    from api.schemas.explanation import AttributionQuery
    from api.schemas.routing import RoutingRequest
    from api.settings import Settings

    request = read_body(body, RoutingRequest)
    keeper = make_keeper(Settings(home=chosen_home(home), network=network))
    keeper.refresh()
    query = AttributionQuery(language=lang.value, main_node=main_node)
    report = attribution_of(request, keeper.current, query)
    typer.echo(report.model_dump_json() if as_json else report.text, nl=as_json)
