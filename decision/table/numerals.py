"""Numbers that a column holds as text, told from codes that look alike: addresses, versions, dates, postal codes."""

from __future__ import annotations

import pandas as pd

NUMBER_SHARE = 0.5  # text of which so many rows are numbers is a quantity, unless it is a code
CODE_SHARE = 0.05  # of the different values: fewer that look like codes may be slips among numbers
POSTAL_DIGITS = 5

_SIGN = "[-+\u2212]?"
# A currency, a per cent or per mille, or a bound that was not measured beyond.
_MARK = "[$%<>~\u2030\u2264\u2265\u00a2-\u00a5\u20a0-\u20cf]?"
# At most one decimal mark. Before a point no padding by zeros: 01.02 is a day. After a comma none but numbers have it.
_PLAIN = r"(0|[1-9]\d*)([.,]\d*)?|\d*,\d+|\.\d+"
# Groups of exactly three digits, whose mark is not the decimal mark.
_GROUPS = r"((\.\d{3})+(,\d+)?|(,\d{3})+(\.\d+)?|([ '" + "\u2019\u00a0\u202f" + r"]\d{3})+([.,]\d+)?)"
_NUMBER = rf"{_SIGN}{_MARK}\s?{_SIGN}({_PLAIN}|[1-9]\d{{0,2}}{_GROUPS})([eE]{_SIGN}\d+)?\s?{_MARK}"
_WHOLE = r"\d+"
_BYTE = r"(25[0-5]|2[0-4]\d|1?\d?\d)"
_ADDRESS = rf"({_BYTE}\.){{3}}{_BYTE}"
# Padded by zeros, parted by other marks than a number's, or with a letter: 00123, 1.2.3, 12345-6789, 12a, V57.
_CODE = rf"{_ADDRESS}|0\d+|\d+([-./: ]\d+)+|\d+[A-Za-z]|[A-Za-z]\d+"


def are_numbers(text: pd.Series) -> bool:
    """Whether a column of text is a quantity beyond doubt: half its rows are numbers, and nothing tells of codes.

    Examples
    --------
    >>> are_numbers(pd.Series(["1.250,00 \u20ac", "3,5", "unknown"])), are_numbers(pd.Series(["10.0.0.1", "10.0.0.2"]))
    (True, False)
    """
    numbers = _are_numerals(text)
    if not may_be_numbers(text):
        return False
    n_codes = pd.Series(text[~numbers].unique(), dtype=str).str.fullmatch(_CODE).sum()
    return bool(n_codes < max(CODE_SHARE * text.nunique(), 1)) and not _are_of_one_width(text[numbers])


def may_be_numbers(text: pd.Series) -> bool:
    """Whether half the rows are numbers, codes or not; whole numbers alone that were kept as text are names."""
    return bool(_are_numerals(text).mean() >= NUMBER_SHARE and not text.str.fullmatch(_WHOLE).all())


def hold_marks(text: pd.Series) -> bool:
    """Whether some number is more than digits: has a decimal, groups, a sign or a currency."""
    return bool((_are_numerals(text) & ~text.str.fullmatch(_WHOLE)).any())


def example_of(text: pd.Series) -> str:
    """The first value that is no plain number, and its row."""
    plain = pd.to_numeric(text, errors="coerce").notna()
    row = text.index[~plain][0] if (~plain).any() else text.index[0]
    return f"row {row:,}, counted from 0, holds {text[row]!r:.40}"


def _are_numerals(text: pd.Series) -> pd.Series:
    return text.str.fullmatch(_NUMBER) & ~text.str.fullmatch(_ADDRESS)


def _are_of_one_width(numbers: pd.Series) -> bool:
    """Whether all are whole and equally long, as postal codes are."""
    widths = numbers.str.len()
    return bool(numbers.str.fullmatch(_WHOLE).all() and widths.min() == widths.max() >= POSTAL_DIGITS)
