"""Decisions and idempotency keys: read and written inside the caller's transaction."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, insert, select

from data.decisions import Disposition
from data.errors import ReusedKeyError, UnknownRecordError
from data.store.records import DecisionKind, DecisionRecord, IdempotencyKey, Recorded, ReviewRecord, columns_of
from data.store.reviews import insert_review
from data.store.tables import DECISIONS, IDEMPOTENCY_KEYS


def record_decision(
    connection: Connection, decision: DecisionRecord, review: ReviewRecord | None, key: IdempotencyKey | None
) -> Recorded:
    """Store a decision, its review and its key; under a key that is already there, answer as the first time.

    Raises
    ------
    ReusedKeyError
        If the key came with other content before.
    """
    if key is not None and (earlier := find_earlier(connection, key)) is not None:
        return earlier
    connection.execute(insert(DECISIONS), columns_of(decision))
    if review is not None:
        insert_review(connection, review)
    if key is not None:
        row = {**columns_of(key), "decision_id": decision.decision_id, "recorded_at": decision.recorded_at}
        connection.execute(insert(IDEMPOTENCY_KEYS), row)
    return Recorded(decision.answer, replayed=False)


def find_earlier(connection: Connection, key: IdempotencyKey) -> Recorded | None:
    """The answer that was given under a key, if it was used.

    Raises
    ------
    ReusedKeyError
        If the key came with other content before.
    """
    found = connection.execute(
        select(IDEMPOTENCY_KEYS.c.fingerprint, DECISIONS.c.answer)
        .join(DECISIONS, DECISIONS.c.decision_id == IDEMPOTENCY_KEYS.c.decision_id)
        .where(IDEMPOTENCY_KEYS.c.operation == key.operation, IDEMPOTENCY_KEYS.c.key == key.key)
    ).first()
    if found is None:
        return None
    if found.fingerprint != key.fingerprint:
        msg = "this idempotency key was used for other content; send a new key with a new request"
        raise ReusedKeyError(msg)
    return Recorded(found.answer, replayed=True)


def find_decision(connection: Connection, decision_id: str) -> DecisionRecord:
    """Read a decision.

    Raises
    ------
    UnknownRecordError
        If there is none with this identifier.
    """
    row = connection.execute(select(DECISIONS).where(DECISIONS.c.decision_id == decision_id)).mappings().first()
    if row is None:
        msg = "no decision has this identifier; use the decision_id of a recommendation"
        raise UnknownRecordError(msg)
    return _decision_of(row)


def _decision_of(row: RowMapping) -> DecisionRecord:
    kinds = {"kind": DecisionKind(row["kind"]), "disposition": Disposition(row["disposition"])}
    return DecisionRecord(**{**row, **kinds})
