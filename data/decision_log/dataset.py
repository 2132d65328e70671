"""A decision log as one value: its tables, the network they speak of, and the rules that join them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.decision_log.schema import CANCELLED, PROPENSITY_TOLERANCE, SCHEMAS, validated
from data.errors import ContractError
from data.manifest import read_manifest_of, whole_folder, write_manifest
from data.network import Network

LOG_KIND = "decision_log"
NETWORK_NAME = "network.json"
CANCELLED_NAME = "cancelled.parquet"


@dataclass(frozen=True)
class DecisionLog:
    """The tables of `data.decision_log.schema`, checked against each other.

    What is learned from are the four tables of orders that were fulfilled; `cancelled` is None where none was.
    Candidates are sorted as the orders are, and an order's candidates stand together.
    Build one with `DecisionLog.checked` or `DecisionLog.load`.
    """

    orders: pd.DataFrame
    candidates: pd.DataFrame
    outcomes: pd.DataFrame
    incidents: pd.DataFrame
    network: Network
    cancelled: pd.DataFrame | None = None

    @classmethod
    def checked(cls, tables: dict[str, pd.DataFrame], network: Network) -> DecisionLog:
        """Validate each table and the rules between them; a table `cancelled` may be given too.

        Raises
        ------
        ContractError
            Saying which table, column or order breaks which rule.
        """
        checked = {name: validated(tables[name], schema) for name, schema in SCHEMAS.items()}
        candidates = _grouped_like(checked["orders"], checked["candidates"])
        _require_one_choice(candidates)
        outcomes = _aligned(checked["orders"], checked["outcomes"])
        cancelled = _cancelled(checked["orders"], tables.get("cancelled"))
        return cls(checked["orders"], candidates, outcomes, checked["incidents"], network, cancelled)

    def save(self, folder: Path, facts: dict[str, Any]) -> None:
        """Write tables, network and manifest into a folder, whole or not at all."""
        with whole_folder(folder) as scratch:
            for name in SCHEMAS:
                getattr(self, name).to_parquet(scratch / f"{name}.parquet", index=False)
            if self.cancelled is not None:
                self.cancelled.to_parquet(scratch / CANCELLED_NAME, index=False)
            self.network.save(scratch / NETWORK_NAME)
            write_manifest(scratch, {"kind": LOG_KIND, **facts})

    @classmethod
    def load(cls, folder: Path) -> DecisionLog:
        """Read a folder that `save` wrote, verifying every hash and rule.

        Raises
        ------
        InputFileError
            If the folder holds no decision log.
        ContractError
            If a file or a rule is broken.
        """
        read_manifest_of(folder, LOG_KIND, "a decision log; make one with `routecause simulate`")
        tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in SCHEMAS}
        if (folder / CANCELLED_NAME).exists():
            tables["cancelled"] = pd.read_parquet(folder / CANCELLED_NAME)
        return cls.checked(tables, Network.load(folder / NETWORK_NAME))

    def candidate_offsets(self) -> np.ndarray:
        """Where each order's candidates start, and the end: shape (n_orders + 1,)."""
        sizes = self.candidates.groupby("order_id", sort=False).size().to_numpy()
        return np.concatenate(([0], np.cumsum(sizes)))


def _grouped_like(orders: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    position = pd.Series(np.arange(len(orders)), index=orders["order_id"])
    place = candidates["order_id"].map(position)
    if place.isna().any():
        msg = f"table candidates: {int(place.isna().sum())} rows belong to no order; drop them or add the orders"
        raise ContractError(msg)
    bare = len(orders) - place.nunique()
    if bare:
        msg = f"table candidates: {bare} orders have no candidate; log the whole candidate set of every order"
        raise ContractError(msg)
    return candidates.iloc[np.argsort(place.to_numpy(), kind="stable")].reset_index(drop=True)


def _require_one_choice(candidates: pd.DataFrame) -> None:
    by_order = candidates.groupby("order_id", sort=False)
    for flag in ("is_chosen", "is_default"):
        wrong = int((by_order[flag].sum() != 1).sum())
        if wrong:
            msg = f"table candidates: {wrong} orders do not have exactly one row with {flag}"
            raise ContractError(msg)
    off = int(((by_order["propensity"].sum() - 1).abs() > PROPENSITY_TOLERANCE).sum())
    if off:
        msg = (
            f"table candidates: in {off} orders the propensities do not sum to 1; log the propensity of every candidate"
        )
        raise ContractError(msg)
    impossible = int((candidates["is_chosen"] & (candidates["propensity"] <= 0)).sum())
    if impossible:
        msg = f"table candidates: {impossible} chosen candidates have propensity 0; a choice that was made was possible"
        raise ContractError(msg)
    repeated = int(candidates.duplicated(["order_id", "candidate_id"]).sum())
    if repeated:
        msg = f"table candidates: {repeated} candidate identifiers come twice within one order"
        raise ContractError(msg)


def _cancelled(orders: pd.DataFrame, cancelled: pd.DataFrame | None) -> pd.DataFrame | None:
    if cancelled is None or not len(cancelled):
        return None
    checked = validated(cancelled, CANCELLED)
    both = checked.loc[checked["order_id"].isin(orders["order_id"]), "order_id"]
    if len(both):
        msg = (
            f"table cancelled: {len(both)} orders, such as {both.iloc[0]!r}, are among the fulfilled ones too; "
            f"an order that was cancelled has no outcome: keep it in one table"
        )
        raise ContractError(msg)
    return checked


def _aligned(orders: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    indexed = outcomes.set_index("order_id")
    missing = ~orders["order_id"].isin(indexed.index)
    if missing.any() or len(outcomes) != len(orders):
        counts = f"{len(outcomes)} rows for {len(orders)} orders"
        msg = f"table outcomes: {int(missing.sum())} orders lack an outcome, {counts}; log one outcome an order"
        raise ContractError(msg)
    return indexed.loc[orders["order_id"]].reset_index()
