"""Misnamed rules: hard rules that speak of no candidate, and look as if a name in them were misspelt.

A rule may stand for all orders and speak of none of this one's candidates. A misspelt one looks the same and
forbids nothing, so where a name is unknown and near a known one a person is asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.candidates import Candidate
from data.network import Network
from decision.constraints import Constraints, Match
from decision.spelling import one_letter_apart, words_of

# Shorter words are codes: "WH-A" is another house than "WH-B", not the same one misspelt. Longer ones nobody types.
SHORTEST_WORD, LONGEST_WORD = 4, 40

Names = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class MisnamedRule:
    """A name in a hard rule that no candidate has.

    Parameters
    ----------
    kind : str
        `forbidden` or `documents`, and the rule's place among those.
    member : str
        `node_id`, `carrier_id` or `service_level`.
    near : tuple of str
        Known names that it may stand for; empty where the network knows all candidates, and nothing like it.
    """

    kind: str
    place: int
    member: str
    name: str
    near: tuple[str, ...]


def misnamed_rules(
    constraints: Constraints, candidates: Sequence[Candidate], network: Network | None
) -> tuple[MisnamedRule, ...]:
    """The names in hard rules that nobody can have meant.

    Parameters
    ----------
    network : Network or None
        Where it knows every candidate, a name that it does not know is doubted, near to another or not.
    """
    kinds = {
        "forbidden": [match for match, _ in constraints.forbidden],
        "documents": [match for match, _ in constraints.required_documents],
    }
    idle = [
        (kind, place, match)
        for kind, matches in kinds.items()
        for place, match in enumerate(matches)
        if not any(match.covers(candidate) for candidate in candidates)
    ]
    if not idle:
        return ()
    offered, defined = _names_of(candidates), _names_in(network)
    all_known = network is not None and all(names <= defined[member] for member, names in offered.items())
    known = {member: offered[member] | defined[member] for member in offered}
    return tuple(
        MisnamedRule(kind, place, member, name, near)
        for kind, place, match in idle
        for member, name, near in _unknown(match, known)
        if near or all_known
    )


def misspelt(name: str, known: str) -> bool:
    """Whether one name is nearly the other: by its case, its marks, or a letter of a word that is no code.

    Examples
    --------
    >>> [misspelt(name, "node-paris") for name in ("node-pariss", "Node_Paris", "node-pairs", "node-lyon")]
    [True, True, True, False]
    >>> misspelt("WH-A", "WH-B"), misspelt("dc-west", "dc-east"), misspelt("node-1", "node-2")
    (False, False, False)
    >>> misspelt("storeA", "storeB"), misspelt("北京仓库一", "北京仓库二"), misspelt("münchen", "munchen")
    (False, False, True)
    """
    said, meant = words_of(name), words_of(known)
    if "".join(said) == "".join(meant):
        return name != known
    if len(said) != len(meant):
        said, meant = ("".join(said),), ("".join(meant),)
    differing = [pair for pair in zip(said, meant, strict=True) if pair[0] != pair[1]]
    return len(differing) == 1 and _nearly(*differing[0])


def _unknown(match: Match, known: Names) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for member, names in known.items():
        name = getattr(match, member)
        if name is not None and name not in names:
            yield member, name, tuple(sorted(other for other in names if misspelt(name, other)))


def _names_of(candidates: Sequence[Candidate]) -> Names:
    return {
        "node_id": frozenset(item.node_id for item in candidates),
        "carrier_id": frozenset(item.carrier_id for item in candidates),
        "service_level": frozenset(item.service_level for item in candidates),
    }


def _names_in(network: Network | None) -> Names:
    return {
        "node_id": frozenset(item.node_id for item in network.nodes) if network else frozenset(),
        "carrier_id": frozenset(item.carrier_id for item in network.carriers) if network else frozenset(),
        "service_level": frozenset(item.service_level for item in network.service_levels) if network else frozenset(),
    }


def _nearly(said: str, meant: str) -> bool:
    # A sign of a script without cases, such as a Chinese one, is a word of its own: another one is another name.
    spelt = all(unicodedata.category(letter) != "Lo" for letter in said + meant)
    return (
        spelt
        and min(len(said), len(meant)) >= SHORTEST_WORD
        and max(len(said), len(meant)) <= LONGEST_WORD
        and one_letter_apart(said, meant)
        and re.findall(r"\d", said) == re.findall(r"\d", meant)
    )
