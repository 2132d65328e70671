"""Finding, reading and naming scenarios."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.errors import InputFileError
from data.ingest.near_names import near_names
from data.strict_yaml import read_strict_yaml
from simulator.errors import InheritanceError, ScenarioFileError, ScenarioValueError
from simulator.scenario.complaints import readable
from simulator.scenario.inheritance import MOST_ANCESTORS, inherited
from simulator.scenario.published import as_first_published
from simulator.scenario.schema import Scenario

SHIPPED = Path(__file__).parents[1] / "scenarios"


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Load a scenario that ships with routecause, by name, or one of your own, by path.

    Raises
    ------
    ScenarioFileError
        If there is no such file or it is not plain YAML.
    InheritanceError
        If it is given as changes to a base that cannot be found or that they do not fit.
    ScenarioValueError
        If a field is unknown, absent or out of bounds; the message carries file, field, value and rule.

    Examples
    --------
    >>> load_scenario("small").currency
    'EUR'
    """
    return _load(_path_of(name_or_path), heirs=())


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
        raise ScenarioValueError(readable(error, Scenario, content, where)) from error


def shipped_scenarios() -> list[str]:
    """Names of the scenarios that ship, in alphabetical order."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def scenario_hash(scenario: Scenario) -> str:
    """SHA-256, in hex, of all that shapes the world: name, description and source do not count."""
    apart = {"name", "description", "source"}
    # A world without disruptions is the same world as before there were any.
    dumped = scenario.model_dump(mode="json", exclude=apart if scenario.disruptions else {*apart, "disruptions"})
    shaping = as_first_published(dumped)
    text = json.dumps(shaping, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _load(path: Path, heirs: tuple[Path, ...]) -> Scenario:
    """Load a file; `heirs` are those that inherit from it, the one that was asked for first."""
    content = _read(path)
    if "base" not in content:
        if "changes" in content:
            msg = f"{path}: has changes but no base; name the scenario that they change, or leave them out"
            raise InheritanceError(msg)
        return scenario_of(content, where=str(path))
    base = _load_base(path, content["base"], heirs)
    return scenario_of(inherited(base, scenario_hash(base), content, where=str(path)), where=str(path))


def _load_base(path: Path, named: object, heirs: tuple[Path, ...]) -> Scenario:
    if not isinstance(named, str) or not named:
        msg = f"{path}: base is {named!r}; give the name of a shipped scenario or the path of a file"
        raise InheritanceError(msg)
    try:
        return _load_named_base(path, named, heirs)
    except ScenarioFileError as error:
        msg = f"{path}: base {named!r}: {error}"
        raise ScenarioFileError(msg) from error


def _load_named_base(path: Path, named: str, heirs: tuple[Path, ...]) -> Scenario:
    base = _path_of(named) if _is_name(named) else path.parent / named
    line = (*heirs, path.resolve())
    if base.resolve() in line:
        msg = (
            f"{path}: its base {named!r} inherits from it: {' -> '.join(p.name for p in (*line, base))}; break the ring"
        )
        raise InheritanceError(msg)
    if len(line) > MOST_ANCESTORS:
        msg = f"{path}: more than {MOST_ANCESTORS} scenarios inherit one from the other; write some of them out"
        raise InheritanceError(msg)
    return _load(base, line)


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_strict_yaml(path, see="simulator/scenarios/small.yaml")
    except InputFileError as error:
        raise ScenarioFileError(str(error)) from error


def _is_name(text: str) -> bool:
    return not Path(text).suffix and len(Path(text).parts) == 1


def _path_of(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, Path) or not _is_name(name_or_path):
        return Path(name_or_path)
    if name_or_path in shipped_scenarios():
        return SHIPPED / f"{name_or_path}.yaml"
    shipped = shipped_scenarios()
    near = near_names(str(name_or_path), shipped) or f"; there are {shipped}"
    msg = f"no scenario {name_or_path!r} ships with routecause, and it names no .yaml file{near}"
    raise ScenarioFileError(msg)


def _as_text(value: object) -> str:
    """What YAML reads as an instant or a day goes back to text for the schema to read."""
    return value.isoformat() if isinstance(value, date) else repr(value)
