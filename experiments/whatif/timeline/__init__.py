"""One order under each action it could have taken, step by step, everybody else's decision unchanged."""
