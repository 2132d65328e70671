"""Decisions, reviews and idempotency keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first three tables."""
    _make_decisions()
    _make_reviews()
    _make_idempotency_keys()


def downgrade() -> None:
    """Drop them, and all they hold."""
    op.drop_table("idempotency_keys")
    op.drop_table("reviews")
    op.drop_table("decisions")


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.String(200), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("disposition", sa.String(16), nullable=False),
        sa.Column("recommended", sa.String(700)),
        sa.Column("model_version", sa.String(100)),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name="pk_decisions"),
        sa.CheckConstraint("kind IN ('routing', 'compensation')", name="ck_decisions_kind"),
    )
    op.create_index("ix_decisions_kind_subject_id", "decisions", ["kind", "subject_id"])
    op.create_index("ix_decisions_recorded_at", "decisions", ["recorded_at"])


def _make_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("review_id", sa.String(64), nullable=False),
        sa.Column("decision_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.String(200), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("recommended", sa.String(700)),
        sa.Column("actions", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("reviewer", sa.String(200)),
        sa.Column("chosen_action", sa.String(700)),
        sa.Column("resolution_reason", sa.Text()),
        sa.PrimaryKeyConstraint("review_id", name="pk_reviews"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.decision_id"], name="fk_reviews_decision_id"),
        sa.UniqueConstraint("decision_id", name="uq_reviews_decision_id"),
        sa.CheckConstraint("status IN ('open', 'accepted', 'overridden')", name="ck_reviews_status"),
        sa.CheckConstraint("(status = 'open') = (resolved_at IS NULL)", name="ck_reviews_resolved"),
    )
    op.create_index("ix_reviews_status_opened_at_review_id", "reviews", ["status", "opened_at", "review_id"])


def _make_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("operation", sa.String(100), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("decision_id", sa.String(64), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("operation", "key", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.decision_id"], name="fk_idempotency_keys_decision_id"),
    )
