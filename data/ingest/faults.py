"""Faults: values that cannot be read, each with its row, column and reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import BadValueError

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one row.

    Parameters
    ----------
    column : str
        The file's column; empty where the whole row is at fault.
    reason : str
        Without the value, so that it can be written to a file.
    value : str or None
        For the screen only; None where it may be personal.
    """

    row: int
    column: str
    reason: str
    value: str | None = None

    def in_words(self, path: Path) -> str:
        """File, row, column, value and reason as one sentence."""
        where = f", column {self.column!r}" if self.column else ""
        return f"{path}, row {self.row}{where}: {self._shown()}{self.reason}"

    def _shown(self) -> str:
        if self.value is None:
            return ""
        cut = self.value if len(self.value) <= _SHOWN_CHARACTERS else self.value[:_SHOWN_CHARACTERS] + "..."
        return f"{cut!r} "


@dataclass
class FaultList:
    """Faults as they are found."""

    faults: list[Fault] = field(default_factory=list)

    def add(self, rows: NDArray[np.int64], column: str, reason: str, values: list[str] | None = None) -> None:
        """Record the same reason for several rows of one column."""
        shown: list[str | None] = [*values] if values is not None else [None] * len(rows)
        self.faults.extend(
            Fault(int(row), column, reason, value) for row, value in zip(rows.tolist(), shown, strict=True)
        )

    def rows(self) -> NDArray[np.int64]:
        """Rows with at least one fault, ascending."""
        return np.unique(np.array([fault.row for fault in self.faults], dtype=np.int64))

    def first_of_each_row(self) -> list[Fault]:
        """One fault a row, in the file's order; of several, the one found first."""
        found: dict[int, Fault] = {}
        for fault in self.faults:
            found.setdefault(fault.row, fault)
        return [found[row] for row in sorted(found)]

    def stop(self, path: Path) -> None:
        """Raise the file's first fault, saying how many follow; do nothing where there is none.

        Raises
        ------
        BadValueError
            With file, row and column.
        """
        by_row = self.first_of_each_row()
        if not by_row:
            return
        rest = f" ({len(by_row) - 1:,} more rows have faults)" if len(by_row) > 1 else ""
        msg = f"{by_row[0].in_words(path)}{rest}; mend the file or put such rows aside with --set-aside"
        raise BadValueError(msg)
