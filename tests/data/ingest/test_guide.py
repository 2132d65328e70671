"""What the guide shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.history.dataset import OrderHistory
from data.ingest.field_mapping import FieldMapping
from data.ingest.fields import FIELDS
from data.ingest.file_shape import Currency, FileShape, Source, TimeShape
from data.ingest.history import ingest
from data.ingest.mapping import Mapping

GUIDE = (Path(__file__).parents[3] / "docs" / "bring-your-own-data.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, flags=re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def order(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "orders.csv").write_text(_block("csv"), encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(_block("yaml"), encoding="utf-8")
    ingest(tmp_path / "orders.csv", tmp_path / "mapping.yaml", tmp_path / "history")
    orders = OrderHistory.load(tmp_path / "history").orders
    return {str(name): value for name, value in orders.set_index("order_id").to_dict("index")["A-1001"].items()}


def test_the_example_reads_as_the_guide_says(order: dict[str, Any]) -> None:
    assert order["ordered_at"] == pd.Timestamp("2024-06-03T07:15Z")
    shown = ["order_value_minor", "promised_hours", "delivered_hours", "late", "customer_id"]
    assert [order[name] for name in shown] == [4480, 24.0, 26.75, False, "c1"]
    assert all(f"| `{name}` | " in GUIDE for name in shown)


def test_the_guide_names_every_field_and_key() -> None:
    written = {"value_map": "values"}
    keys = [*Mapping.model_fields, *FieldMapping.model_fields, *FIELDS]
    keys += [*Source.model_fields, *FileShape.model_fields, *TimeShape.model_fields, *Currency.model_fields]
    missing = [key for key in keys if not re.search(rf"\b{written.get(key, key)}\b", GUIDE)]
    assert not missing
