"""Learners of heterogeneous effects, one a module, all answering the same protocol."""
