"""The tables, as the newest migration leaves them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from data.store.instants import UtcInstant

# Constraints need names that are the same everywhere, or a later migration could not drop them.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("decision_id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject_id", String(200), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("decided_at", UtcInstant, nullable=False),
    Column("recorded_at", UtcInstant, nullable=False),
    Column("disposition", String(16), nullable=False),
    Column("recommended", String(700)),
    Column("model_version", String(100)),
    Column("question", Text, nullable=False),
    # The bytes of the answer as it was sent, so that a repeated request gets them again.
    Column("answer", Text, nullable=False),
    CheckConstraint("kind IN ('routing', 'compensation')", name="kind"),
    Index(None, "kind", "subject_id"),
    Index(None, "recorded_at"),
)

REVIEWS = Table(
    "reviews",
    METADATA,
    Column("review_id", String(64), primary_key=True),
    Column("decision_id", ForeignKey("decisions.decision_id"), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("subject_id", String(200), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("status", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("recommended", String(700)),
    Column("actions", Text, nullable=False),
    Column("opened_at", UtcInstant, nullable=False),
    Column("resolved_at", UtcInstant),
    Column("reviewer", String(200)),
    Column("chosen_action", String(700)),
    Column("resolution_reason", Text),
    CheckConstraint("status IN ('open', 'accepted', 'overridden')", name="status"),
    CheckConstraint("(status = 'open') = (resolved_at IS NULL)", name="resolved"),
    Index(None, "status", "opened_at", "review_id"),
)

IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    METADATA,
    Column("operation", String(100), nullable=False),
    Column("key", String(200), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("decision_id", ForeignKey("decisions.decision_id"), nullable=False),
    Column("recorded_at", UtcInstant, nullable=False),
    PrimaryKeyConstraint("operation", "key"),
)
