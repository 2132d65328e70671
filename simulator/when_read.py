"""Columns and names that are worked out when they are read: few policies read all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Columns = dict[str, Floats]


class NamesOfRows(Sequence[str]):
    """A name for each candidate, looked up by its lane when it is read: few policies read names."""

    def __init__(self, by_lane: list[str], lane: Ints) -> None:
        self._by_lane, self._lane = by_lane, lane

    def __len__(self) -> int:
        return len(self._lane)

    @overload
    def __getitem__(self, row: int) -> str: ...

    @overload
    def __getitem__(self, row: slice) -> NamesOfRows: ...

    def __getitem__(self, row: int | slice) -> str | NamesOfRows:
        if isinstance(row, slice):
            return NamesOfRows(self._by_lane, self._lane[row])
        return self._by_lane[int(self._lane[row])]

    def __iter__(self) -> Iterator[str]:
        return map(self._by_lane.__getitem__, self._lane.tolist())


class WhenRead(dict[str, Floats]):
    """Columns that are worked out when they are first read."""

    def __init__(self, work_out: Callable[[str], Columns]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, name: str) -> Floats:
        self.update(self._work_out(name))
        return self[name]
