"""One place where Python functions become machine code, so that types survive the decorator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

from data.machine_code import kept_for

P = ParamSpec("P")
R = TypeVar("R")
# numba tells nobody of what types its settings are.
_settings = cast("Any", numba.config)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile with numba on first use and keep the result on disk, where there is a place to keep it.

    No fast maths: the same seed must give the same bytes wherever the code is vectorised differently.
    """
    folder, usual = kept_for(function.__module__), _settings.CACHE_DIR
    if folder is None:
        # Every process compiles for itself.
        return cast("Callable[P, R]", numba.njit(function))
    try:
        # Where numba keeps it is settled here and now; other libraries keep theirs where they did.
        _settings.CACHE_DIR = str(folder)
        return cast("Callable[P, R]", numba.njit(cache=True)(function))
    finally:
        _settings.CACHE_DIR = usual
