"""Scenarios: what a sandbox world is made of, as validated data."""
