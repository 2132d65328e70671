"""What is different between two scenarios."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from simulator.scenario.paths import leaves
from simulator.scenario.schema import Scenario


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs, as JSON text; None where a scenario has no such value."""

    path: str
    left: str | None
    right: str | None


def differences(left: Scenario, right: Scenario) -> list[Difference]:
    """Every value that shapes the world and differs, in the order of the scenarios' fields."""
    ours, theirs = _values(left), _values(right)
    paths = [*ours, *(path for path in theirs if path not in ours)]
    return [Difference(path, ours.get(path), theirs.get(path)) for path in paths if ours.get(path) != theirs.get(path)]


def _values(scenario: Scenario) -> dict[str, str]:
    plain: dict[str, Any] = scenario.model_dump(mode="json", exclude={"name", "description", "source"})
    # An empty list and a list of one are told apart by the values of the one.
    return {path: json.dumps(value, sort_keys=True) for path, value in leaves(plain).items() if value != []}
