"""Raw tables: the mapped columns of a history as text, each row with its place in the file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Ragged:
    """A row whose number of values is not the header's."""

    row: int
    n_values: int


@dataclass(frozen=True)
class RawTable:
    """What was read of a file.

    Parameters
    ----------
    columns : dict of str to Series of shape (n_whole_rows,)
        Text of each column that the mapping reads, blanks as empty text.
    row : array of shape (n_whole_rows,)
        Row number in the file: a CSV's header is row 1, a Parquet file's first row is row 1.
    header : tuple of str
        Every column of the file, read or not.
    ragged : tuple of Ragged
        Rows that could not be taken apart.
    n_blank_lines : int
        Lines with nothing on them: not rows.
    encoding : str
        The encoding the text was in; empty for Parquet.
    refused_encodings : tuple of str
        Encodings that were tried before it, with the byte where each failed.
    """

    columns: dict[str, pd.Series]
    row: NDArray[np.int64]
    header: tuple[str, ...]
    ragged: tuple[Ragged, ...] = ()
    n_blank_lines: int = 0
    encoding: str = ""
    refused_encodings: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        """Rows in the file, whole or ragged."""
        return len(self.row) + len(self.ragged)
