"""Masking: customers keep apart from each other, and nobody can tell who they are.

`numbered` gives each customer a number in the order of first appearance: nothing but the source file leads
back. `keyed` hashes under a secret, so that one customer has one name in every history masked under it.
A plain or salted hash of a short identifier would be undone by trying them all, so there is none.
"""

from __future__ import annotations

import hashlib
import hmac
import os

import pandas as pd

from data.errors import MappingError
from data.ingest.field_mapping import Masking

MASKING_KEY_VARIABLE = "ROUTECAUSE_MASKING_KEY"
_MIN_KEY_CHARACTERS = 16
_HASH_CHARACTERS = 20


def masked(customers: pd.Series, masking: Masking) -> pd.Series:
    """Replace every identifier; missing ones stay missing.

    Parameters
    ----------
    customers : Series of str, shape (n_rows,)
        Identifiers as the history has them.

    Raises
    ------
    MappingError
        If masking is keyed and the environment holds no key of sufficient length.
    """
    if masking is Masking.NUMBERED:
        codes, _ = pd.factorize(customers)
        numbers = pd.Series(codes, index=customers.index)
        return ("c" + (numbers + 1).astype("str")).where(customers.notna())
    key = _key()
    return customers.map(lambda name: _hashed(name, key), na_action="ignore").astype("str")


def _key() -> bytes:
    key = os.environ.get(MASKING_KEY_VARIABLE, "")
    if len(key) < _MIN_KEY_CHARACTERS:
        msg = (
            f"masking: keyed needs a secret of at least {_MIN_KEY_CHARACTERS} characters in the environment variable "
            f"{MASKING_KEY_VARIABLE}; set it, or use masking: numbered"
        )
        raise MappingError(msg)
    return key.encode()


def _hashed(name: str, key: bytes) -> str:
    return "c" + hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:_HASH_CHARACTERS]
