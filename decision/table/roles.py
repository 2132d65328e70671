"""Which column plays which part: treatment, outcome, confounders, modifiers, truth."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from decision.errors import RoleError

N_NEAR_MATCHES = 3
WORDS_FOR_EMPTY = " (in a CSV the words NA, None, null and nan are empty cells: call such an arm otherwise)"


@dataclass(frozen=True)
class Question:
    """What was asked of a table, in the asker's words; None leaves a choice to us.

    Parameters
    ----------
    confounders : names of columns that may move treatment and outcome; None takes every other column
    modifiers : names of confounders that the effect may depend on; None takes all of them
    truth : name of a column with the true effect, for scoring afterwards
    baseline : the arm that others are compared with; None chooses the one that means "nothing"
    dose : whether a number of few values is a dose (True) or a set of arms (False); None judges by its values
    trusted : confounders the asker vouches for although they look like the outcome itself
    """

    treatment: str
    outcome: str
    confounders: Sequence[str] | None = None
    modifiers: Sequence[str] | None = None
    truth: str | None = None
    baseline: str | None = None
    dose: bool | None = None
    trusted: Sequence[str] = ()


@dataclass(frozen=True)
class Roles:
    """The parts, all names checked against the table."""

    treatment: str
    outcome: str
    confounders: tuple[str, ...]
    modifiers: tuple[str, ...]
    truth: str | None
    confounders_were_named: bool


def resolved_roles(columns: Sequence[str], question: Question) -> Roles:
    """Check every name asked for and fill in what was left open.

    Raises
    ------
    RoleError
        If a column is unknown (near matches are named), or one column is to play two parts.
    """
    named = question.confounders is not None
    for name in _names_of(question):
        _require(columns, name)
    if question.treatment == question.outcome:
        msg = f"{question.treatment!r} cannot be both treatment and outcome; name two columns"
        raise RoleError(msg)
    taken = {question.treatment: "treatment", question.outcome: "outcome"}
    if question.truth is not None:
        _refuse_taken(taken, question.truth, "truth")
        taken[question.truth] = "truth"
    wanted = question.confounders if named else [name for name in columns if name not in taken]
    confounders = tuple(dict.fromkeys(wanted or ()))
    for name in confounders:
        _refuse_taken(taken, name, "confounder")
    modifiers = tuple(dict.fromkeys(confounders if question.modifiers is None else question.modifiers))
    _require_modifiers(confounders, modifiers)
    return Roles(question.treatment, question.outcome, confounders, modifiers, question.truth, named)


def _names_of(question: Question) -> list[str]:
    lists = [*(question.confounders or ()), *(question.modifiers or ()), *question.trusted]
    return [question.treatment, question.outcome, *([question.truth] if question.truth else []), *lists]


def _require(columns: Sequence[str], name: str) -> None:
    if name in columns:
        return
    near = difflib.get_close_matches(name, columns, N_NEAR_MATCHES)
    hint = f"did you mean {' or '.join(repr(match) for match in near)}?" if near else _some_of(columns)
    msg = f"the table has no column {name!r}; {hint}"
    raise RoleError(msg)


def _some_of(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:12])
    return f"its columns are {shown}{' ...' if len(columns) > 12 else ''}"  # noqa: PLR2004


def _refuse_taken(taken: dict[str, str], name: str, part: str) -> None:
    if name in taken:
        msg = f"{name!r} is the {taken[name]} and cannot be a {part} too; leave it out of one of the two"
        raise RoleError(msg)


def _require_modifiers(confounders: Sequence[str], modifiers: Sequence[str]) -> None:
    strangers = [name for name in modifiers if name not in confounders]
    if strangers:
        msg = f"modifier {strangers[0]!r} is not among the confounders; a modifier must be one: add it to both lists"
        raise RoleError(msg)


def require_complete(table: pd.DataFrame, name: str, part: str) -> None:
    """Refuse a treatment or outcome with empty cells, naming the first rows.

    Raises
    ------
    RoleError
        Saying how many rows are empty, and which come first, numbered from 0 as in the table of effects.
    """
    empty = table[name].isna().to_numpy().nonzero()[0]
    if len(empty):
        rows = ", ".join(f"{row:,}" for row in empty[:5])
        msg = (
            f"the {part} {name!r} is empty in {len(empty):,} of {len(table):,} rows (from 0: {rows}"
            f"{' ...' if len(empty) > 5 else ''}); remove or complete them, nothing is guessed there"  # noqa: PLR2004
            f"{'' if pd.api.types.is_numeric_dtype(table[name].dtype) else WORDS_FOR_EMPTY}"
        )
        raise RoleError(msg)
