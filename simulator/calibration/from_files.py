"""From files to a scenario file: an ingested folder, or a raw history that is ingested on the way."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from data.errors import MappingError
from data.history.dataset import OrderHistory
from data.ingest.history import ingest
from simulator.calibration.calibrate import calibrate
from simulator.calibration.scenario_file import require_scenario_path, write_scenario
from simulator.calibration.wishes import CalibrationWishes
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario


@dataclass(frozen=True)
class CalibrationFiles:
    """What is read and what is written.

    Parameters
    ----------
    history : Path
        A folder that ingestion wrote, or a raw file, which needs a mapping.
    base : str
        A scenario's name or path.
    set_aside : bool
        Whether a raw file's rows with faults are put aside instead of stopping.
    """

    history: Path
    mapping: Path | None
    base: str
    out: Path
    set_aside: bool = False


def calibrate_files(files: CalibrationFiles, wishes: CalibrationWishes) -> Scenario:
    """Calibrate a scenario and write it, whole or not at all.

    Raises
    ------
    DataError
        If the history or the mapping cannot be used.
    SimulatorError
        If the base cannot be used, the history says too little, or the scenario cannot be written.
    """
    require_scenario_path(files.out)
    base = load_scenario(files.base)
    scenario = calibrate(_history(files), base, wishes)
    write_scenario(scenario, files.out)
    return scenario


def _history(files: CalibrationFiles) -> OrderHistory:
    if files.history.is_dir():
        if files.mapping is not None:
            msg = f"{files.history}: is a folder, already ingested; leave --mapping out, or name the raw file"
            raise MappingError(msg)
        return OrderHistory.load(files.history)
    if files.mapping is None:
        msg = f"{files.history}: a raw history needs --mapping to say which column is what; or name an ingested folder"
        raise MappingError(msg)
    with tempfile.TemporaryDirectory(prefix="routecause-") as scratch:
        ingest(files.history, files.mapping, Path(scratch) / "history", set_aside=files.set_aside)
        return OrderHistory.load(Path(scratch) / "history")
