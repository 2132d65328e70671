"""An order history as one value, read back from the folder that ingestion wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.decision_log.schema import validated
from data.history.schema import ORDER_LINES, ORDERS
from data.manifest import read_manifest_of

HISTORY_KIND = "order_history"


@dataclass(frozen=True)
class OrderHistory:
    """Orders and their lines, with what is known of where they came from.

    Parameters
    ----------
    facts : dict
        The folder's manifest: source, hashes, counts, and `resolution_hours` of each duration.
    """

    orders: pd.DataFrame
    order_lines: pd.DataFrame
    facts: dict[str, Any]

    @classmethod
    def load(cls, folder: Path) -> OrderHistory:
        """Read an ingested folder, verifying every hash and rule.

        Raises
        ------
        InputFileError
            If the folder holds no order history.
        ContractError
            If a file was changed or does not fit its schema.
        """
        facts = read_manifest_of(folder, HISTORY_KIND, "an order history; make one with `routecause ingest`")
        return cls(
            orders=validated(pd.read_parquet(folder / "orders.parquet"), ORDERS),
            order_lines=validated(pd.read_parquet(folder / "order_lines.parquet"), ORDER_LINES),
            facts=facts,
        )

    def resolution_hours(self, milestone: str) -> float:
        """How coarsely the history states the duration to a milestone: 24 for whole days, 0 for exact."""
        return float(self.facts.get("resolution_hours", {}).get(milestone, 0.0))
