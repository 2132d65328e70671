"""Writing down what a study found: `summary.json` for programs, `report.html` for people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.plain_json import plain_json
from experiments.whatif.folder import REPORT_NAME, SUMMARY_NAME
from experiments.whatif.replication import DAYS_NAME, RUNS_NAME
from experiments.whatif.report import report_page
from experiments.whatif.study import Study
from experiments.whatif.summary import summary_of


@dataclass(frozen=True, slots=True)
class Published:
    """What was written.

    Parameters
    ----------
    of_this_run : dict
        What another run of the same study would not say alike: times and places.
    """

    summary: dict[str, Any]
    of_this_run: dict[str, Any]
    report: Path


def publish(study: Study) -> Published:
    """Write summary and report into the study's folder, each whole or not at all."""
    folder, summary = study.plan.folder, summary_of(study)
    folder.write(SUMMARY_NAME, plain_json(summary))
    report = folder.write(REPORT_NAME, report_page(study))
    of_this_run = {
        "n_played": study.n_played,
        "n_resumed": study.n_resumed,
        "seconds": round(study.seconds, 3),
        "replications": str(folder.path / RUNS_NAME),
        "days": str(folder.path / DAYS_NAME),
        "report": str(report),
    }
    return Published(summary, of_this_run, report)
