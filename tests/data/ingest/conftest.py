"""Small histories and mappings to ingest."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

SHARED = Path(__file__).parents[4] / "shared" / "data"
DATACO = SHARED / "dataco_orders_sample.csv"
DATACO_MAPPING = Path(__file__).parents[3] / "data" / "mappings" / "dataco.yaml"

HEADER = "Order,Placed,Speed,Region,Line,Units,Value,Promise,Door,E-mail"
LINES = (
    "1,2024-03-01T09:00:00Z,fast,North,11,2,10.50,2,1.5,ann@example.org",
    "1,2024-03-01T09:00:00Z,fast,North,12,1,4.25,2,1.5,ann@example.org",
    "2,2024-03-02T10:30:00Z,slow,South,13,3,30.00,4,5,bob@example.org",
    "3,2024-03-03T23:00:00Z,slow,North,14,1,7.75,4,3,cleo@example.org",
)
PLAN: dict[str, Any] = {
    "version": 1,
    "source": {"name": "three orders"},
    "currency": {"code": "EUR"},
    "fields": {
        "order_id": {"column": "Order"},
        "ordered_at": {"column": "Placed"},
        "service_level": {"column": "Speed"},
        "region": {"column": "Region"},
        "order_line_id": {"column": "Line"},
        "quantity": {"column": "Units"},
        "line_value": {"column": "Value", "unit": "major"},
        "promised_hours": {"column": "Promise", "unit": "days"},
        "delivered_hours": {"column": "Door", "unit": "days"},
        "customer_id": {"column": "E-mail"},
    },
    "personal": ["E-mail"],
}

WriteHistory = Callable[..., Path]
WriteMapping = Callable[..., Path]


@pytest.fixture(scope="session")
def dataco() -> Path:
    if not DATACO.exists():
        pytest.skip(f"the public DataCo sample is not at {DATACO}; its known values go unchecked")
    return DATACO


@pytest.fixture
def write_history(tmp_path: Path) -> WriteHistory:
    """Write the small history, with some of its lines replaced (row 2 is the first) or other text altogether."""

    def write(changed: dict[int, str] | None = None, *, header: str = HEADER, name: str = "orders.csv") -> Path:
        lines = [header, *LINES]
        for row, text in (changed or {}).items():
            lines[row - 1 : row] = [text]
        path = tmp_path / name
        path.write_bytes(("\n".join(lines) + "\n").encode())
        return path

    return write


@pytest.fixture
def write_mapping(tmp_path: Path) -> WriteMapping:
    """Write the small history's mapping, with some fields or top-level keys replaced; None removes a key."""

    def write(fields: dict[str, Any] | None = None, **top: Any) -> Path:
        plan = copy.deepcopy(PLAN)
        for key, value in top.items():
            plan[key] = value
        for name, field in (fields or {}).items():
            plan["fields"][name] = field
        plan["fields"] = {name: field for name, field in plan["fields"].items() if field is not None}
        path = tmp_path / "mapping.yaml"
        path.write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
        return path

    return write
