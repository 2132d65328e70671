"""Complaints about a scenario in its own words: which field, what is wrong with it, what may be written instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from data.ingest.near_names import near_names
from simulator.scenario.paths import name_of

MAX_PROBLEMS_SHOWN = 5
MAX_VALUE_SHOWN = 120
# YAML's words for them, which its strict reading leaves as text.
_NOT_FINITE = frozenset({".nan", ".inf"})
_Facts = Mapping[str, Any]

# By pydantic's name of the rule that is broken, with what it knows of it.
_WORDS: dict[str, Callable[[_Facts], str]] = {
    "missing": lambda facts: "is missing, and nothing stands for it",
    "greater_than": lambda facts: f"must be above {facts['gt']:g}",
    "greater_than_equal": lambda facts: f"must be at least {facts['ge']:g}",
    "less_than": lambda facts: f"must be below {facts['lt']:g}",
    "less_than_equal": lambda facts: f"must be at most {facts['le']:g}",
    "finite_number": lambda facts: "must be a finite number",
    "int_type": lambda facts: "must be a whole number",
    "int_from_float": lambda facts: "must be a whole number",
    "float_type": lambda facts: "must be a number",
    "bool_type": lambda facts: "must be true or false",
    "string_type": lambda facts: "must be text",
    "tuple_type": lambda facts: "must be a list",
    "dict_type": lambda facts: "must be a mapping of names to values",
    "model_type": lambda facts: "must be a mapping of fields to values",
    "model_attributes_type": lambda facts: "must be a mapping of fields to values",
    "too_short": lambda facts: (
        f"must have at least {_items(facts['min_length'])}, and has {facts['actual_length']}; "
        f"write {facts['min_length'] - facts['actual_length']} more"
    ),
    "too_long": lambda facts: (
        f"must have at most {_items(facts['max_length'])}, and has {facts['actual_length']}; "
        f"leave out {facts['actual_length'] - facts['max_length']}"
    ),
    "string_too_short": lambda facts: f"must have at least {_letters(facts['min_length'])}",
    "string_too_long": lambda facts: f"must have at most {_letters(facts['max_length'])}",
    "string_pattern_mismatch": lambda facts: f"must be of the form {facts['pattern']}",
    "literal_error": lambda facts: f"must be {facts['expected']}",
    "enum": lambda facts: f"must be {facts['expected']}",
    "union_tag_invalid": lambda facts: f"must have one of the kinds {facts['expected_tags']}",
    "union_tag_not_found": lambda facts: "must say its kind",
    "timezone_aware": lambda facts: "needs a time zone, as in 2025-03-03T00:00:00Z",
    "value_error": lambda facts: str(facts["error"]),
}


def readable(error: ValidationError, schema: type[BaseModel], content: Any, where: str) -> str:
    """Every problem on a line of its own, the first few of them.

    Parameters
    ----------
    schema : type of BaseModel
        What was to be read.
    content : mapping
        What was read, in which items of lists go by their identifiers.
    where : str
        Its origin.
    """
    problems = [problem for problem in error.errors(include_url=False) if not _follows(problem)]
    lines = [_complaint(problem, schema, content, where) for problem in problems[:MAX_PROBLEMS_SHOWN]]
    hidden = len(problems) - MAX_PROBLEMS_SHOWN
    more = f"\n{where}: and {hidden} more problems" if hidden > 0 else ""
    return "\n".join(lines) + more


def _follows(problem: ErrorDetails) -> bool:
    """Whether a list is called too short only because some of its items are wrong, which is told of them."""
    return problem["type"] == "too_short" and len(problem["input"]) >= problem["ctx"]["min_length"]


def _complaint(problem: ErrorDetails, schema: type[BaseModel], content: Any, where: str) -> str:
    value = repr(problem["input"])
    is_shown = len(value) <= MAX_VALUE_SHOWN and problem["type"] not in {"missing", "extra_forbidden"}
    said = _said(problem, schema)
    return f"{where}: {_path(content, problem['loc']) or 'the scenario'}: {said}{f', got {value}' if is_shown else ''}"


def _said(problem: ErrorDetails, schema: type[BaseModel]) -> str:
    kind = problem["type"]
    if kind == "extra_forbidden":
        *parents, name = problem["loc"]
        fields = _fields_at(schema, parents)
        return f"is no field here{near_names(str(name), fields) or _listed(fields)}"
    if kind in {"int_type", "float_type"} and str(problem["input"]).lstrip("+-").lower() in _NOT_FINITE:
        kind = "finite_number"
    return _WORDS[kind](problem.get("ctx", {})) if kind in _WORDS else problem["msg"]


def _path(content: Any, loc: Sequence[int | str]) -> str:
    """The dotted path of a part, as `changes` would write it."""
    names, part = [], content
    for step in loc:
        if isinstance(step, int) and isinstance(part, list) and step < len(part):
            part = part[step]
            names.append(name_of(part, step))
        elif isinstance(part, dict) and step in part:
            part = part[step]
            names.append(str(step))
        elif not (isinstance(part, dict) and part.get("kind") == step):
            # What is not there: a missing field, or a place beyond the end. The kind of a disruption is no step.
            names.append(str(step))
    return ".".join(names)


def _fields_at(schema: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """The fields that a part may have."""
    models = [schema]
    for step in loc:
        if isinstance(step, str) and any(step in model.model_fields for model in models):
            known = [model.model_fields[step].annotation for model in models if step in model.model_fields]
            models = [found for annotation in known for found in _models_in(annotation)]
        elif isinstance(step, str):
            models = [model for model in models if step in _kinds(model)] or models
    return [name for model in models for name in model.model_fields]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _kinds(model: type[BaseModel]) -> tuple[Any, ...]:
    return get_args(model.model_fields["kind"].annotation) if "kind" in model.model_fields else ()


def _listed(fields: Sequence[str]) -> str:
    return f"; there are {', '.join(fields)}" if fields else ""


def _items(number: int) -> str:
    return f"{number} item{'' if number == 1 else 's'}"


def _letters(number: int) -> str:
    return f"{number} letter{'' if number == 1 else 's'}"
