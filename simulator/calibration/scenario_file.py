"""Scenario files: a scenario as YAML that a person can read, the same bytes every time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from simulator.errors import CalibrationError
from simulator.scenario.schema import Scenario

_HEADER = (
    "# Written by `routecause calibrate`; `source` says from what. Edit the base scenario or the history, not this.\n"
)


def plain_scenario(scenario: Scenario) -> dict[str, Any]:
    """What the scenario states, as plain values; what it leaves to the schema's defaults stays left to them."""
    return scenario.model_dump(mode="json", exclude_unset=True)


def scenario_text(scenario: Scenario) -> str:
    """The scenario as YAML: lists of numbers and small parts on one line each."""
    body = yaml.safe_dump(
        plain_scenario(scenario), sort_keys=False, allow_unicode=True, default_flow_style=None, width=118
    )
    return _HEADER + body


def require_scenario_path(path: Path) -> None:
    """Refuse a path at which no scenario file can be.

    Raises
    ------
    CalibrationError
        If it is a folder or does not end as YAML files do.
    """
    if path.suffix not in {".yaml", ".yml"} or path.is_dir():
        msg = f"{path}: a scenario is a file that ends in .yaml; name one"
        raise CalibrationError(msg)


def write_scenario(scenario: Scenario, path: Path) -> None:
    """Write a scenario file whole or not at all; an earlier one is replaced.

    Raises
    ------
    CalibrationError
        If it cannot be written there.
    """
    require_scenario_path(path)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(scenario_text(scenario), encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        msg = f"{path}: cannot be written ({error.strerror}); name a file that can"
        raise CalibrationError(msg) from error
