"""A node's health in words."""

from __future__ import annotations

from collections.abc import Iterator

from decision.explanation.wording import Wording, share
from decision.node_health import HealthSign, NodeHealth


def healthy_sentence(health: NodeHealth, wording: Wording) -> str:
    """The sentence on a node of which every sign is well."""
    told = {"clearing": health.clearing_hours, "cut_off": health.hours_to_cut_off}
    hours = {name: wording.amount(value, "hours") for name, value in told.items()}
    return wording.say("health.healthy", node=health.node_id, **hours)


def health_sentences(health: NodeHealth, wording: Wording) -> Iterator[str]:
    """One sentence for each sign that is not well."""
    for finding in health.findings:
        level = wording.name("health.level", finding.level.value)
        if finding.sign is HealthSign.LABOUR:
            told = {"value": share(finding.value), "threshold": share(finding.threshold)}
        elif finding.sign is HealthSign.BACKLOG:
            hours = wording.amount(health.clearing_hours, "hours")
            told = {
                "value": wording.say("unit.at_least", amount=hours) if health.capped else hours,
                "threshold": wording.amount(health.hours_to_cut_off, "hours"),
            }
        else:
            told = {name: wording.amount(getattr(finding, name), "ratio") for name in ("value", "threshold")}
        yield wording.say(f"health.{finding.sign.value}", node=health.node_id, level=level, **told)
