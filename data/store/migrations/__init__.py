"""Alembic's scripts, shipped with the package and run when the store is opened."""
