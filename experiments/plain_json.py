"""JSON that any reader takes: what is not a finite number becomes null."""

from __future__ import annotations

import json
import math
from typing import Any


def plain_json(value: Any) -> str:
    """Plain data as one line of JSON.

    Examples
    --------
    >>> plain_json({"gain": float("nan"), "n": (1, 2)})
    '{"gain": null, "n": [1, 2]}'
    """
    return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
