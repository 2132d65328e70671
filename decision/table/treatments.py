"""The treatment as a model sees it: arms compared with a baseline, or a dose and what one unit more does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.unseen_characters import holds_unseen
from decision.errors import RoleError, TooFewRowsError
from decision.table.columns import numbers_of
from decision.table.learners.protocol import Floats
from decision.table.roles import Question, require_complete

MIN_ROWS = 40
MIN_ARM_ROWS = 10
MAX_ARMS = 12
FEW_VALUES = 5  # whole numbers of at most so many values are arms unless called a dose
NOTHING = ("none", "control", "no", "false", "placebo", "baseline", "default", "untreated", "0", "0.0")


@dataclass(frozen=True)
class Treatment:
    """A treatment column, understood.

    Parameters
    ----------
    arms : the arms, baseline first; empty for a dose
    arm_of : array of shape (n_rows,): index of each row's arm; zeros for a dose
    bases : array of shape (n_bases, n_rows)
    contrasts : array of shape (n_contrasts, n_bases)
    contrast_names : what each effect compares
    """

    name: str
    arms: tuple[str, ...]
    arm_of: NDArray[np.int64]
    bases: Floats
    contrasts: Floats
    contrast_names: tuple[str, ...]

    @property
    def is_dose(self) -> bool:
        """Whether the treatment is a quantity rather than a choice."""
        return not self.arms

    @property
    def step(self) -> float:
        """How many units a standard deviation of a dose is; 1 for arms."""
        return 1.0 / float(self.contrasts[0, 0]) if self.is_dose else 1.0

    @property
    def alike_arms(self) -> tuple[str, ...]:
        """Arms that differ from an earlier one by case alone."""
        seen: dict[str, str] = {}
        return tuple(arm for arm in self.arms if seen.setdefault(arm.casefold(), arm) != arm)


def read_treatment(table: pd.DataFrame, question: Question) -> Treatment:
    """Understand the treatment column.

    Raises
    ------
    RoleError
        If it is empty somewhere, constant, infinite, or has more arms than can be compared, or one whose name cannot be
        read; or if it is a dose, and an arm to compare with was asked for.
    TooFewRowsError
        If the table or an arm has too few rows to say anything.
    """
    name = question.treatment
    require_complete(table, name, "treatment")
    column = table[name]
    n_values = int(column.nunique())
    if n_values <= 1:
        msg = f"the treatment {name!r} is always {column.iloc[0]}; without a second value no effect can be told"
        raise RoleError(msg)
    if len(table) < MIN_ROWS:
        msg = f"{len(table)} rows cannot tell an effect from chance; at least {MIN_ROWS} are needed"
        raise TooFewRowsError(msg)
    if not _is_dose(column, n_values, question.dose):
        return _arms(column, question.baseline)
    if question.baseline is not None:
        msg = (
            f"the treatment {name!r} is a dose, of which one unit more is compared with none: it has no arm "
            f"{question.baseline!r}; leave out --baseline, or take its values for arms with --arms"
        )
        raise RoleError(msg)
    return _dose(column)


def _is_dose(column: pd.Series, n_values: int, wish: bool | None) -> bool:
    numeric = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    if wish is not None:
        if wish and not numeric:
            msg = f"the treatment {column.name!r} is text and cannot be a dose; leave out --dose"
            raise RoleError(msg)
        return wish
    if not numeric or n_values == 2:  # noqa: PLR2004
        return False
    values = numbers_of(column)
    return n_values > FEW_VALUES or bool(np.any(values != np.round(values)))


def _dose(column: pd.Series) -> Treatment:
    values = numbers_of(column)
    spread = float(values.std())
    basis = ((values - values.mean()) / spread)[None, :]
    name = str(column.name)
    return Treatment(
        name, (), np.zeros(len(values), np.int64), basis, np.array([[1.0 / spread]]), (f"+1 unit of {name}",)
    )


def _arms(column: pd.Series, baseline: str | None) -> Treatment:
    labels = column.map(_label).to_numpy()
    names, n_rows = np.unique(labels.astype(str), return_counts=True)
    counts = dict(zip(names.tolist(), n_rows.tolist(), strict=True))
    if len(counts) > MAX_ARMS:
        msg = f"the treatment {column.name!r} has {len(counts)} arms; at most {MAX_ARMS} can be compared: group them"
        raise RoleError(msg)
    _refuse_unseen(list(counts), str(column.name))
    small = min(counts, key=lambda arm: (counts[arm], arm))
    if counts[small] < MIN_ARM_ROWS:
        msg = (
            f"arm {small!r} of {column.name!r} has {counts[small]} rows; at least {MIN_ARM_ROWS} are needed "
            "to tell an effect from chance: collect more, or remove the arm's rows"
        )
        raise TooFewRowsError(msg)
    first = _baseline_of(list(counts), baseline, str(column.name))
    arms = (first, *(arm for arm in sorted(counts, key=_arm_order) if arm != first))
    arm_of = np.array([arms.index(label) for label in labels], np.int64)
    bases = np.stack([(arm_of == index).astype(float) for index in range(len(arms))])
    contrasts = np.hstack([-np.ones((len(arms) - 1, 1)), np.eye(len(arms) - 1)])
    compared = tuple(f"{arm} vs {first}" for arm in arms[1:])
    return Treatment(str(column.name), arms, arm_of, bases, contrasts, compared)


def _refuse_unseen(arms: list[str], name: str) -> None:
    """Refuse arms that a reader could not tell apart, or whose names would turn a line of text around."""
    for arm in arms:
        if holds_unseen(arm) or arm != arm.strip():
            msg = (
                f"arm {arm!a} of {name!r} begins or ends with space, or holds invisible characters; write it "
                "without them, so that every arm has one name"
            )
            raise RoleError(msg)


def _label(value: object) -> str:
    """1.0 and 1 are the same arm."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _arm_order(arm: str) -> tuple[float, str]:
    try:
        return float(arm), arm
    except ValueError:
        return np.inf, arm


def _baseline_of(arms: list[str], wish: str | None, name: str) -> str:
    if wish is not None:
        if wish not in arms:
            msg = f"the treatment {name!r} has no arm {wish!r}; its arms are {', '.join(sorted(arms, key=_arm_order))}"
            raise RoleError(msg)
        return wish
    for nothing in NOTHING:
        for arm in arms:
            if arm.strip().lower() == nothing:
                return arm
    return min(arms, key=_arm_order)


def read_outcome(table: pd.DataFrame, name: str) -> Floats:
    """The outcome as numbers.

    Raises
    ------
    RoleError
        If it is empty somewhere, text, infinite or constant.
    """
    require_complete(table, name, "outcome")
    column = table[name]
    if not (pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype)):
        msg = f"the outcome {name!r} is text (first value {column.iloc[0]!r}); give numbers, or 0 and 1"
        raise RoleError(msg)
    values = numbers_of(column)
    if float(values.max() - values.min()) <= 0.0:
        msg = f"the outcome {name!r} is always {values[0]:g}; an outcome that never differs shows no effect"
        raise RoleError(msg)
    return values
