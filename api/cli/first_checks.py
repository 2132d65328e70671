"""First checks: what a command can refuse before the libraries that it needs are loaded, which takes seconds."""

from __future__ import annotations

from pathlib import Path

from data.errors import InputFileError


def require_scenarios(*named: str) -> None:
    """Refuse a scenario that does not exist or breaks a rule, as the command itself would a little later.

    Raises
    ------
    simulator.errors.SimulatorError
        Saying what is wrong with which scenario.
    """
    from simulator.scenario.loading import load_scenario

    for name in named:
        load_scenario(name)


def require_there(path: Path, remedy: str) -> None:
    """Refuse a path at which there is nothing.

    Raises
    ------
    InputFileError
        With the remedy.
    """
    if not path.exists():
        msg = f"{path}: no such file or folder; {remedy}"
        raise InputFileError(msg)
