"""Wording: sentences of one language, from templates that are data, and numbers with their units.

One file a language, `templates/<language>.json`, all with the same keys and the same fields; a test holds them to it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from decision.errors import QuestionError

LANGUAGES: tuple[str, ...] = ("en", "zh")
# Currencies whose minor unit is not a hundredth (ISO 4217).
_EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3, "JOD": 3}
_USUAL_EXPONENT = 2
# Units of which there are no fractions, unless the number is one.
_COUNTED = frozenset({"units", "orders"})


@dataclass(frozen=True)
class Wording:
    """What is said in one language.

    Parameters
    ----------
    currency : str or None
        ISO 4217 code of the amounts; None leaves them in minor units.
    """

    language: str
    templates: dict[str, str]
    currency: str | None = None

    @classmethod
    def of(cls, language: str, currency: str | None = None) -> Wording:
        """The wording of a language.

        Raises
        ------
        QuestionError
            If there are no templates for it.
        """
        return cls(language, templates_of(language), currency)

    def say(self, key: str, **values: str) -> str:
        """The sentence under a key, with its fields filled."""
        return self.templates[key].format(**values)

    def knows(self, key: str) -> bool:
        """Whether there is a sentence under a key."""
        return key in self.templates

    def name(self, kind: str, name: str) -> str:
        """What something is called; its plain name where the language has no word for it."""
        return self.templates.get(f"{kind}.{name}", name)

    def amount(self, value: float, unit: str, *, signed: bool = False) -> str:
        """A number with its unit: `money` (minor units in), `share` and `percent` (of 1), or one of the templates'."""
        key = self._unit_key(unit)
        # One of a thing is told in the singular, where the language has one.
        key = f"{key}.one" if unit in _COUNTED and abs(value) == 1 and self.knows(f"{key}.one") else key
        return self.templates[key].format(value=self.figure(value, unit, signed=signed), currency=self.currency)

    def figure(self, value: float, unit: str, *, signed: bool = False) -> str:
        """The number alone, as `amount` shows it: for the bounds of an interval, whose point tells the unit."""
        if unit == "money":
            exponent = _EXPONENTS.get(self.currency, _USUAL_EXPONENT) if self.currency else 0
            return _fixed(value / 10**exponent, exponent, signed=signed)
        if unit == "percent":
            return _fixed(100 * value, 1, signed=signed).removesuffix(".0")
        if unit in _COUNTED and value == int(value):
            return _fixed(value, 0, signed=signed)
        return _number(100 * value if unit == "share" else value, signed=signed)

    def _unit_key(self, unit: str) -> str:
        if unit == "money":
            return "unit.minor" if self.currency is None else "unit.currency"
        return "unit.percentage_points" if unit == "share" else f"unit.{unit}"


def share(value: float) -> str:
    """A probability or share in per cent.

    Examples
    --------
    >>> share(0.783)
    '78%'
    """
    return f"{value:.0%}"


def sentence_case(text: str) -> str:
    """The text with a capital at its beginning, in scripts that have capitals."""
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=len(LANGUAGES))
def templates_of(language: str) -> dict[str, str]:
    """The templates of a language by key.

    Raises
    ------
    QuestionError
        If there are none.
    """
    if language not in LANGUAGES:
        msg = f"no templates for the language {language!r}; ask for one of {', '.join(LANGUAGES)}"
        raise QuestionError(msg)
    text = (files("decision.explanation") / "templates" / f"{language}.json").read_text(encoding="utf-8")
    templates: dict[str, str] = json.loads(text)
    return templates


def _number(value: float, *, signed: bool) -> str:
    """One decimal below 10, none from 100 on: as many digits as a person reads."""
    size = abs(value)
    return _fixed(value, 2 if size < 2 else 1 if size < 100 else 0, signed=signed)  # noqa: PLR2004  said above


def _fixed(value: float, decimals: int, *, signed: bool) -> str:
    text = f"{value:{'+' if signed else ''},.{decimals}f}"
    # A negative nothing is nothing.
    return text.replace("-", "").replace("+", "") if float(text.replace(",", "")) == 0 else text
