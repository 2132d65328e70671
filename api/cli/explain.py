"""`routecause explain`: why an order is not sent from its main node, in plain words."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.serving import ServedModel


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
    from api.cli.chosen_home import existing_home
    from api.routes.attributions import attribution_of
    from api.schemas.explanation import AttributionQuery
    from api.schemas.routing import RoutingRequest
    from api.settings import Settings
    from decision.explanation.wording import Wording

    request = read_body(body, RoutingRequest)
    place = existing_home(home)
    keeper = make_keeper(Settings(home=place, network=network))
    keeper.refresh()
    served = keeper.current
    if home is not None:
        _require_model(home, served)
    query = AttributionQuery(language=lang.value, main_node=main_node)
    report = attribution_of(request, served, query)
    if served.version is None:
        note = Wording.of(lang.value).say("note.no_model", home=str(place.root.absolute()))
        # One JSON object is one JSON object: there the note stands beside it.
        typer.echo(note if as_json else f"{note}\n", err=as_json)
    typer.echo(report.model_dump_json() if as_json else report.text, nl=as_json)


def _require_model(home: Path, served: ServedModel) -> None:
    """Refuse a home that was named and has no model: by the rules the report may say the opposite."""
    from api.errors import HomeError

    if served.version is None:
        msg = f"{home}: {served.problem}; name a home whose model was promoted, or leave --home out"
        raise HomeError(msg)
