"""Finding, reading and naming scenarios."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.errors import InputFileError
from data.strict_yaml import read_strict_yaml
from simulator.errors import ScenarioFileError, ScenarioValueError
from simulator.scenario.schema import Scenario

SHIPPED = Path(__file__).parents[1] / "scenarios"
MAX_PROBLEMS_SHOWN = 5
MAX_VALUE_SHOWN = 120


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Load a scenario that ships with routecause, by name, or one of your own, by path.

    Raises
    ------
    ScenarioFileError
        If there is no such file or it is not plain YAML.
    ScenarioValueError
        If a field is unknown, absent or out of bounds; the message carries file, field, value and rule.

    Examples
    --------
    >>> load_scenario("small").currency
    'EUR'
    """
    path = _path_of(name_or_path)
    try:
        content = read_strict_yaml(path, see="simulator/scenarios/small.yaml")
    except InputFileError as error:
        raise ScenarioFileError(str(error)) from error
    return scenario_of(content, where=str(path))


def scenario_of(content: dict[str, Any], *, where: str) -> Scenario:
    """Validate plain data as a scenario; `where` names its origin in messages.

    Raises
    ------
    ScenarioValueError
        If a field is unknown, absent or out of bounds.
    """
    try:
        # Strict, and by way of JSON: there a list may still become a tuple, but `true` or "5" never a number.
        return Scenario.model_validate_json(json.dumps(content, default=_as_text), strict=True)
    except ValidationError as error:
        raise ScenarioValueError(_readable(error, where)) from error


def shipped_scenarios() -> list[str]:
    """Names of the scenarios that ship, in alphabetical order."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def scenario_hash(scenario: Scenario) -> str:
    """SHA-256, in hex, of all that shapes the world: name, description and source do not count."""
    apart = {"name", "description", "source"}
    # A world without disruptions is the same world as before there were any.
    shaping = scenario.model_dump(mode="json", exclude=apart if scenario.disruptions else {*apart, "disruptions"})
    text = json.dumps(shaping, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _path_of(name_or_path: str | Path) -> Path:
    given = Path(name_or_path)
    if isinstance(name_or_path, Path) or given.suffix or len(given.parts) > 1:
        return given
    if name_or_path in shipped_scenarios():
        return SHIPPED / f"{name_or_path}.yaml"
    msg = f"no scenario {name_or_path!r} ships with routecause; name a .yaml file or one of {shipped_scenarios()}"
    raise ScenarioFileError(msg)


def _as_text(value: object) -> str:
    """What YAML reads as an instant or a day goes back to text for the schema to read."""
    return value.isoformat() if isinstance(value, date) else repr(value)


def _readable(error: ValidationError, where: str) -> str:
    problems = error.errors(include_url=False)
    lines = []
    for problem in problems[:MAX_PROBLEMS_SHOWN]:
        field = ".".join(str(part) for part in problem["loc"]) or "the scenario"
        value = repr(problem["input"])
        shown = f", got {value}" if len(value) <= MAX_VALUE_SHOWN and problem["type"] != "missing" else ""
        lines.append(f"{where}: {field}: {problem['msg']}{shown}")
    hidden = len(problems) - MAX_PROBLEMS_SHOWN
    more = f"\n{where}: and {hidden} more problems" if hidden > 0 else ""
    return "\n".join(lines) + more
