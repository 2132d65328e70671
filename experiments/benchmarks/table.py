"""`estimate` on public tables with a known effect, beside plain EconML learners in the same run.

Run with `python -m experiments.benchmarks.table --data FOLDER`; the last line printed is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision.table.baselines import BASELINES, baseline_effects
from decision.table.estimation import Problem, estimated, fitted_effects, posed_problem
from decision.table.folds import fold_of_rows
from decision.table.intervals import RowEffects
from decision.table.learners.protocol import Design, Flags
from decision.table.propensity import expected_bases
from decision.table.scoring import scored
from experiments.benchmarks.public_tables import QUESTION, PublicTable, read_public_table

OURS = "routecause"
NUMBERS = {"acic": tuple(range(1, 6)), "ihdp": tuple(range(1, 11))}
QUICK_NUMBERS = {"acic": (1,), "ihdp": (1, 2)}
HELD_OUT_SHARE = 0.1


@dataclass(frozen=True)
class Line:
    """One learner on one table: within the rows it learned from, and on a tenth held out."""

    table: str
    learner: str
    split: str
    sqrt_pehe: float
    coverage_90: float | None
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def benchmark_tables(
    root: Path, numbers: Mapping[str, Sequence[int]], *, seed: int, with_baselines: bool = True
) -> dict[str, Any]:
    """Score ours and the plain learners on every table named, in sample and out of sample.

    Parameters
    ----------
    root : folder that holds `acic2016/` and `ihdp/`
    numbers : family -> numbers of its files

    Returns
    -------
    dict
        The figures by name, and `lines`: one a table, learner and split.
    """
    lines: list[Line] = []
    for family, chosen in numbers.items():
        for number in chosen:
            lines += lines_of(read_public_table(root, family, number), seed=seed, with_baselines=with_baselines)
            print(_spoken(lines), file=sys.stderr, flush=True)  # noqa: T201
    return {**_figures(lines), "lines": [line.as_dict() for line in lines]}


def lines_of(public: PublicTable, *, seed: int, with_baselines: bool) -> list[Line]:
    """Every learner on one table, both splits."""
    lines = [_ours_in_sample(public, seed)]
    problem = posed_problem(public.table, QUESTION, seed=seed)
    everything = np.ones(len(public.table), bool)
    fit_rows = np.random.default_rng([seed, 6]).random(len(public.table)) >= HELD_OUT_SHARE
    apart = _held_out_problem(problem, fit_rows, seed)
    began = time.process_time()
    _, rows = fitted_effects(apart.design, apart.folds, fit_rows, seed)
    lines.append(_line(public, OURS, rows, ~fit_rows, began))
    for name in BASELINES if with_baselines else ():
        for design, taught, judged in (
            (problem.design, everything, everything),
            (apart.design, fit_rows, ~fit_rows),
        ):
            began = time.process_time()
            lines.append(_line(public, name, baseline_effects(name, design, taught, seed), judged, began))
    return lines


def _ours_in_sample(public: PublicTable, seed: int) -> Line:
    """The whole command's work but for reading and writing."""
    began = time.process_time()
    estimate = estimated(public.table, QUESTION, seed=seed)
    return _line(public, OURS, estimate.rows, np.ones(len(public.table), bool), began)


@dataclass(frozen=True)
class _Apart:
    design: Design
    folds: NDArray[np.int64]


def _held_out_problem(problem: Problem, fit_rows: Flags, seed: int) -> _Apart:
    """The design when held-out rows teach nothing, neither outcomes nor propensities."""
    folds = np.full(len(fit_rows), -1, np.int64)
    folds[fit_rows] = fold_of_rows(problem.treatment.arm_of[fit_rows], seed)
    whole = problem.design
    expected = expected_bases(whole.confounders, problem.treatment, folds, seed)
    return _Apart(
        Design(whole.confounders, whole.modifies, whole.bases, expected, whole.contrasts, whole.outcome), folds
    )


def _line(public: PublicTable, learner: str, rows: RowEffects, judged: Flags, began: float) -> Line:
    """Score the rows judged; seconds are of processor time since `began`."""
    spent = time.process_time() - began
    effect, lower, upper = rows.effect[0, judged], rows.lower[0, judged], rows.upper[0, judged]
    scores = scored(effect, lower, upper, (0.0, 0.0, 0.0), public.truth[judged])
    coverage = None if np.isnan(lower).any() else scores.coverage_90
    split = "in_sample" if judged.all() else "held_out"
    return Line(public.name, learner, split, scores.sqrt_pehe, coverage, round(spent, 2))


def _figures(lines: Sequence[Line]) -> dict[str, Any]:
    """The named figures: ours in sample, and for each learner and split the mean and median by family."""
    figures: dict[str, Any] = {}
    coverages = []
    for family in dict.fromkeys(line.table.split("/")[0] for line in lines):
        mine = [line for line in lines if line.learner == OURS and line.table.startswith(f"{family}/")]
        within = [line for line in mine if line.split == "in_sample"]
        figures[f"{family}_sqrt_pehe_mean"] = float(np.mean([line.sqrt_pehe for line in within]))
        figures[f"{family}_sqrt_pehe_median"] = float(np.median([line.sqrt_pehe for line in within]))
        coverage = float(np.mean([line.coverage_90 for line in within if line.coverage_90 is not None]))
        figures[f"{family}_coverage_90"] = coverage
        figures[f"{family}_seconds_max"] = max(line.seconds for line in within)
        coverages.append(coverage)
    # The worse family speaks for both.
    figures["estimate_coverage_90"] = min(coverages)
    figures["comparison"] = comparison(lines)
    return figures


def comparison(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """One row a family, split and learner: mean and median sqrt(PEHE), mean coverage, mean seconds."""
    groups: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.table.split("/")[0], line.split, line.learner), []).append(line)
    return [
        {
            "family": family,
            "split": split,
            "learner": learner,
            "n_tables": len(group),
            "sqrt_pehe_mean": float(np.mean([line.sqrt_pehe for line in group])),
            "sqrt_pehe_median": float(np.median([line.sqrt_pehe for line in group])),
            "coverage_90": _mean_or_none([line.coverage_90 for line in group]),
            "seconds_mean": float(np.mean([line.seconds for line in group])),
        }
        for (family, split, learner), group in sorted(groups.items())
    ]


def _mean_or_none(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _spoken(lines: Sequence[Line]) -> str:
    """The last table's lines of ours, for whoever waits."""
    last = [line for line in lines if line.table == lines[-1].table and line.learner == OURS]
    return "; ".join(
        f"{line.table} {line.split}: sqrt(PEHE) {line.sqrt_pehe:.3f}, "
        f"coverage {line.coverage_90:.3f}, {line.seconds:.0f} s"
        for line in last
    )


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with acic2016/ and ihdp/")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="one ACIC and two IHDP tables")
    parser.add_argument("--ours-only", action="store_true", help="leave out the plain learners")
    wishes = parser.parse_args()
    numbers = QUICK_NUMBERS if wishes.quick else NUMBERS
    found = benchmark_tables(wishes.data, numbers, seed=wishes.seed, with_baselines=not wishes.ours_only)
    print(json.dumps(found, allow_nan=False))  # noqa: T201


if __name__ == "__main__":
    main()
