from __future__ import annotations

import math

import numpy as np
import pandas as pd

from experiments.whatif.recovery import changes_from, disrupted_from, recovery_hours, undisturbed
from simulator.scenario.loading import load_scenario


def _facts(on_time: dict[tuple[int, int], float], n_hours: int) -> pd.DataFrame:
    """Twenty orders an hour, of which the share given is on time; 90% where none is."""
    share = np.full(n_hours, 0.9)
    for (first, last), value in on_time.items():
        share[first:last] = value
    rank = np.tile(np.arange(20) / 20, n_hours)
    return pd.DataFrame(
        {
            "hours": np.repeat(np.arange(n_hours), 20) + np.tile(np.arange(20) / 20, n_hours),
            "on_time_share": (rank < np.repeat(share, 20)).astype(float),
        }
    )


def test_a_world_recovers_when_its_day_is_as_good_as_without() -> None:
    # Half of all orders are late for 12 hours; a window of 24 h forgets them 24 h later, less the tolerance's share.
    found = recovery_hours(_facts({(48, 60): 0.5}, 240), _facts({}, 240), 48.0)
    assert 28 <= found <= 36


def test_what_never_fell_recovers_at_once() -> None:
    assert recovery_hours(_facts({}, 200), _facts({}, 200), 48.0) == 0


def test_a_bad_day_that_would_have_come_anyway_is_no_trouble_of_the_disruption() -> None:
    monday = {(100, 124): 0.4}
    assert recovery_hours(_facts(monday, 200), _facts(monday, 200), 48.0) == 0


def test_a_run_that_ends_in_trouble_has_not_recovered() -> None:
    assert math.isinf(recovery_hours(_facts({(48, 200): 0.4}, 200), _facts({}, 200), 48.0))


def test_a_run_that_ends_before_the_disruption_says_nothing() -> None:
    assert math.isnan(recovery_hours(_facts({}, 40), _facts({}, 40), 48.0))


def test_the_undisturbed_world_keeps_what_does_not_pass() -> None:
    outage, tariff = load_scenario("node_outage"), load_scenario("tariff_change")
    assert disrupted_from(outage) == 8.0
    assert undisturbed(outage).disruptions == ()
    assert disrupted_from(undisturbed(outage)) is None
    assert disrupted_from(tariff) is None
    assert undisturbed(tariff).disruptions == tariff.disruptions
    assert changes_from(tariff) is not None
