"""Tables of a training for the terminal: what the model gains over the rules, and what the gate said."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from experiments.gate import Outcome, Verdict
from experiments.intervals import Estimate
from experiments.policy_value import SimulatedGain
from experiments.study import Study

# How each outcome is shown: its name, the factor on its number, and the format.
SHOWN: dict[str, tuple[str, float, str]] = {
    "cost_minor": ("cost, minor units", 1, ",.1f"),
    "lateness_hours": ("lateness, hours", 1, ",.2f"),
    "late_probability": ("late, % of orders", 100, ".2f"),
    "stock_out_probability": ("stock-out, % of orders", 100, ".2f"),
    "damage_probability": ("lost or damaged, % of orders", 100, ".2f"),
    "carbon_kg": ("carbon, kg", 1, ".3f"),
    "repurchase_probability": ("repurchase, %", 100, ".2f"),
    "churn_probability": ("churn, %", 100, ".2f"),
}
HIGHER_IS_BETTER = frozenset({"repurchase_probability"})
COLOURS = {Outcome.PASSED: "green", Outcome.REFUSED: "red", Outcome.SKIPPED: "yellow"}


def gain_table(name: str, study: Study) -> Table:
    """One decision's gain over the rules, on decisions that the model had not seen; green is better beyond chance."""
    shown = name.capitalize()
    table = Table(title=f"{shown}: causal policy against the rules, on held-out decisions", title_justify="left")
    table.add_column("a decision, on average")
    for heading in ("rules", "causal", "difference", "95% interval"):
        table.add_column(heading, justify="right")
    if study.true is not None:
        check = study.true.check
        table.add_row(
            "objective, minor units",
            f"{check.rules_mean:,.1f}",
            f"{check.causal_mean:,.1f}",
            *_difference(check.difference, 1, ",.1f", sign=1),
            style="bold",
        )
        for term, change in study.true.changes.items():
            words, factor, form = SHOWN[term]
            means = (format(mean * factor, form) for mean in (change.rules, change.causal))
            sign = -1 if term in HIGHER_IS_BETTER else 1
            table.add_row(f"  {words}", *means, *_difference(change.difference, factor, form, sign=sign))
    table.add_row(
        "objective, by the log alone", "", "", *_difference(study.logged.difference, 1, ",.1f", sign=1), style="dim"
    )
    table.caption = caption(study)
    table.caption_justify = "left"
    return table


def caption(study: Study) -> str:
    """What stands below the table, in words."""
    if study.true is None:
        return (
            f"{study.logged.n_decisions:,} held-out decisions. No truth: intervals and confidence were not checked; "
            "the log alone (switch-DR) judges."
        )
    check = study.true.check
    sure = study.true.of_confidence
    accuracy = f", of which {sure.automatic_accuracy:.0%} near the best" if sure.automatic_share > 0 else ""
    basis = "" if study.true.redrawn is None else f" on {sure.n_decisions:,} of them, over redrawn futures"
    return (
        f"{check.n_decisions:,} held-out decisions in {check.n_clusters} blocks of time; judged by the simulator's "
        f"truth. {1 - check.regret_share:.0%} of what an oracle would gain; other choice than the rules' in "
        f"{check.changed_share:.0%}. Confidence{basis}: without a person {sure.automatic_share:.0%}{accuracy}; "
        f"90% intervals hold {sure.coverage:.0%}; off by {sure.ece_near_best:.1%} on average."
    )


def doubts_table(studies: Mapping[str, Study]) -> Table:
    """What each decision's log says against itself: overlap, hidden confounding, sensitivity."""
    table = Table(title="Evidence and doubts", title_justify="left")
    table.add_column("decision")
    table.add_column("what the log says")
    for name, study in studies.items():
        if study.learner:
            table.add_row(name, Text(f"learned by {study.learner}, from {study.n_training:,} decisions"))
        for sentence in study.doubts.sentences if study.doubts else ():
            table.add_row(name, Text(sentence))
        for item in study.value:
            table.add_row(name, Text(item.sentence(), style="" if item.borne_out else "yellow"))
    return table


def played_table(played: SimulatedGain) -> Table:
    """Both policies in whole worlds, where every decision reaches the orders after it."""
    table = Table(title="Routing and compensation, played in new worlds: difference to the rules", title_justify="left")
    table.add_column("an order, on average")
    for heading in ("difference", "95% interval"):
        table.add_column(heading, justify="right")
    table.add_row("objective, minor units", *_difference(played.loss, 1, ",.1f", sign=1), style="bold")
    table.add_row("  cost, minor units", *_difference(played.cost_minor, 1, ",.1f", sign=1))
    table.add_row("  on time, % of orders", *_difference(played.on_time_share, 100, ".2f", sign=-1))
    table.add_row("  carbon, kg", *_difference(played.carbon_kg, 1, ".3f", sign=1))
    table.caption = (
        f"{played.n_worlds} worlds of {played.n_orders:,} orders, each played by the rules and by the model, "
        "on the same demand and the same chance"
    )
    table.caption_justify = "left"
    return table


def gate_table(verdict: Verdict) -> Table:
    """Every check of the gate."""
    table = Table(title="Gate", title_justify="left")
    # Names are looked up in the documentation, so they are never cut; rules wrap instead.
    table.add_column("check", no_wrap=True)
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("rule")
    table.add_column("outcome", no_wrap=True)
    for check in verdict.checks:
        measured = "-" if check.value is None else f"{check.value:,.3g}"
        table.add_row(check.name, measured, check.bound, Text(check.outcome.value, style=COLOURS[check.outcome]))
    return table


def _difference(difference: Estimate, factor: float, form: str, *, sign: int) -> tuple[Text, str]:
    better = sign * difference.point < 0
    style = ("green" if better else "red") if difference.excludes_zero else ""
    signed = f"+{form}"
    lower, upper = (format(bound * factor, signed) for bound in (difference.lower, difference.upper))
    return Text(format(difference.point * factor, signed), style=style), f"[{lower}, {upper}]".replace("[", "\\[", 1)
