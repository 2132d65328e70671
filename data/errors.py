"""What can go wrong with data, as one tree.

DataError
├── InputFileError      a file is missing, empty, unreadable or not what it claims to be
├── MappingError        a mapping names what does not exist or leaves out what is needed
├── BadValueError       one value is wrong; carries file, column and row
├── ContractError       a table does not fit its schema
├── NetworkError        a network refers to what it does not define
│   └── UnservedRegionError  it reaches no such region; tells those that it does reach
└── StoreError          the database cannot do what was asked
    ├── ConflictError   another writer got there first
    ├── WrongVersionError   a review never had the version that was named
    ├── ReusedKeyError  an idempotency key came back with other content
    ├── UnavailableActionError
    └── UnknownRecordError
"""

from __future__ import annotations

from collections.abc import Iterable

MOST_NAMED = 40


class DataError(Exception):
    """Root of every error this package raises on purpose; the message says what, value and remedy."""


class InputFileError(DataError):
    """A file is missing, empty, unreadable or not what its name says."""


class MappingError(DataError):
    """A mapping names a column that does not exist or leaves out one that is needed."""


class BadValueError(DataError):
    """One value cannot be read; the message carries file, column and row."""


class ContractError(DataError):
    """A table does not fit the schema it was written for."""


class NetworkError(DataError):
    """A network refers to a node, carrier or region that it does not define."""


class UnservedRegionError(NetworkError):
    """A network reaches no such region.

    Parameters
    ----------
    served : iterable of str
        The regions that it does reach.
    """

    def __init__(self, region: str, served: Iterable[str]) -> None:
        names = sorted(served)
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        reached = ", ".join(names[:MOST_NAMED]) + more if names else "none"
        super().__init__(
            f"the network has no lane to the region {region!r}; it reaches {reached}; send candidates, or one of these"
        )
        # For those who must not be told what was sent.
        self.plainly = f"ship_to.region is none that the network reaches ({reached}); send candidates, or one of these"


class StoreError(DataError):
    """The database cannot do what was asked."""


class ConflictError(StoreError):
    """Another writer got there first."""


class WrongVersionError(StoreError):
    """A review is open and never had the version that was named."""


class ReusedKeyError(StoreError):
    """An idempotency key came back with other content."""


class UnavailableActionError(StoreError):
    """A reviewer chose what is not among the review's actions."""


class UnknownRecordError(StoreError):
    """No record has this identifier."""
