"""The shipped mapping reads the public DataCo sample to its known values."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from data.history.dataset import OrderHistory
from data.ingest.history import ingest
from data.manifest import read_manifest

MAPPING = Path(__file__).parents[3] / "data" / "mappings" / "dataco.yaml"
PERSONAL = (
    "Customer Fname",
    "Customer Lname",
    "Customer Street",
    "Customer City",
    "Customer Email",
    "Latitude",
    "Longitude",
)
pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def folder(dataco: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dataco") / "history"
    ingest(dataco, MAPPING, out)
    return out


@pytest.fixture(scope="module")
def history(folder: Path) -> OrderHistory:
    return OrderHistory.load(folder)


@pytest.fixture(scope="module")
def items(history: OrderHistory) -> pd.DataFrame:
    """One row an order item, as the known values count them."""
    return history.order_lines.merge(history.orders, on="order_id", validate="many_to_one")


def test_every_item_and_order_arrives(history: OrderHistory) -> None:
    assert (len(history.order_lines), len(history.orders)) == (6_000, 5_743)


def test_mean_days_real_by_mode_are_the_known_ones(items: pd.DataFrame) -> None:
    days = items.groupby("service_level")["delivered_hours"].mean() / 24
    known = {"Same Day": 0.47, "First Class": 2.00, "Second Class": 3.95, "Standard Class": 4.05}
    assert days.to_dict() == pytest.approx(known, abs=0.005)


def test_late_risk_by_mode_is_the_known_one(items: pd.DataFrame) -> None:
    late = items["late"].astype(float).groupby(items["service_level"]).mean()
    known = {"Same Day": 0.44, "First Class": 0.94, "Second Class": 0.76, "Standard Class": 0.40}
    assert late.to_dict() == pytest.approx(known, abs=0.01)


def test_statuses_count_as_known(items: pd.DataFrame) -> None:
    assert items["status"].value_counts().to_dict() == {
        "Late delivery": 3_365,
        "Advance shipping": 1_290,
        "Shipping on time": 1_084,
        "Shipping canceled": 261,
    }
    assert int(items["cancelled"].sum()) == 261


def test_countries_become_codes_and_regions_lose_stray_blanks(history: OrderHistory) -> None:
    countries = set(history.orders["country"])
    assert {"US", "MX", "TR", "CD", "TW", "BH"} <= countries
    assert all(len(code) == 2 for code in countries)
    regions = set(history.orders["region"])
    assert {"South of USA", "West of USA", "US Center"} <= regions
    assert len(regions) == 23


def test_instants_agree_with_duckdbs_own_reading_of_the_file(dataco: Path, history: OrderHistory) -> None:
    with duckdb.connect() as connection:
        raw = connection.read_csv(str(dataco), all_varchar=True).df()
    raw = raw[["Order Id", "order date (DateOrders)"]].drop_duplicates().set_axis(["order_id", "written"], axis=1)
    read = raw.merge(history.orders[["order_id", "ordered_at"]], on="order_id")
    assert len(read) == 5_743
    expected = pd.to_datetime(read["written"], format="%m/%d/%Y %H:%M", utc=True)
    assert (read["ordered_at"] == expected).all()


def test_money_adds_up_to_the_cent(dataco: Path, history: OrderHistory) -> None:
    raw = pd.read_csv(dataco, usecols=["Order Item Total"])["Order Item Total"]
    assert int(history.orders["order_value_minor"].sum()) == int((raw * 100).round().sum())


def test_latin_1_bytes_give_the_same_orders_as_utf_8(dataco: Path, folder: Path, tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes(dataco.read_bytes().decode("utf-8").encode("latin-1", errors="strict"))
    of_latin = ingest(latin, MAPPING, tmp_path / "a")
    assert of_latin.source["encoding"] == "latin-1"
    assert read_manifest(folder)["source"]["encoding"] == "utf-8"
    assert any("utf-8 (byte" in note for note in of_latin.notes)
    pd.testing.assert_frame_equal(OrderHistory.load(tmp_path / "a").orders, OrderHistory.load(folder).orders)


def test_nothing_personal_is_in_any_output_file(dataco: Path, folder: Path) -> None:
    raw = pd.read_csv(dataco, dtype=str, keep_default_na=False)
    secrets = {text for column in PERSONAL for text in raw[column]}
    # A first name may also be a word of the report, a city also a country or region.
    public = {word for column in ("Order Country", "Order Region") for text in raw[column] for word in text.split()}
    for path in sorted(folder.iterdir()):
        found = _values_of(path) & (secrets - public)
        assert not found, f"{path.name} holds {sorted(found)[:5]}"


def test_customers_are_not_named_as_the_source_names_them(dataco: Path, history: OrderHistory) -> None:
    customers = history.orders["customer_id"]
    assert customers.nunique() == 4_680
    assert not set(customers) & set(pd.read_csv(dataco, dtype=str)["Customer Id"])


def test_every_column_is_read_personal_or_ignored(dataco: Path, folder: Path) -> None:
    quality = json.loads((folder / "quality.json").read_text(encoding="utf-8"))
    used = [name for use in ("read", "personal", "ignored") for name in quality[f"columns_{use}"]]
    assert sorted(used) == sorted(pd.read_csv(dataco, nrows=0).columns)


def test_ingesting_twice_writes_the_same_bytes(dataco: Path, folder: Path, tmp_path: Path) -> None:
    ingest(dataco, MAPPING, tmp_path / "again")
    assert (tmp_path / "again/manifest.json").read_bytes() == (folder / "manifest.json").read_bytes()
    assert read_manifest(folder)["resolution_hours"] == {"promised": 24.0, "delivered": 24.0}


def _values_of(path: Path) -> set[str]:
    """Every cell of a table as text, or every quoted or whole line of a text file."""
    if path.suffix == ".parquet":
        table = pd.read_parquet(path)
        return {str(value) for column in table for value in table[column].dropna().unique()}
    text = path.read_text(encoding="utf-8")
    return {part.strip(" -|,") for line in text.splitlines() for part in (line, *line.split('"'), *line.split("|"))}
