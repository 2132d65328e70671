"""Validation: whether a simulated world does what a history did, lane by lane, and by how much it does not."""
