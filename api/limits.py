"""Limits: the operator's guardrails of compensation as a YAML file, with a version that every answer names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator

from api.errors import LimitsError
from api.schemas.compensation import ArmName, PairOfArms
from api.schemas.fields import Identifier, MoneyMinor, Shape
from data.incidents import ARMS, CompensationArm
from data.ingest.near_names import near_names
from data.strict_yaml import read_strict_yaml
from decision.compensation.guardrails import (
    CONSENT_TAGS,
    DEFAULT_GUARDRAILS,
    UNLIMITED_MINOR,
    Guardrails,
    misspelt_consent,
)
from decision.compensation.tag_names import nearest_read_tag
from decision.errors import QuestionError

SEE = "docs/api.md, Guardrails"
MAX_OPT_OUTS = 50
MAX_PAIRS = 20
MAX_OFFERS = 1_000
DIGEST_LENGTH = 12
MOST_TOLD = 5

Arms = Annotated[list[ArmName], Field(min_length=1, max_length=len(ARMS))]


class LimitsFile(Shape):
    """What the file may hold; only `version` must be there, what is left out limits as the default does."""

    version: Identifier
    most_offers_90d: Annotated[int, Field(ge=0, le=MAX_OFFERS)] = DEFAULT_GUARDRAILS.most_offers_90d
    most_spent_90d_minor: MoneyMinor = UNLIMITED_MINOR
    most_per_incident_minor: MoneyMinor = UNLIMITED_MINOR
    four_eyes_from_minor: MoneyMinor = UNLIMITED_MINOR
    opt_outs: Annotated[dict[Identifier, Arms], Field(max_length=MAX_OPT_OUTS)] = Field(default_factory=dict)
    combinations: Annotated[list[PairOfArms], Field(max_length=MAX_PAIRS)] | None = None

    @field_validator("opt_outs")
    @classmethod
    def _can_be_sent(cls, opt_outs: dict[str, list[CompensationArm]]) -> dict[str, list[CompensationArm]]:
        for name in filter(misspelt_consent, opt_outs):
            near, known = near_names(name, CONSENT_TAGS), ", ".join(CONSENT_TAGS)
            msg = f"requests may not send {name!r}{near}; use one of {known}, or a name that does not speak of consent"
            raise ValueError(msg)
        for name, meant in ((name, nearest_read_tag(name)) for name in opt_outs):
            if meant is not None:
                msg = f"requests may not send {name!r}, which is nearly {meant!r}; use a name unlike it"
                raise ValueError(msg)
        return opt_outs


@dataclass(frozen=True, slots=True)
class Limits:
    """Guardrails and what they are known by.

    Parameters
    ----------
    version : str
        The operator's own word for them.
    digest : str
        Of what they say, so that a file which was changed under an old version shows.
    pairs_allowed : bool
        Whether a request may name pairs of its own; where the file names pairs, only those.
    """

    version: str
    digest: str
    guardrails: Guardrails
    pairs_allowed: bool = True

    def with_pairs(self, asked: tuple[frozenset[CompensationArm], ...]) -> Guardrails:
        """The guardrails of one request: its pairs, as far as these limits know them."""
        return replace(self.guardrails, combinations=tuple(pair for pair in asked if self.allows(pair)))

    def misspelt_opt_outs(self, tags: Iterable[str]) -> dict[str, str]:
        """Tags that nearly name an opt-out of the operator's own, which nobody would read, each with that name."""
        own = [name for name, _ in self.guardrails.opt_outs]
        near = {tag: nearest_read_tag(tag, own) for tag in tags} if own else {}
        return {tag: name for tag, name in near.items() if name in own}

    def allows(self, pair: frozenset[CompensationArm]) -> bool:
        """Whether a request may name this pair."""
        return self.pairs_allowed or pair in self.guardrails.combinations


def read_limits(path: Path) -> Limits:
    """Read the operator's limits.

    Raises
    ------
    InputFileError
        If the file cannot be read or is not plain YAML.
    LimitsError
        If a limit is unknown, absent or out of bounds.
    """
    content = read_strict_yaml(path, see=SEE)
    try:
        return _limits_of(LimitsFile.model_validate(content))
    except ValidationError as error:
        raise LimitsError(_told(error, path)) from error
    except QuestionError as error:
        msg = f"{path}: {error}; see {SEE}"
        raise LimitsError(msg) from error


def _limits_of(said: LimitsFile) -> Limits:
    pairs = tuple(dict.fromkeys(frozenset(pair) for pair in said.combinations or ()))
    opt_outs = tuple((tag, frozenset(arms)) for tag, arms in sorted(said.opt_outs.items()))
    guardrails = Guardrails(
        said.most_offers_90d,
        said.most_spent_90d_minor,
        said.most_per_incident_minor,
        said.four_eyes_from_minor,
        opt_outs,
        pairs,
    )
    return Limits(said.version, _digest(said), guardrails, pairs_allowed=said.combinations is None)


def _digest(said: LimitsFile) -> str:
    text = json.dumps(said.model_dump(mode="json", exclude={"version"}), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def _told(error: ValidationError, path: Path) -> str:
    lines = []
    for problem in error.errors(include_url=False)[:MOST_TOLD]:
        field = ".".join(str(part) for part in problem["loc"]) or "the file"
        got = "" if problem["type"] == "missing" else f", got {problem['input']!r:.100}"
        # What looks like a number or a truth value is one in YAML.
        quoted = "; put it in quotes" if problem["type"] == "string_type" and _is_bare(problem["input"]) else ""
        said = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            said = f"is no limit that is read{near_names(field, LimitsFile.model_fields)}"
        lines.append(f"{path}: {field}: {said}{got}{quoted}; see {SEE}")
    return "\n".join(lines)


def _is_bare(value: object) -> bool:
    return isinstance(value, bool | int | float)


DEFAULT_LIMITS = _limits_of(LimitsFile(version="default"))
