"""The casebook: resolved incidents of a log as plain arrays, without anything that names a person.

Numbers are coarsened when the book is made, so that a case cannot be matched to an order by its exact value.
The words behind the codes travel with the book: one made before a new kind of incident was known still reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from data.orders import ValueTier
from decision.errors import ArtefactError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_CASES = 4_000
NUMBERS: tuple[str, ...] = (
    "hours_late",
    "order_value_minor",
    "lateness_tolerance",
    "n_past_orders",
    "n_past_incidents",
)
OUTCOMES: tuple[str, ...] = ("repurchase_90d", "churn_90d", "cost_minor")
GOODS: tuple[str, ...] = ("hazmat", "cold_chain")
# What is told by a word, and coded by its place in the book's list of words.
NAMES: tuple[str, ...] = ("incident_type", "value_tier", "node_id", "carrier_id", "arm")
TIERS: tuple[str, ...] = tuple(tier.value for tier in ValueTier)


@dataclass(frozen=True)
class Casebook:
    """Resolved incidents, newest last.

    Parameters
    ----------
    numbers : array of shape (n_cases, n_numbers)
        In the order of NUMBERS, coarsened.
    codes : array of int of shape (n_cases, n_names)
        In the order of NAMES, places in `words`; -1 where nobody knows.
    goods : array of int of shape (n_cases, n_goods)
        1 where a line of the order was such goods.
    outcomes : array of shape (n_cases, n_outcomes)
        In the order of OUTCOMES.
    words : dict of str to tuple of str
        By NAMES.
    """

    numbers: Floats
    codes: Integers
    goods: Integers
    outcomes: Floats
    words: dict[str, tuple[str, ...]]

    @property
    def n_cases(self) -> int:
        """How many cases there are."""
        return len(self.numbers)

    @classmethod
    def of_log(cls, log: DecisionLog, most: int = MOST_CASES) -> Self:
        """The newest resolved incidents of a log, with the node and carrier that the order had been given to."""
        incidents = log.incidents.sort_values(["occurred_at", "incident_id"], kind="stable").tail(most)
        chosen = log.candidates.loc[log.candidates["is_chosen"], ["order_id", "node_id", "carrier_id"]]
        table = incidents.merge(chosen, on="order_id", how="left", validate="many_to_one").merge(
            log.orders[["order_id", *GOODS]], on="order_id", how="left", validate="many_to_one"
        )
        words = {name: tuple(sorted(set(table[name].dropna()))) for name in NAMES} | {"value_tier": TIERS}
        return cls(
            numbers=_coarse(table[list(NUMBERS)].to_numpy(dtype=np.float64)),
            codes=np.column_stack([_coded(table[name], words[name]) for name in NAMES]),
            goods=np.column_stack([table[name].eq(True).to_numpy(dtype=np.int64) for name in GOODS]),
            outcomes=table[list(OUTCOMES)].to_numpy(dtype=np.float64),
            words=words,
        )

    def word(self, name: str, case: int) -> str | None:
        """What a case is called by a name; None where nobody knows."""
        code = self.codes[case, NAMES.index(name)]
        return self.words[name][code] if code >= 0 else None

    def code(self, name: str, word: str | None) -> int:
        """The code of a word; -1 where the book does not know it."""
        known = self.words[name]
        return known.index(word) if word in known else -1

    def to_part(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Arrays and plain facts from which `from_part` makes an equal book."""
        arrays = {name: getattr(self, name) for name in ("numbers", "codes", "goods", "outcomes")}
        facts = {"columns": _columns(), "words": {name: list(words) for name, words in self.words.items()}}
        return arrays, facts

    @classmethod
    def from_part(cls, arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> Self:
        """Rebuild a casebook.

        Raises
        ------
        ArtefactError
            If its columns are others, or its arrays do not belong together.
        """
        if facts.get("columns") != _columns():
            msg = f"casebook: its columns are {facts.get('columns')}, this version's are {_columns()}; train anew"
            raise ArtefactError(msg)
        try:
            words = {name: tuple(str(word) for word in facts["words"][name]) for name in NAMES}
            book = cls(arrays["numbers"], arrays["codes"], arrays["goods"], arrays["outcomes"], words)
        except (KeyError, TypeError) as error:
            msg = f"casebook: part missing or unreadable ({error}); publish the artefact anew"
            raise ArtefactError(msg) from error
        _require_sound(book)
        return book


def _columns() -> dict[str, list[str]]:
    return {"numbers": list(NUMBERS), "names": list(NAMES), "goods": list(GOODS), "outcomes": list(OUTCOMES)}


def _coarse(numbers: Floats) -> Floats:
    """Two significant digits: near enough to compare, too coarse to recognise an order."""
    return np.array([[float(f"{value:.2g}") for value in row] for row in numbers.tolist()]).reshape(numbers.shape)


def _coded(column: pd.Series, words: tuple[str, ...]) -> Integers:
    places = {word: place for place, word in enumerate(words)}
    return np.array([places.get(word, -1) for word in column], dtype=np.int64)


def _require_sound(book: Casebook) -> None:
    n_cases = len(book.numbers)
    shapes = {"numbers": len(NUMBERS), "codes": len(NAMES), "goods": len(GOODS), "outcomes": len(OUTCOMES)}
    wrong = [name for name, width in shapes.items() if getattr(book, name).shape != (n_cases, width)]
    limits = np.array([len(book.words[name]) for name in NAMES])
    if wrong or (book.codes < -1).any() or (book.codes >= limits).any() or book.codes.dtype.kind != "i":
        msg = f"casebook: {wrong or 'its codes'} do not fit its words; publish the artefact anew"
        raise ArtefactError(msg)
