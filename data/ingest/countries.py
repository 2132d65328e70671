"""Countries: English and Spanish names, common variants and codes, to ISO 3166-1 alpha-2."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("countries.csv")


@cache
def country_codes() -> dict[str, str]:
    """The two-letter code of every known name, by the name in lower case.

    Codes are ISO 3166-1's; XK (Kosovo) is user-assigned, as is usual.

    >>> country_codes()["méxico"], country_codes()["mexico"], country_codes()["mx"]
    ('MX', 'MX', 'MX')
    """
    codes: dict[str, str] = {}
    with _TABLE.open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            names = (line["code"], line["english"], line["spanish"], *line["others"].split(";"))
            codes.update({name.casefold(): line["code"] for name in names if name})
    return codes
