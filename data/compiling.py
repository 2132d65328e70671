"""One place where Python functions become machine code, so that types survive the decorator."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile with numba on first use and keep the result on disk, where there is a place to keep it.

    No fast maths: the same seed must give the same bytes wherever the code is vectorised differently.
    """
    try:
        return cast("Callable[P, R]", numba.njit(cache=True)(function))
    except RuntimeError:
        # Neither beside the code nor at home may be written: every process compiles for itself.
        return cast("Callable[P, R]", numba.njit(function))
