from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from data.candidates import Candidate
from decision.node_health import (
    HealthLevel,
    HealthSign,
    NodeReport,
    assess_node,
    backlog_cover,
    peak_coefficient,
)

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def at_load(load: float) -> Candidate:
    return Candidate("n|c|s", "n", "c", "s", 9, 1, load, 40, NOW + timedelta(hours=4), 30.0, 20.0, 650, 0.4, NOW)


def test_a_node_within_its_means_is_healthy() -> None:
    health = assess_node(at_load(0.8), 4.0, NodeReport(1.0, 100, 100))
    assert (health.level, health.findings) == (HealthLevel.HEALTHY, ())
    assert (health.peak_coefficient, health.backlog_cover) == (1.0, 0.8)
    assert health.clearing_hours == pytest.approx(3.2)


def test_tired_people_turn_a_bearable_load_into_one_that_outlasts_the_cut_off() -> None:
    assert assess_node(at_load(0.9), 4.0, NodeReport()).level is HealthLevel.HEALTHY
    tired = assess_node(at_load(0.9), 4.0, NodeReport(labour_efficiency=0.75))
    assert tired.backlog_cover == pytest.approx(1.2)
    assert tired.clearing_hours > tired.hours_to_cut_off
    assert {item.sign for item in tired.findings} == {HealthSign.LABOUR, HealthSign.BACKLOG}


@pytest.mark.parametrize(
    ("load", "report", "level", "sign"),
    [
        (0.5, NodeReport(None, 160, 100), HealthLevel.STRAINED, HealthSign.PEAK),
        (0.5, NodeReport(None, 260, 100), HealthLevel.CRITICAL, HealthSign.PEAK),
        (0.1, NodeReport(0.79), HealthLevel.STRAINED, HealthSign.LABOUR),
        (0.1, NodeReport(0.6), HealthLevel.CRITICAL, HealthSign.LABOUR),
        (1.3, NodeReport(), HealthLevel.STRAINED, HealthSign.BACKLOG),
        (1.6, NodeReport(), HealthLevel.CRITICAL, HealthSign.BACKLOG),
    ],
)
def test_each_sign_has_a_threshold_of_strain_and_one_of_crisis(
    load: float, report: NodeReport, level: HealthLevel, sign: HealthSign
) -> None:
    health = assess_node(at_load(load), 4.0, report)
    assert health.level is level
    assert [(item.sign, item.level) for item in health.findings] == [(sign, level)]


def test_a_node_is_as_healthy_as_its_worst_sign() -> None:
    health = assess_node(at_load(1.1), 4.0, NodeReport(1.0, 300, 100))
    assert health.level is HealthLevel.CRITICAL
    assert {item.level for item in health.findings} == {HealthLevel.STRAINED, HealthLevel.CRITICAL}


def test_a_threshold_itself_is_not_yet_passed() -> None:
    assert assess_node(at_load(1.0), 4.0, NodeReport(0.8 / 0.8, 150, 100)).level is HealthLevel.HEALTHY


def test_what_is_not_reported_is_not_judged() -> None:
    assert peak_coefficient(NodeReport(orders_last_hour=5)) is None
    assert peak_coefficient(NodeReport(orders_last_hour=5, usual_orders_per_hour=0)) is None
    assert backlog_cover(0.7, None) == 0.7
    # Nobody present is told by the load, which then knows no bound; dividing by nothing would say less.
    assert backlog_cover(0.7, 0.0) == 0.7


def test_worse_observations_never_make_a_node_healthier() -> None:
    levels = list(HealthLevel)
    for worse, better in ((0.5, 0.6), (0.6, 0.7), (0.7, 0.9), (0.9, 1.0)):
        for load in (0.3, 0.9, 1.4):
            low = assess_node(at_load(load), 4.0, NodeReport(worse)).level
            high = assess_node(at_load(load), 4.0, NodeReport(better)).level
            assert levels.index(low) >= levels.index(high)
