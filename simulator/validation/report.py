"""The report of a validation: a page for people, an object for programs, and pictures, in one folder."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from data.manifest import whole_folder, write_manifest
from simulator.calibration.scenario_file import write_scenario
from simulator.validation.comparison import PERCENTILES, Comparison
from simulator.validation.figures import write_figures
from simulator.validation.groups import KINDS
from simulator.validation.summary import NAMED, sentences, summary
from simulator.validation.validate import Validation
from simulator.validation.verdicts import verdict_of

VALIDATION_KIND = "validation"
HOW_TO_READ = (
    "A group differs if its difference is surer than chance, all groups of its kind counted (Welch for the mean and "
    "Kolmogorov-Smirnov, or the difference of the shares late, adjusted by Holm at 5%), and larger than 10% of the "
    "mean, a gap of .10 between the distributions, or 5 points of lateness. Orders that share a queue or a storm tell "
    "less than as many independent ones: how much less is taken from how the world differs from seed to seed (with one "
    "seed they are taken for independent). In the tables, history / world; percentiles in hours."
)


def write_validation(found: Validation, out: Path) -> None:
    """Write report.md, report.json, the pictures, and the scenario if it was calibrated: whole or not at all.

    Raises
    ------
    InputFileError
        If the folder holds something else.
    """
    with whole_folder(out) as scratch:
        pictures = write_figures(found, scratch)
        text = json.dumps(finite(summary(found)), indent=1, allow_nan=False)
        (scratch / "report.json").write_text(text + "\n", encoding="utf-8")
        (scratch / "report.md").write_text(_page(found, pictures), encoding="utf-8")
        if found.is_calibrated:
            write_scenario(found.scenario, scratch / "scenario.yaml")
        write_manifest(scratch, {"kind": VALIDATION_KIND, "history": found.source.name})


def finite(value: Any) -> Any:
    """The same with None for what is not a finite number: JSON has no word for it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def _page(found: Validation, pictures: list[str]) -> str:
    title = f"# {found.scenario.name} held against {found.source.name}"
    parts = [title, *_credit(found), "\n".join(f"* {sentence}" for sentence in sentences(found)), HOW_TO_READ]
    parts += [f"![{Path(name).stem.replace('_', ' ')}]({name})" for name in pictures]
    for kind in KINDS:
        mine = [item for item in found.comparisons if item.kind == kind]
        parts.append(f"## {NAMED[kind].capitalize()}\n\n{_table(mine)}")
    return "\n\n".join(parts) + "\n"


def _credit(found: Validation) -> list[str]:
    """Whose data it is, where the history says."""
    source = found.source.facts.get("source", {})
    told = [source.get(key) for key in ("attribution", "licence")] if isinstance(source, dict) else []
    credit = ", ".join(part for part in told if part)
    return [f"History: {credit}."] if credit else []


def _table(items: list[Comparison]) -> str:
    heads = ["group", "orders", *(f"P{p}" for p in PERCENTILES), "KS", "late", "verdict"]
    lines = [" | ".join(heads), " | ".join("---" for _ in heads)]
    lines += [" | ".join(_cells(item)) for item in items]
    return "\n".join(f"| {line} |" for line in lines)


def _cells(item: Comparison) -> list[str]:
    """History / world in each cell, hours."""
    if not item.is_told:
        return [item.name, f"{item.n_history:,}", *([""] * (len(PERCENTILES) + 2)), verdict_of(item).sentence]
    pairs = zip(item.quantiles_history, item.quantiles_world, strict=True)
    late = "" if math.isnan(item.late_p) else f"{item.late_history:.0%} / {item.late_world:.0%}"
    return [
        item.name,
        f"{item.n_history:,}",
        *(f"{ours:.0f} / {theirs:.0f}" for ours, theirs in pairs),
        f"{item.ks:.2f}",
        late,
        verdict_of(item).sentence,
    ]
