"""Confounders become numbers, and one that says nothing is set aside with its reason."""

from __future__ import annotations

import numpy as np
import pandas as pd

from decision.table.columns import encoded_confounders


def test_useless_columns_are_set_aside_and_gaps_are_flagged(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(order_id=[f"K{row}" for row in range(240)], one=1, line=np.arange(240))
    table["idle"] = table["idle"].where(np.arange(240) % 10 > 0)
    names = ["severity", "idle", "kind", "order_id", "one", "line"]
    encoded = encoded_confounders(table, names)
    assert set(encoded.dropped) == {"order_id", "one", "line"}
    assert encoded.imputed == {"idle": 24}
    assert encoded.sources == ("severity", "idle", "idle", "kind")
    assert np.isfinite(encoded.matrix).all()


def test_many_levels_are_gathered(planted) -> None:  # type: ignore[no-untyped-def]
    towns = [f"town {row % 90}" if row % 2 else "capital" for row in range(240)]
    encoded = encoded_confounders(planted.table.assign(town=towns), ["town"])
    assert encoded.matrix.shape[1] <= 31


def test_dates_are_read_alike_from_text_and_from_parquet(planted) -> None:  # type: ignore[no-untyped-def]
    days = pd.Series(pd.date_range("2024-01-01", periods=240).to_numpy()).sample(frac=1, random_state=1)
    days = days.reset_index(drop=True)
    for written in (days.dt.strftime("%Y-%m-%d"), days.dt.strftime("%Y-%m-%dT%H:%M:%SZ")):
        gap = np.arange(240) == 5
        said = encoded_confounders(planted.table.assign(day=written.mask(gap)), ["day"])
        meant = encoded_confounders(planted.table.assign(day=days.mask(gap)), ["day"])
        assert np.array_equal(said.matrix, meant.matrix)
        assert said.imputed == {"day": 1}
    unreal = encoded_confounders(planted.table.assign(day=["2024-02-30", "2024-02-31"] * 120), ["day"])
    assert unreal.matrix.shape[1] == 1
