"""One place where Python functions become machine code, so that types survive the decorator."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile with numba on first use and keep the result on disk.

    No fast maths: the same seed must give the same bytes wherever the code is vectorised differently.
    """
    return cast("Callable[P, R]", numba.njit(cache=True)(function))
