"""What can go wrong at the edges before any request is answered, as one tree.

ApiError
├── AddressError    the address cannot be listened at
├── BodyError       a file does not hold a request that can be read
├── HomeError       a home folder that was named holds no model that can answer
└── LimitsError     a file does not hold limits that make sense

What goes wrong with a request is a `api.problems.Problem`.
"""

from __future__ import annotations


class ApiError(Exception):
    """Root of every error this package raises on purpose; the message says what, value and remedy."""


class AddressError(ApiError):
    """The address cannot be listened at."""


class BodyError(ApiError):
    """A file does not hold a request that can be read."""


class HomeError(ApiError):
    """A home folder that was named holds no model that can answer."""


class LimitsError(ApiError):
    """A file does not hold limits that make sense."""
