"""What pydantic found wrong, retold without a word of what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel

from api.callers_names import NOTHING_ASKED, Asked, documented_at, holder_of, meant_by, place_of
from api.problems import Fault
from api.schemas.fields import MEMBER, NAMED
from data.ingest.near_names import near_names
from decision.compensation.guardrails import CONSENT_TAGS
from decision.compensation.tag_names import READ_TAGS

MAX_FAULTS = 20

# These errors end in a name that the caller made up.
_CALLERS_NAME_LAST = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
# Branches of a union are pydantic's business.
_HIDDEN_STEPS = frozenset({"str", "bool", "float", "int", "body", "query"})


def member_names(models: Iterable[type[BaseModel]]) -> frozenset[str]:
    """Every member name that the models document, nested ones and the tags that are read included."""
    return frozenset(name for model in models for name in _names_of(model.model_json_schema())).union(
        READ_TAGS, CONSENT_TAGS
    )


def faults_of(errors: Sequence[Any], known_names: frozenset[str], asked: Asked = NOTHING_ASKED) -> list[Fault]:
    """Up to MAX_FAULTS faults, each at the place it was found; what its sender called it is told by its place."""
    found = (fault for error in errors for fault in _others_faults(error, known_names, asked))
    return list(islice(found, MAX_FAULTS))


def faults_of_own(errors: Sequence[Any], known_names: frozenset[str]) -> list[Fault]:
    """The same for those who sent it from a file of theirs: every name is told, and what was meant by it."""
    found = (fault for error in errors for fault in _own_faults(error, known_names))
    return list(islice(found, MAX_FAULTS))


def _others_faults(error: Any, known_names: frozenset[str], asked: Asked) -> Iterator[Fault]:
    """One for each name that breaks the rule; one where no name does."""
    pointer, steps = _pointer(error, known_names), error["loc"][1:]
    rules = error.get("ctx", {}).get(NAMED)
    if rules is not None:
        for name, rule in rules.items():
            yield Fault(pointer, _placed(rule, place_of(name, holder_of(asked.sent, steps))))
    elif error["type"] in _CALLERS_NAME_LAST:
        yield Fault(pointer, _unknown_message(error, asked))
    else:
        # The first name on the way that is not documented is the sender's own.
        own = next((at for at, step in enumerate(steps) if isinstance(step, str) and step not in known_names), None)
        place = "" if own is None else place_of(steps[own], holder_of(asked.sent, steps[:own]))
        yield Fault(pointer, _placed(_message(error), place))


def _placed(message: str, place: str) -> str:
    return f"{message}; it is {place}" if place else message


def _unknown_message(error: Any, asked: Asked) -> str:
    """What is said of a member or parameter that nobody documented."""
    source, *way, name = error["loc"]
    if source == "query":
        known = documented_at(asked.query, ())
        meant = meant_by(name, known) or "; none is read here"
        return f"the query holds a parameter that is not documented here{meant}; leave it out"
    place = place_of(name, holder_of(asked.sent, way))
    which = f", {place}" if place else ""
    meant = meant_by(name, documented_at(asked.body, way))
    return f"holds a member that is not documented{which}{meant}; mend its name or leave it out"


def _own_faults(error: Any, known_names: frozenset[str]) -> Iterator[Fault]:
    """One for each name that breaks the rule; one where no name does."""
    rules = error.get("ctx", {}).get(NAMED)
    if rules is None:
        yield Fault(_pointer(error, None), _own_message(error, known_names))
        return
    for name, rule in rules.items():
        yield Fault(_pointer(error, None, member=name), rule)


def _own_message(error: Any, known_names: frozenset[str]) -> str:
    if error["type"] not in _CALLERS_NAME_LAST:
        return _message(error)
    name = str(error["loc"][-1])
    return f"holds {name!r}, which is not documented{near_names(name, known_names)}; mend its name or leave it out"


def _names_of(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _names_of(item)
    elif isinstance(schema, dict):
        yield from schema.get("properties", {})
        for item in schema.values():
            yield from _names_of(item)


def _pointer(error: Any, known_names: frozenset[str] | None, *, member: str | None = None) -> str:
    """Where an error is; without known names every name is shown, and a member that is named is the last of them."""
    steps = list(error["loc"])
    if error["type"] in _CALLERS_NAME_LAST:
        steps.pop()
    if steps and steps[-1] == "[key]":
        steps = steps[:-2]
    shown = [_step(step, known_names) for step in steps if step not in _HIDDEN_STEPS]
    # A rule of a whole shape is found at the shape, and knows which of its members breaks it.
    last = error.get("ctx", {}).get(MEMBER) if member is None else _printable(member)
    shown += [last] if last is not None else []
    return "".join(f"/{step}" for step in shown)


def _step(step: int | str, known_names: frozenset[str] | None) -> str:
    if isinstance(step, int):
        return str(step)
    if known_names is None:
        return _printable(step)
    return step if step in known_names else "*"


def _printable(name: str) -> str:
    """A name as a terminal may show it."""
    seen = (sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in name)
    return "".join(seen)


def _message(error: Any) -> str:
    message: str = error["msg"]
    return message.removeprefix("Value error, ")
