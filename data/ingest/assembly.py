"""Assembly: rows of typed fields into orders and order lines, refusing rows that contradict each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.ingest.faults import FaultList
from data.ingest.fields import FIELDS, MILESTONES
from data.ingest.mapping import Mapping


def derive_durations(rows: pd.DataFrame, columns: dict[str, str], faults: FaultList) -> None:
    """Fill hours from instants and the delivery's instant from hours; an instant before the order is a fault.

    Parameters
    ----------
    rows : DataFrame
        Typed fields, changed in place; its index is the row number.
    columns : dict of str to str
        The file's column of each field, for messages.
    """
    for milestone in MILESTONES:
        instant, hours = f"{milestone}_at", f"{milestone}_hours"
        if instant not in rows:
            continue
        passed = (rows[instant] - rows["ordered_at"]).dt.total_seconds() / 3600
        early = passed.index[(passed < 0).to_numpy()]
        faults.add(early.to_numpy(), columns.get(instant, instant), "is before the order's own instant")
        if hours not in rows:
            rows[hours] = passed.where(passed >= 0)
    if "delivered_at" not in rows and "delivered_hours" in rows:
        whole = pd.to_timedelta(rows["delivered_hours"] * 3600, unit="s").dt.round("us")
        rows["delivered_at"] = (rows["ordered_at"] + whole).astype("datetime64[us, UTC]")


def refuse_repeats(rows: pd.DataFrame, mapping: Mapping, faults: FaultList) -> None:
    """Mark the second and later rows with an identifier that may come once."""
    once = "order_id" if mapping.rows == "order" else "order_line_id"
    if once not in rows:
        return
    again = rows.index[(rows[once].duplicated() & rows[once].notna()).to_numpy()]
    faults.add(again.to_numpy(), mapping.columns.get(once, once), "was used by an earlier row; it may come once")


def refuse_contradictions(rows: pd.DataFrame, mapping: Mapping, faults: FaultList) -> None:
    """Mark rows that say of their order something else than its first row does."""
    first_of = rows.groupby("order_id", sort=False)
    for name, field in FIELDS.items():
        if field.of_line or name == "order_id" or name not in rows:
            continue
        first = first_of[name].transform("first")
        # A blank contradicts nothing.
        differs = (rows[name] != first).fillna(value=False).to_numpy(dtype=bool) & rows[name].notna().to_numpy()
        column = mapping.columns.get(name, name)
        faults.add(rows.index[differs].to_numpy(), column, "differs from an earlier row of the same order")


def orders_of(rows: pd.DataFrame, mapping: Mapping, late_after_hours: float) -> pd.DataFrame:
    """One row an order, in order of `ordered_at` and then of appearance, with totals over its lines.

    Parameters
    ----------
    late_after_hours : float
        Lateness that is within the precision of the history's durations, and so is none.
    """
    grouped = rows.groupby("order_id", sort=False)
    of_order = [name for name, field in FIELDS.items() if not field.of_line and name in rows and name != "order_id"]
    orders = grouped[of_order].first().reset_index()
    if mapping.rows == "order_line":
        orders["n_lines"] = grouped.size().to_numpy()
        orders["n_units"] = _total(rows, "quantity")
        orders["order_value_minor"] = _total(rows, "line_value_minor")
    else:
        orders["order_value_minor"] = orders.get("order_value", pd.NA)
    orders["late"] = _late(orders, late_after_hours)
    orders["currency"] = mapping.currency.code if mapping.currency else None
    return orders.sort_values("ordered_at", kind="stable", ignore_index=True)


def lines_of(rows: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """One row an order line, in the file's order; a line without an identifier gets its order's and a number."""
    if mapping.rows == "order":
        return pd.DataFrame({"order_id": pd.Series(dtype="str"), "order_line_id": pd.Series(dtype="str")})
    lines = rows[["order_id", *(name for name in _LINE_COLUMNS if name in rows)]].reset_index(drop=True)
    number = lines.groupby("order_id", sort=False).cumcount() + 1
    numbered = lines["order_id"] + "/" + number.astype("str")
    lines["order_line_id"] = lines["order_line_id"].fillna(numbered) if "order_line_id" in lines else numbered
    return lines


def lateness_hours(orders: pd.DataFrame) -> pd.Series:
    """From promise to delivery; negative where it was early, missing where either is."""
    return orders["delivered_hours"] - orders["promised_hours"]


def line_values(rows: pd.DataFrame) -> pd.Series | None:
    """Value of each line in minor units, given or quantity times price; None where the history has neither."""
    if "line_value" in rows:
        return rows["line_value"]
    if "unit_value" in rows:
        return rows["unit_value"] * rows["quantity"]
    return None


_LINE_COLUMNS = ("order_line_id", "sku", "quantity", "line_value_minor")


def _total(rows: pd.DataFrame, column: str) -> pd.Series | None:
    """Sum by order; missing where any line's is."""
    if column not in rows:
        return None
    grouped = rows.groupby("order_id", sort=False)[column]
    return grouped.sum().where(grouped.count() == grouped.size()).reset_index(drop=True)


def _late(orders: pd.DataFrame, late_after_hours: float) -> pd.Series:
    """As stated, else whether it was delivered after the promise; missing where nobody can know."""
    stated = orders["late"] if "late" in orders else pd.Series(pd.NA, index=orders.index, dtype="boolean")
    if not {"promised_hours", "delivered_hours"} <= set(orders):
        return stated
    known = (orders["promised_hours"].notna() & orders["delivered_hours"].notna()).to_numpy(dtype=bool)
    derived = (lateness_hours(orders) > late_after_hours).astype("boolean").where(known)
    return stated.astype("boolean").fillna(derived.where(~_cancelled(orders)))


def _cancelled(orders: pd.DataFrame) -> np.ndarray:
    if "cancelled" not in orders:
        return np.zeros(len(orders), dtype=bool)
    return orders["cancelled"].fillna(value=False).to_numpy(dtype=bool)
