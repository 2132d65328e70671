"""A decision log keeps the rules that estimation relies on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from data.errors import ContractError, InputFileError
from data.incidents import ARMS
from data.network import Carrier, Lane, Network, Node, Region, ServiceLevel

DECIDED_AT = pd.Timestamp("2026-03-02T06:30:00Z").as_unit("us")

NETWORK = Network(
    currency="EUR",
    regions=(Region("north", 60.0, 10.0),),
    nodes=(Node("oslo", 59.9, 10.7, 500.0, 120), Node("bergen", 60.4, 5.3, 300.0, 120)),
    carriers=(Carrier("post", (18.0,), 200),),
    service_levels=(ServiceLevel("standard", 96.0),),
    lanes=(
        Lane("oslo", "north", "post", "standard", 40.0, 48.0, 400, 50, 0.3, 0.1),
        Lane("bergen", "north", "post", "standard", 310.0, 55.0, 600, 50, 0.6, 0.1),
    ),
)


def _tables() -> dict[str, pd.DataFrame]:
    orders = pd.DataFrame(
        {
            "order_id": ["o1", "o2"],
            "decided_at": DECIDED_AT,
            "promised_at": DECIDED_AT + pd.Timedelta(hours=96),
            "region": "north",
            "requested_service_level": "standard",
            "customer_id": ["c1", "c2"],
            "value_tier": "basic",
            "n_lines": 1,
            "n_units": 2,
            "max_line_quantity": 2,
            "order_value_minor": 5_000,
            "hazmat": False,
            "cold_chain": False,
            "behaviour_policy": "explore",
        }
    )
    candidates = pd.DataFrame(
        {
            "order_id": ["o2", "o2", "o1", "o1"],
            "candidate_id": ["oslo", "bergen", "oslo", "bergen"],
            "node_id": ["oslo", "bergen", "oslo", "bergen"],
            "carrier_id": "post",
            "service_level": "standard",
            "available_quantity": 20,
            "safety_stock": 5,
            "capacity_utilization": 0.7,
            "backlog_orders": 3,
            "cut_off_at": DECIDED_AT + pd.Timedelta(hours=11.5),
            "lead_time_hours": 48.0,
            "distance_km": 40.0,
            "freight_minor": 500,
            "handling_minor": 120,
            "carbon_kg": 0.5,
            "observed_at": DECIDED_AT - pd.Timedelta(minutes=15),
            "carrier_utilization": np.nan,
            "weather_severity": 0.1,
            "propensity": [0.75, 0.25, 0.5, 0.5],
            "is_chosen": [True, False, False, True],
            "is_default": [True, False, True, False],
        }
    )
    outcomes = pd.DataFrame(
        {
            "order_id": ["o2", "o1"],
            "shipped_at": DECIDED_AT + pd.Timedelta(hours=11.5),
            "delivered_at": DECIDED_AT + pd.Timedelta(hours=60),
            "lateness_hours": [0.0, 3.0],
            "late": [False, True],
            "stock_out": False,
            "cost_minor": 620,
            "carbon_kg": 0.5,
        }
    )
    incidents = pd.DataFrame(
        {
            "incident_id": ["i1"],
            "order_id": ["o1"],
            "customer_id": ["c1"],
            "occurred_at": DECIDED_AT + pd.Timedelta(hours=99),
            "incident_type": "late",
            "hours_late": 3.0,
            "order_value_minor": 5_000,
            "value_tier": "basic",
            "lateness_tolerance": 0.4,
            "n_past_orders": 3,
            "n_past_incidents": 0,
            "arm": "coupon",
            **{f"propensity_{arm.value}": 1 / len(ARMS) for arm in ARMS},
            "repurchase_90d": True,
            "churn_90d": False,
            "cost_minor": 500,
        }
    )
    return {"orders": orders, "candidates": candidates, "outcomes": outcomes, "incidents": incidents}


def test_tables_are_brought_into_the_order_of_the_orders() -> None:
    log = DecisionLog.checked(_tables(), NETWORK)
    assert log.candidates["order_id"].tolist() == ["o1", "o1", "o2", "o2"]
    assert log.outcomes["lateness_hours"].tolist() == [3.0, 0.0]


def test_a_saved_log_comes_back_equal(tmp_path: Path) -> None:
    log = DecisionLog.checked(_tables(), NETWORK)
    log.save(tmp_path / "log", {"seed": 1})
    again = DecisionLog.load(tmp_path / "log")
    pd.testing.assert_frame_equal(again.candidates, log.candidates)
    pd.testing.assert_frame_equal(again.orders, log.orders)
    assert again.network == NETWORK


def _cancelled(order_id: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "order_id": [order_id],
            "decided_at": DECIDED_AT,
            "cancelled_at": DECIDED_AT + pd.Timedelta(hours=2),
            "customer_id": "c3",
            "region": "north",
            "requested_service_level": "standard",
            "candidate_id": "oslo",
            "propensity": 0.5,
            "behaviour_policy": "explore",
        }
    )


def test_cancelled_orders_are_kept_apart_and_come_back(tmp_path: Path) -> None:
    log = DecisionLog.checked({**_tables(), "cancelled": _cancelled("o3")}, NETWORK)
    log.save(tmp_path / "log", {})
    again = DecisionLog.load(tmp_path / "log")
    assert again.cancelled is not None
    assert log.cancelled is not None
    pd.testing.assert_frame_equal(again.cancelled, log.cancelled)
    # What is learned from does not know of it.
    assert "o3" not in set(again.orders["order_id"]) | set(again.candidates["order_id"])
    DecisionLog.checked(_tables(), NETWORK).save(tmp_path / "log", {})
    assert DecisionLog.load(tmp_path / "log").cancelled is None


def test_an_order_is_fulfilled_or_cancelled_and_not_both() -> None:
    with pytest.raises(
        ContractError, match=r"table cancelled: 1 orders, such as 'o1', are among the fulfilled ones too"
    ):
        DecisionLog.checked({**_tables(), "cancelled": _cancelled("o1")}, NETWORK)


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    log = DecisionLog.checked(_tables(), NETWORK)
    log.save(tmp_path / "a", {"seed": 1})
    log.save(tmp_path / "b", {"seed": 1})
    assert (tmp_path / "a" / "manifest.json").read_bytes() == (tmp_path / "b" / "manifest.json").read_bytes()


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    DecisionLog.checked(_tables(), NETWORK).save(tmp_path / "log", {})
    (tmp_path / "log" / "outcomes.parquet").write_bytes(b"tampered")
    with pytest.raises(ContractError, match="changed since"):
        DecisionLog.load(tmp_path / "log")


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="no readable manifest"):
        DecisionLog.load(tmp_path)


def test_another_folder_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputFileError, match="was not written by routecause"):
        DecisionLog.checked(_tables(), NETWORK).save(tmp_path, {})
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("table", "column", "value", "complaint"),
    [
        ("candidates", "propensity", [0.5, 0.25, 0.5, 0.5], "do not sum to 1"),
        ("candidates", "propensity", [0.0, 1.0, 0.5, 0.5], "propensity 0"),
        ("candidates", "propensity", [1.5, -0.5, 0.5, 0.5], "propensity"),
        ("candidates", "is_chosen", [True, True, False, True], "exactly one row with is_chosen"),
        ("candidates", "is_default", [False, False, True, False], "exactly one row with is_default"),
        ("candidates", "candidate_id", ["oslo", "oslo", "oslo", "bergen"], "twice"),
        ("candidates", "order_id", ["o9", "o2", "o1", "o1"], "belong to no order"),
        ("candidates", "order_id", ["o1", "o1", "o1", "o1"], "have no candidate"),
        ("candidates", "distance_km", [-1.0, 1.0, 1.0, 1.0], "distance_km"),
        ("outcomes", "order_id", ["o2", "o9"], "lack an outcome"),
        ("outcomes", "lateness_hours", [np.nan, 1.0], "lateness_hours"),
        ("incidents", "arm", ["hug"], "arm"),
        ("orders", "order_id", ["o1", "o1"], "order_id"),
    ],
)
def test_a_broken_rule_is_named(table: str, column: str, value: list[object], complaint: str) -> None:
    tables = _tables()
    tables[table] = tables[table].assign(**{column: pd.Series(value)})
    with pytest.raises(ContractError, match=complaint):
        DecisionLog.checked(tables, NETWORK)


def test_a_missing_and_an_unknown_column_are_named() -> None:
    tables = _tables()
    tables["outcomes"] = tables["outcomes"].rename(columns={"late": "tardy"})
    with pytest.raises(ContractError, match=r"missing columns \['late'\], unknown columns \['tardy'\]"):
        DecisionLog.checked(tables, NETWORK)


def test_choice_sets_of_a_log_have_times_relative_to_the_decision() -> None:
    choices = ChoiceSets.of_log(DecisionLog.checked(_tables(), NETWORK))
    assert choices.n_orders == 2
    assert choices.offsets.tolist() == [0, 2, 4]
    assert choices.order_of_row.tolist() == [0, 0, 1, 1]
    assert choices.order["hour_of_day"].tolist() == [6.5, 6.5]
    assert choices.order["promise_hours"].tolist() == [96, 96]
    assert choices.candidate["hours_to_cut_off"].tolist() == [11.5] * 4
    assert choices.candidate["observation_age_hours"].tolist() == [0.25] * 4
    assert np.isnan(choices.candidate["carrier_utilization"]).all()
