"""The Idempotency-Key header: requests under one key are one request."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated

from fastapi import Depends, Header
from pydantic import BaseModel

from api.problems import BAD_HEADER, Problem
from data.store.records import IdempotencyKey

MAX_KEY_LENGTH = 200
REPLAYED_HEADER = "Idempotency-Replayed"

# The IETF draft sends a quoted string, most clients a bare token; both are the same key here.
_KEY = re.compile(r'(?P<quote>"?)(?P<key>[!#-\[\]-~]{1,200})(?P=quote)')


async def _idempotency_key(
    idempotency_key: Annotated[
        str | None, Header(description="1 to 200 visible ASCII characters, unique to this request")
    ] = None,
) -> str | None:
    if idempotency_key is None:
        return None
    found = _KEY.fullmatch(idempotency_key)
    if found is None:
        raise Problem(BAD_HEADER, f"Idempotency-Key must be 1 to {MAX_KEY_LENGTH} visible ASCII characters")
    return found["key"]


KeyOf = Annotated[str | None, Depends(_idempotency_key)]


def key_for(operation: str, key: str | None, question: BaseModel) -> IdempotencyKey | None:
    """The store's key of a request; two bodies are the same if they ask the same, however they are laid out."""
    if key is None:
        return None
    # Without defaults, so that a member that is new and optional changes no key of those who do not send it.
    content = question.model_dump_json(exclude_defaults=True)
    return IdempotencyKey(operation, key, hashlib.sha256(content.encode("utf-8")).hexdigest())
