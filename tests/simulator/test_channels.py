"""Orders come through channels: each pair of region and channel is a stream, and each channel has its ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulator.channels import mean_lines
from simulator.demand import Demand, draw_demand
from simulator.errors import ScenarioValueError
from simulator.noise import Noise
from simulator.reference_policies import CheapestFromNearest, UniformCompensation
from simulator.run import simulate
from simulator.scenario.loading import scenario_hash
from simulator.scenario.schema import Scenario

Change = Callable[..., Scenario]
EVENINGS = [0.0] * 17 + [1.0] * 5 + [0.0] * 2
CHANNELS = [
    {"channel_id": "web", "demand_share": 3},
    {
        "channel_id": "stream",
        "demand_share": 1,
        "hour_profile": EVENINGS,
        "lines_per_order": [0, 0, 1],
        "value_factor": 0.5,
        "promise_factor": 0.75,
        "cancellation_factor": 4,
    },
]
SOLD = {
    "demand.channels": CHANNELS,
    "regions.2.channel_shares": {"stream": 1},
    "customers.cancellation": {"share": 0.1, "after_hours_quantiles": [1, 2]},
}


def drawn(scenario: Scenario, n_orders: int = 20_000) -> Demand:
    return draw_demand(scenario, Noise(31), n_orders)


def test_every_region_sells_through_every_channel_by_its_shares(changed: Change, small: Scenario) -> None:
    demand = drawn(changed(SOLD))
    of_regions = np.array([region.demand_share for region in small.regions])
    expected = of_regions[:, None] / of_regions.sum() * [0.75, 0.25]
    expected[2] = [0, expected[2].sum()]
    counted = np.bincount(demand.region * 2 + demand.channel, minlength=12)
    assert counted[4] == 0
    there = expected.ravel() > 0
    assert stats.chisquare(counted[there], 20_000 * expected.ravel()[there]).pvalue > 0.001


def test_a_channel_has_hours_lines_values_promises_and_second_thoughts_of_its_own(changed: Change) -> None:
    scenario = changed(SOLD)
    demand, streamed = drawn(scenario), drawn(scenario).channel == 1
    assert set((demand.placed_at_hours[streamed] % 24).astype(int)) == set(range(17, 22))
    assert set(demand.n_lines[streamed]) == {3}
    promised = demand.promised_at_hours - demand.placed_at_hours
    usual = np.array([level.promise_hours for level in scenario.service_levels])[demand.service_level]
    assert promised == pytest.approx(usual * np.where(streamed, 0.75, 1.0))
    halved = demand.value_minor[streamed].mean() / demand.value_minor[~streamed].mean()
    assert halved == pytest.approx(0.5, rel=0.05)
    asks = np.isfinite(demand.cancel_at_hours)
    assert asks[streamed].mean() == pytest.approx(0.4, abs=0.02)
    assert asks[~streamed].mean() == pytest.approx(0.1, abs=0.01)
    assert demand.n_lines.mean() == pytest.approx(mean_lines(scenario), rel=0.02)


def test_channels_that_differ_in_nothing_change_no_order(changed: Change, small: Scenario) -> None:
    one = changed({"demand.channels": [{"channel_id": "all"}]})
    runs = [simulate(it, CheapestFromNearest(), UniformCompensation(), n_orders=400, seed=3) for it in (small, one)]
    assert runs[0].digest() == runs[1].digest()
    assert scenario_hash(one) != scenario_hash(small)
    two = drawn(changed({"demand.channels": [{"channel_id": "a"}, {"channel_id": "b"}]}), 2_000)
    plain = drawn(small, 2_000)
    for field in fields(Demand):
        if field.name not in {"channel", "placed_at_hours", "promised_at_hours"}:
            assert np.array_equal(getattr(two, field.name), getattr(plain, field.name)), field.name
    # Rates are summed in another order, so times may differ in the last bit.
    assert two.placed_at_hours == pytest.approx(plain.placed_at_hours, abs=1e-9)


def test_a_spike_lifts_the_channels_it_names_and_no_other(changed: Change) -> None:
    spike = {"kind": "demand_spike", "multiplier": 6, "regions": ["west"], "channels": ["stream"]}
    spell = {"starts_at": 17, "ends_at": 22, "hot_articles": [90], "hot_share": 1.0}
    calm, spiked = (drawn(changed({**SOLD, "disruptions": them}), 4_000) for them in ([], [{**spike, **spell}]))
    counts = [
        [int(((it.placed_at_hours < 24) & (it.region == 1) & (it.channel == channel)).sum()) for channel in (0, 1)]
        for it in (calm, spiked)
    ]
    assert counts[1][1] > 4.5 * counts[0][1]
    assert abs(counts[1][0] - counts[0][0]) < 4 * counts[0][0] ** 0.5
    first_sku = spiked.line_sku[spiked.line_start[:-1]]
    named = (
        (spiked.region == 1) & (spiked.channel == 1) & (spiked.placed_at_hours >= 17) & (spiked.placed_at_hours < 22)
    )
    assert set(first_sku[named]) == {89}
    assert (first_sku[~named] == 89).mean() < 0.05


def test_the_log_names_the_channel_where_there_are_channels(changed: Change, small: Scenario) -> None:
    run = simulate(changed(SOLD), CheapestFromNearest(), UniformCompensation(), n_orders=300, seed=3)
    names = np.array(["web", "stream"])[run.stage.demand.channel][run.fulfilled_orders()]
    assert run.decision_log().orders["channel"].tolist() == names.tolist()
    plain = simulate(small, CheapestFromNearest(), UniformCompensation(), n_orders=50, seed=3)
    assert "channel" not in plain.decision_log().orders


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"demand.channels": []}, "demand.channels"),
        ({"demand.channels": [{"channel_id": "a"}, {"channel_id": "a"}]}, "channel_id 'a' comes twice"),
        ({"demand.channels": [{"channel_id": "a", "demand_share": 0}]}, "every demand_share of demand.channels is 0"),
        ({"demand.channels": [{"channel_id": "a", "value_factor": 0}]}, "value_factor"),
        ({"demand.channels": [{"channel_id": "a", "promise_factor": float("nan")}]}, "promise_factor"),
        (
            {"regions.0.channel_shares": {"web": 1}},
            "region 'north': channel_shares are given, but demand.channels names",
        ),
        (
            {"demand.channels": CHANNELS, "regions.0.channel_shares": {"wep": 1}},
            "'wep' is none of demand.channels, which are .*; did you mean 'web'",
        ),
        ({"demand.channels": CHANNELS, "regions.0.channel_shares": {"web": 0}}, "every share is 0"),
        (
            {
                "demand.channels": CHANNELS,
                "disruptions": [
                    {"kind": "demand_spike", "multiplier": 2, "channels": ["wep"], "starts_at": 1, "ends_at": 2}
                ],
            },
            "channels 'wep' is not in the scenario; known are .*web.*; did you mean 'web'",
        ),
    ],
)
def test_channels_that_cannot_be_are_refused(changed: Change, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ScenarioValueError, match=complaint):
        changed(changes)
