"""The report a person reads: what was asked, what came out, what to doubt. And the folder it lies in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from data.manifest import whole_folder, write_manifest

EFFECTS_NAME, JSON_NAME, TEXT_NAME = "effects.parquet", "report.json", "report.md"


def write_report(folder: Path, effects: pd.DataFrame, summary: dict[str, Any], *, seed: int) -> None:
    """Write effects, summary and text, all or nothing.

    Raises
    ------
    InputFileError
        If the folder holds something that routecause did not write.
    """
    with whole_folder(folder) as scratch:
        effects.to_parquet(scratch / EFFECTS_NAME, index=False)
        text = json.dumps(summary, indent=1, allow_nan=False, ensure_ascii=False)
        (scratch / JSON_NAME).write_text(text + "\n", encoding="utf-8")
        (scratch / TEXT_NAME).write_text(report_text(summary, effects), encoding="utf-8")
        write_manifest(scratch, {"kind": "estimate", "seed": seed})


def report_text(summary: dict[str, Any], effects: pd.DataFrame) -> str:
    """The report in Markdown."""
    sections = [
        _answer(summary),
        _warnings(summary),
        _rows(effects),
        _choice(summary),
        _overlap(summary),
        _doubt(summary),
        _columns(summary),
        _scores(summary),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _answer(summary: dict[str, Any]) -> str:
    treatment = summary["treatment"]
    lines = [
        f"# Effect of {treatment['column']} on {summary['outcome']}",
        "",
        f"{summary['n_rows']:,} rows; treatment read as {treatment['kind']}"
        + (f" ({', '.join(f'{arm}: {n:,}' for arm, n in treatment['arms'].items())})" if treatment["arms"] else "")
        + ".",
        "",
        "| contrast | average effect | 90% interval |",
        "|---|---|---|",
    ]
    lines += [
        f"| {one['contrast']} | {one['point']:.4g} | {one['lower']:.4g} to {one['upper']:.4g} |"
        for one in summary["ates"]
    ]
    lines += ["", "This is causal only if every common cause of treatment and outcome is among the confounders."]
    return "\n".join(lines)


def _warnings(summary: dict[str, Any]) -> str:
    if not summary["warnings"]:
        return ""
    return "\n".join(["## Before you use a number", "", *(f"- {warning}." for warning in summary["warnings"])])


def _rows(effects: pd.DataFrame) -> str:
    lines = ["## Effects by row", "", "| contrast | 5% of rows below | median | 95% below | interval clear of zero |"]
    lines.append("|---|---|---|---|---|")
    for contrast, group in effects.groupby("contrast", sort=False):
        low, middle, high = group["effect"].quantile([0.05, 0.5, 0.95])
        clear = ((group["lower"] > 0) | (group["upper"] < 0)).mean()
        lines.append(f"| {contrast} | {low:.4g} | {middle:.4g} | {high:.4g} | {clear:.0%} of rows |")
    return "\n".join([*lines, "", f"Every row is in `{EFFECTS_NAME}`, in the order of the table."])


def _choice(summary: dict[str, Any]) -> str:
    lines = [
        "## Choice of learner",
        "",
        "Weights minimise a cross-fitted R-loss; lower is better.",
        "",
        "| learner | R-loss | error of the observed outcome | weight |",
        "|---|---|---|---|",
    ]
    for name, loss in summary["losses"].items():
        lines.append(
            f"| {name} | {loss:.5g} | {summary['outcome_losses'][name]:.5g} | {summary['weights'][name]:.2f} |"
        )
    return "\n".join(lines)


def _overlap(summary: dict[str, Any]) -> str:
    overlap = summary["overlap"]
    if not summary["treatment"]["arms"]:
        predicted = max(overlap["predictability"], 0.0)
        (size,) = overlap["effective_sizes"].values()
        return (
            f"## Overlap\n\nThe confounders predict the dose with R squared {predicted:.3f}: {1 - predicted:.0%} of "
            "its variance lets like rows be compared at different doses. "
            f"Effective sample size: {size:,.0f} of {summary['n_rows']:,} rows."
        )
    sizes = ", ".join(f"{arm}: {size:,.0f}" for arm, size in overlap["effective_sizes"].items())
    return (
        f"## Overlap\n\nThe confounders predict the treatment with AUC {overlap['predictability']:.3f}. "
        f"{overlap['supported_share']:.0%} of rows have a fair chance of every arm. Effective sample size: {sizes}."
    )


def _doubt(summary: dict[str, Any]) -> str:
    tests, strength = summary["refutations"], summary["sensitivity"]
    yardsticks = "; ".join(
        f"{one['confounder']} has {one['partial_r2_treatment']:.3f} and {one['partial_r2_outcome']:.3f}"
        for one in strength["benchmarks"]
    )
    return "\n".join(
        [
            "## Attempts to break it",
            "",
            f"- Placebo: shuffled treatments averaged {tests['placebo_mean']:.4g} "
            f"(largest {tests['placebo_largest']:.4g}): {'passed' if tests['placebo_passed'] else 'FAILED'}.",
            f"- Random common cause: moved the average by {tests['random_cause_change']:.4g}: "
            f"{'passed' if tests['random_cause_passed'] else 'FAILED'}.",
            f"- An unseen confounder would need a partial R squared of {strength['robustness_value']:.3f} with "
            "treatment and outcome alike to bring the average to zero "
            f"({strength['robustness_value_interval']:.3f} for the interval); "
            f"E-value {strength['e_value']:.2f} ({strength['e_value_interval']:.2f})"
            f"{'' if summary['treatment']['arms'] else ', of one standard deviation of the dose'}. "
            f"For scale: {yardsticks}.",
        ]
    )


def _columns(summary: dict[str, Any]) -> str:
    facts = summary["confounders"]
    lines = ["## Columns", "", f"Confounders used: {', '.join(facts['used'])}."]
    lines += [f"- {name} was set aside: {reason}." for name, reason in facts["dropped"].items()]
    lines += [
        f"- {name} was empty in {n:,} rows: filled in, and the gap flagged."
        for name, n in facts["imputed_rows"].items()
    ]
    return "\n".join(lines)


def _scores(summary: dict[str, Any]) -> str:
    scores = summary["scores"]
    if scores is None:
        return ""
    return (
        f"## Against the truth given\n\nsqrt(PEHE) {scores['sqrt_pehe']:.3f}; 90% intervals hold the truth in "
        f"{scores['coverage_90']:.1%} of rows; average off by {scores['average_error']:.3f}. "
        "The truth was read only after everything above was fixed."
    )
