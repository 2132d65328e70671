"""Worked examples for the terminal: what was asked, what the model says, how sure it is, and how to ask again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.table import Table

from data.decisions import CompensationRecommendation, Interval, RoutingRecommendation

if TYPE_CHECKING:
    from rich.console import Console

    from experiments.demo import DemoResult
    from experiments.examples import Example

N_RANKED = 4
N_DRIVERS = 3
PROMISES_PATH = "/v1/routing/promises"


def print_examples(console: Console, result: DemoResult, address: str) -> None:
    """Print the worked examples and the curl lines that repeat them once the service runs."""
    for title, example in (
        ("A routing question, answered without a person", result.routing),
        ("An ambiguous one, handed to a person", result.ambiguous),
        ("A compensation question", result.compensation),
    ):
        _print_example(console, title, example)
    console.print("[bold]Ask again, while the service runs:")
    asked = [(example.path, example.name) for example in (result.routing, result.ambiguous, result.compensation)]
    # A routing question is also a question when the order would be there.
    for path, name in (*asked, (PROMISES_PATH, result.routing.name)):
        body = shlex.quote(f"@{result.bodies[name]}")
        console.print(
            f"curl -s {address}{path} -H 'Content-Type: application/json' -d {body}",
            soft_wrap=True,
            markup=False,
            highlight=False,
        )
    console.print()


def _print_example(console: Console, title: str, example: Example) -> None:
    answer = example.answer
    console.print(f"[bold]{title}[/] ({example.body.get('order_id')})")
    console.print(_routing_table(answer) if isinstance(answer, RoutingRecommendation) else _arm_table(answer))
    console.print(_verdict(answer), markup=False, highlight=False)
    for driver in answer.drivers[:N_DRIVERS]:
        console.print(
            f"  {driver.feature}: {driver.recommended:,.2f} instead of {driver.current:,.2f} "
            f"is worth {driver.objective_minor:+,.1f}",
            markup=False,
            highlight=False,
        )
    console.print()


def _verdict(answer: RoutingRecommendation | CompensationRecommendation) -> str:
    reasons = ", ".join(reason.value for reason in answer.review_reasons)
    said = f"{answer.disposition.value}: {answer.recommended}" + (f" ({reasons})" if reasons else "")
    sure = answer.confidence
    if sure is None:
        return said
    return (
        f"{said}; near the best with {sure.p_near_best:.0%} (auto from {sure.threshold:.0%}), "
        f"better than the current choice with {sure.p_better_than_current:.0%}"
    )


def _routing_table(answer: RoutingRecommendation) -> Table:
    table = _table("candidate", "objective", "cost", "lateness, hours", "late")
    for item in answer.ranking[:N_RANKED]:
        effects = item.effects_vs_current
        name = f"{item.candidate_id} (current)" if item.candidate_id == answer.current_choice else item.candidate_id
        table.add_row(
            name,
            _shown(item.objective, ",.0f"),
            _shown(effects["cost_minor"], ",.0f"),
            _shown(effects["lateness_hours"], ",.1f"),
            _shown(effects["late_probability"], ".0%"),
        )
    table.caption = "effects against the current choice, with 90% intervals; money in minor units"
    return table


def _arm_table(answer: CompensationRecommendation) -> Table:
    table = _table("arm", "objective", "repurchase", "churn", "cost")
    for item in answer.ranking[:N_RANKED]:
        effects = item.effects_vs_none
        table.add_row(
            item.arm,
            _shown(item.objective, ",.0f"),
            _shown(effects["repurchase_probability"], ".0%"),
            _shown(effects["churn_probability"], ".0%"),
            _shown(effects["cost_minor"], ",.0f"),
        )
    table.caption = "effects against doing nothing, with 90% intervals; money in minor units"
    return table


def _table(*headings: str) -> Table:
    table = Table(caption_justify="left")
    for heading in headings:
        first = heading == headings[0]
        table.add_column(heading, justify="left" if first else "right", overflow="fold")
    return table


def _shown(interval: Interval, form: str) -> str:
    point, lower, upper = (format(value, f"+{form}") for value in (interval.point, interval.lower, interval.upper))
    return point if lower == upper else f"{point} \\[{lower}, {upper}]"
