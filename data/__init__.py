"""Shared vocabulary, contracts, ingestion and the store. Imports nothing of ours."""
