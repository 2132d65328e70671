"""What `routecause estimate` does: read, estimate, score, write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from decision.table.estimation import estimated
from decision.table.report import write_report
from decision.table.roles import Question
from decision.table.scoring import require_scorable
from decision.table.summary import effects_table, scores_of, summarised
from decision.table.table_file import read_table


@dataclass(frozen=True)
class EstimateRequest:
    """The command's arguments; see `decision.table.roles.Question` for the parts of the table."""

    table: Path
    treatment: str
    outcome: str
    out: Path
    confounders: tuple[str, ...] | None = None
    modifiers: tuple[str, ...] | None = None
    truth: str | None = None
    baseline: str | None = None
    dose: bool | None = None
    trusted: tuple[str, ...] = ()
    seed: int = 1

    @property
    def question(self) -> Question:
        """What is asked of the table."""
        return Question(
            treatment=self.treatment,
            outcome=self.outcome,
            confounders=self.confounders,
            modifiers=self.modifiers,
            truth=self.truth,
            baseline=self.baseline,
            dose=self.dose,
            trusted=self.trusted,
        )


def run_estimate(request: EstimateRequest) -> dict[str, Any]:
    """Estimate, write the folder, and return the summary.

    Raises
    ------
    InputFileError
        If the table cannot be read or the folder not be written.
    TrainingError
        If the table cannot answer the question; nothing is written then.
    """
    table = read_table(request.table)
    require_scorable(table, request.question)
    # One thread: several linear algebra pools on a shared machine are slower than none.
    with threadpool_limits(1):
        estimate = estimated(table, request.question, seed=request.seed)
    summary = summarised(estimate, scores_of(estimate, table))
    write_report(request.out, effects_table(estimate), summary, seed=request.seed)
    return summary
