"""Off-policy evaluation: what a policy would have lost or gained, from decisions that another policy logged."""
