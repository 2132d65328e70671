"""What a figure was measured on: figures of one machine say little of another's, ratios more."""

from __future__ import annotations

import os
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

MEASURED = ("routecause", "simpy", "ciw", "numpy", "pandas", "scikit-learn", "econml", "dowhy", "lightgbm", "numba")


def machine() -> dict[str, Any]:
    """Processor, cores, load and system; no name of the host, no path."""
    return {
        "processor": _processor(),
        "n_cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": platform.system(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "clock_resolution_seconds": time.get_clock_info("process_time").resolution,
    }


def versions() -> dict[str, str | None]:
    """Of the packages that figures depend on; None where one is not installed."""
    return {name: _version(name) for name in MEASURED}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.is_file():
        for line in listed.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
