"""The decision log: what was decided, what could have been, how likely each was, and what came of it."""
