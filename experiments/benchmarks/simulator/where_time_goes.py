"""Where the time of a run goes, by asking it again and again where it is: sampled by the processor's clock.

A tracing profiler charges every call the same and so blames what is made of many small functions; this one does not.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[3]
SAMPLE_SECONDS = 0.002
# The first that fits, from the innermost frame outwards, is charged.
PARTS = {
    "choice_sets": tuple(f"simulator/{name}" for name in ("lookout", "sighting", "seen", "outlook", "deciding")),
    "policy": ("decision/", "data/objective"),
    "station": tuple(f"simulator/{name}" for name in ("node", "station", "shelf_life", "steps", "timetable")),
    "queue": ("simulator/clock", "simpy/"),
    "record": ("simulator/record", "simulator/incident_log"),
    "delivery": ("simulator/shipping", "simulator/delivery", "simulator/mishaps"),
    "aftercare": tuple(f"simulator/{name}" for name in ("aftercare", "answering", "reactions", "customers", "dwell")),
    "drawing": tuple(
        f"simulator/{name}" for name in ("stage", "demand", "noise", "weather", "spikes", "lanes", "plan")
    ),
    "world": ("simulator/",),
}
OTHER = "other"
MOST_MODULES = 12


def where_time_goes(action: Callable[[], object]) -> dict[str, Any] | None:
    """Share of processor time by part and by module; None where the system has no such clock.

    Call it from the main thread: signals come to no other.
    """
    if not hasattr(signal, "setitimer"):
        return None
    parts: Counter[str] = Counter()
    modules: Counter[str] = Counter()

    def sample(_signal: int, frame: FrameType | None) -> None:
        part, module = _charged(frame)
        parts[part] += 1
        modules[module] += 1

    before = signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)
    try:
        action()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)
    n_samples = sum(parts.values())
    if not n_samples:
        return None
    return {
        "n_samples": n_samples,
        "parts": {part: parts[part] / n_samples for part in (*PARTS, OTHER)},
        "modules": {module: count / n_samples for module, count in modules.most_common(MOST_MODULES)},
    }


def _charged(frame: FrameType | None) -> tuple[str, str]:
    """The part, and the module, that the innermost known frame belongs to."""
    while frame is not None:
        module = _short(frame.f_code.co_filename)
        for part, beginnings in PARTS.items():
            if module.startswith(beginnings):
                return part, module
        frame = frame.f_back
    return OTHER, OTHER


def _short(file: str) -> str:
    """A file as `simulator/station.py` or `simpy/core.py`."""
    path = Path(file)
    # The environment of the project may lie within it.
    if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
        return path.relative_to(ROOT).as_posix()
    return "/".join(path.parts[-2:])
