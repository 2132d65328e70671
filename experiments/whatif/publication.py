"""Writing down what a study found: `summary.json` for programs, `report.html` and pictures for people."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.plain_json import plain_json
from experiments.whatif.charts import STYLE
from experiments.whatif.folder import REPORT_NAME, SUMMARY_NAME
from experiments.whatif.replication import DAYS_NAME, RUNS_NAME
from experiments.whatif.report import report_page
from experiments.whatif.report_parts import frontier_pictures, stress_picture
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
    """Write summary, report and pictures into the study's folder, each whole or not at all."""
    folder, summary = study.plan.folder, summary_of(study)
    folder.write(SUMMARY_NAME, plain_json(summary))
    report = folder.write(REPORT_NAME, report_page(study))
    pictures = [folder.write_bytes(name, _png_of(figure)) for name, figure in _pictures(study)]
    of_this_run = {
        "n_played": study.n_played,
        "n_resumed": study.n_resumed,
        "seconds": round(study.seconds, 3),
        "replications": str(folder.path / RUNS_NAME),
        "days": str(folder.path / DAYS_NAME),
        "report": str(report),
        "pictures": [str(path) for path in pictures],
    }
    return Published(summary, of_this_run, report)


def _pictures(study: Study) -> list[tuple[str, Figure]]:
    frontiers, stress = frontier_pictures(study), stress_picture(study)
    names = (
        ["frontier.png"] if len(frontiers) == 1 else [f"frontier-{number + 1}.png" for number in range(len(frontiers))]
    )
    return [*zip(names, frontiers, strict=True), *([("stress.png", stress)] if stress is not None else [])]


def _png_of(figure: Figure) -> bytes:
    FigureCanvasAgg(figure)
    stream = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(stream, format="png", dpi=130, metadata={"Software": None})
    return stream.getvalue()
