"""Confounders as numbers: categories spelt out, gaps filled and flagged, columns without information set aside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from decision.errors import RoleError
from decision.table.learners.protocol import Flags, Floats
from decision.table.numerals import are_numbers, example_of, hold_marks, may_be_numbers

MAX_LEVELS = 30  # of a category; rarer ones are put together
RARE_ROWS = 5  # a level needs as many to get a column of its own
ID_SHARE = 0.5  # text with more distinct values than this share of its rows names rows, not kinds
LARGEST_NUMBER = 1e100  # beyond, squares overflow
# A date, and perhaps a time of day with or without its offset.
ISO_INSTANT = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?"
MISSING_LEVEL, OTHER_LEVEL = "(missing)", "(other)"
EMPTY, AS_TEXT = "empty", "numbers written as text"


@dataclass(frozen=True)
class Encoded:
    """Numeric columns and where they come from.

    Parameters
    ----------
    matrix : array of shape (n_rows, n_columns)
    sources : the table's column behind each numeric column
    dropped : column -> why it carries no information
    imputed : column -> how many rows were empty (median or a level of its own, and an indicator)
    doubtful : column -> a value that makes its levels look like numbers written as text
    """

    matrix: Floats
    sources: tuple[str, ...]
    dropped: dict[str, str]
    imputed: dict[str, int]
    doubtful: dict[str, str] = field(default_factory=dict)

    def from_columns(self, names: Iterable[str]) -> Flags:
        """Which numeric columns come from these columns of the table."""
        wanted = set(names)
        return np.array([source in wanted for source in self.sources], bool)


def encoded_confounders(table: pd.DataFrame, names: Iterable[str]) -> Encoded:
    """Turn the named columns into numbers.

    Raises
    ------
    RoleError
        If a value is infinite or too large to square, or no column is left.
    """
    pieces: list[Floats] = []
    sources: list[str] = []
    dropped: dict[str, str] = {}
    imputed: dict[str, int] = {}
    doubtful: dict[str, str] = {}
    for name in names:
        column = _dated(table[name])
        reason = _why_useless(column)
        if reason is not None:
            dropped[name] = reason
            continue
        found = _numeric(column) if _is_number(column) else _levels(column)
        if not found:
            dropped[name] = f"text of which no value stands in {RARE_ROWS} rows"
            continue
        n_empty = int(column.isna().sum())
        if n_empty:
            imputed[name] = n_empty
        if _is_doubtful(column):
            doubtful[name] = example_of(_text_of(column))
        pieces += found
        sources += [name] * len(found)
    if not pieces:
        why = "; ".join(f"{name} ({reason})" for name, reason in dropped.items()) or "none was given"
        msg = f"no confounder is left to explain anything with: {why}; name columns known before the treatment"
        raise RoleError(msg)
    return Encoded(np.column_stack(pieces), tuple(sources), dropped, imputed, doubtful)


def _dated(column: pd.Series) -> pd.Series:
    """Text that is a date in every filled row as instants, as Parquet would bring it; any other column as it is."""
    if _is_number(column) or not column.notna().any():
        return column
    text = column.dropna().astype(str)
    if not text.str.fullmatch(ISO_INSTANT).all():
        return column
    instants = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
    return column if instants.isna().any() else instants.reindex(column.index)


def _why_useless(column: pd.Series) -> str | None:
    """Why a column says nothing about its rows, or None if it may."""
    n_filled, n_distinct = int(column.notna().sum()), int(column.nunique())
    if n_filled == 0:
        return EMPTY
    if n_distinct <= 1 and n_filled == len(column):
        return "constant"
    if _is_number(column):
        return "row numbers" if _counts_rows(column, n_distinct) else None
    names_rows = n_distinct > max(ID_SHARE * n_filled, 2)
    # So many levels are a quantity, of which indicators of the commonest values would hold next to nothing.
    if (names_rows or n_distinct > MAX_LEVELS) and are_numbers(_text_of(column)):
        return f"{AS_TEXT} ({example_of(_text_of(column))})"
    return "identifier: nearly every row has its own text" if names_rows else None


def _is_doubtful(column: pd.Series) -> bool:
    """Whether a column whose values become levels might be a quantity; of two values it is all the same."""
    n_distinct = int(column.nunique())
    if _is_number(column) or n_distinct <= 2:  # noqa: PLR2004
        return False
    text = _text_of(column)
    return may_be_numbers(text) and (n_distinct > MAX_LEVELS or hold_marks(text))


def _text_of(column: pd.Series) -> pd.Series:
    return column.dropna().astype(str).str.strip()


def _counts_rows(column: pd.Series, n_distinct: int) -> bool:
    """Whether a column is 0..n-1 or the like, in steps of one, sorted: a row number."""
    if n_distinct != len(column) or column.dtype.kind not in "iuf":
        return False
    return bool((column.diff().iloc[1:] == 1).all())


def _is_number(column: pd.Series) -> bool:
    return column.dtype.kind in "iufbmM" or isinstance(column.dtype, pd.BooleanDtype) or _is_nullable_number(column)


def _is_nullable_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype))


def numbers_of(column: pd.Series) -> Floats:
    """A column's numbers with NaN where empty; an instant counts in days.

    Raises
    ------
    RoleError
        If a number is infinite or beyond 1e100, naming the row.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        origin = pd.Timestamp(0, tz=getattr(column.dt, "tz", None))
        return np.asarray((column - origin) / pd.Timedelta(days=1), float)
    values = np.asarray(column.astype("Float64").to_numpy(dtype=float, na_value=np.nan), float)
    wild = np.flatnonzero(np.isinf(values) | (np.abs(values) > LARGEST_NUMBER))
    if len(wild):
        msg = (
            f"column {column.name!r} holds {values[wild[0]]} in row {wild[0]:,}, counted "
            f"from 0 ({len(wild):,} such rows); replace it by a number or leave it empty"
        )
        raise RoleError(msg)
    return values


def _numeric(column: pd.Series) -> list[Floats]:
    values = numbers_of(column)
    empty = np.isnan(values)
    if not empty.any():
        return [values]
    filled = np.where(empty, np.nanmedian(values), values)
    # A column that only says whether it is empty still tells that much.
    return [piece for piece in (filled, empty.astype(float)) if piece.std() > 0]


def _levels(column: pd.Series) -> list[Floats]:
    """One indicator a level; of two levels one is enough."""
    text = column.astype(object).where(column.notna(), MISSING_LEVEL).astype(str)
    counts = text.value_counts()
    # Ties are broken by name: the same table gives the same columns.
    ranked = sorted(counts.index, key=lambda level: (-counts[level], level))
    kept = [level for level in ranked[:MAX_LEVELS] if counts[level] >= RARE_ROWS]
    spelt = text.where(text.isin(kept), OTHER_LEVEL).to_numpy()
    levels: NDArray[np.object_] = np.unique(spelt.astype(object))
    return [(spelt == level).astype(float) for level in (levels[1:] if len(levels) <= 2 else levels)]  # noqa: PLR2004
