"""What every request needs: the store, the model in use and the clock."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from api.limits import DEFAULT_LIMITS, Limits
from api.serving import ModelKeeper
from api.settings import Settings
from data.store.store import Store


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running service."""

    settings: Settings
    store: Store
    models: ModelKeeper
    now: Callable[[], datetime] = utc_now
    limits: Limits = DEFAULT_LIMITS


def new_identifier(prefix: str, moment: datetime) -> str:
    """An identifier that nobody can guess and that sorts by time, which keeps the database's index compact."""
    return f"{prefix}_{int(moment.timestamp() * 1000):012x}{secrets.token_hex(10)}"


async def _services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesOf = Annotated[Services, Depends(_services_of)]
