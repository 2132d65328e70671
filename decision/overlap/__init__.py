"""Overlap: whether a log holds evidence about what it did not choose, and where its propensities come from."""
