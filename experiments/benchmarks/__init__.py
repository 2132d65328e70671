"""Benchmarks that anyone can rerun, each a pure function and a small command."""
