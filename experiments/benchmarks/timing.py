"""Timing that a busy machine spoils little: processor time, repeated in turns, medians."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median


def cpu_seconds(action: Callable[[], object]) -> float:
    """Processor seconds of this process that one call takes; garbage of earlier calls is swept before."""
    gc.collect()
    began = time.process_time()
    action()
    return time.process_time() - began


def medians_in_turns(actions: Mapping[str, Callable[[], object]], n_repeats: int) -> dict[str, float]:
    """Median processor seconds of each action; all are played once before any is played again.

    So a machine that is slow for a while is slow for all of them, and ratios keep.
    """
    spent: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(n_repeats):
        for name, action in actions.items():
            spent[name].append(cpu_seconds(action))
    return {name: median(seconds) for name, seconds in spent.items()}
