"""Names that a caller made up: told by their place among those that were sent, and by what may have been meant.

The names themselves are never repeated: they may be anything, a person's included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from api.schemas.fields import MAX_IDENTIFIER_LENGTH
from data.ingest.near_names import near_names


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request was read as, and what was sent.

    Parameters
    ----------
    body, query : type of BaseModel or None
        None where the path reads none, or a request was not read at all.
    sent : Any
        The body as plain values, its members in the order in which they came.
    """

    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    sent: Any = None


NOTHING_ASKED = Asked()


def documented_at(shape: type[BaseModel] | None, steps: Sequence[int | str]) -> tuple[str, ...]:
    """The members that are documented at a place below a shape; empty where it is no object of ours."""
    here = shape
    for step in steps:
        if here is None or isinstance(step, int):
            continue
        field = here.model_fields.get(step)
        here = None if field is None else next(_shapes_in(field.annotation), None)
    return () if here is None else tuple(here.model_fields)


def meant_by(name: str, documented: Sequence[str]) -> str:
    """What may have been meant by a name, as the end of a sentence: the nearest documented names, else all of them.

    Examples
    --------
    >>> meant_by("costs", ["cost", "time"]), meant_by("colour", ["cost", "time"])
    ("; did you mean 'cost'?", '; documented here are cost, time')
    """
    # Comparing takes as long as the name is, and a documented one is short.
    near = near_names(name, documented) if len(name) <= MAX_IDENTIFIER_LENGTH else ""
    return near or (f"; documented here are {', '.join(documented)}" if documented else "")


def place_of(name: str, names: Iterable[str]) -> str:
    """Where a name stands among others, in words.

    Examples
    --------
    >>> place_of("b", {"a": 1, "b": 2})
    'number 2 of 2 as sent'
    """
    sent = list(names)
    return f"number {sent.index(name) + 1} of {len(sent)} as sent" if name in sent else ""


def holder_of(sent: Any, way: Sequence[int | str]) -> dict[str, Any]:
    """The object at the end of a way through what was sent; empty where there is none.

    Examples
    --------
    >>> holder_of({"lines": [{"sku": "a"}]}, ["lines", 0]), holder_of({"lines": 7}, ["lines", 0])
    ({'sku': 'a'}, {})
    """
    here = sent
    for step in way:
        within = step in here if isinstance(here, dict) else isinstance(here, list) and isinstance(step, int)
        if not within:
            return {}
        here = here[step]
    return here if isinstance(here, dict) else {}


def _shapes_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _shapes_in(inner)
