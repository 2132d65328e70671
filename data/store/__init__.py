"""The store: decisions, reviews and idempotent answers in SQLite, or PostgreSQL by address."""
