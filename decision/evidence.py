"""What explains answers beside the models: the policy tree and the casebook, as optional parts of an artefact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from numpy.typing import NDArray

from decision.explanation.tree import PolicyTree
from decision.precedents.casebook import Casebook

Part = tuple[dict[str, NDArray[Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an artefact holds besides its models; None where it was made without."""

    tree: PolicyTree | None = None
    casebook: Casebook | None = None

    def to_parts(self) -> dict[str, Part]:
        """The parts under the names by which an artefact knows them."""
        parts = {}
        if self.tree is not None:
            parts["explanation"] = self.tree.to_part()
        if self.casebook is not None:
            parts["precedents"] = self.casebook.to_part()
        return parts

    @classmethod
    def from_parts(cls, parts: Mapping[str, Part]) -> Self:
        """Rebuild what is there.

        Raises
        ------
        ArtefactError
            If a part is there but cannot be right.
        """
        tree, casebook = parts.get("explanation"), parts.get("precedents")
        return cls(
            tree=None if tree is None else PolicyTree.from_part(*tree),
            casebook=None if casebook is None else Casebook.from_part(*casebook),
        )
