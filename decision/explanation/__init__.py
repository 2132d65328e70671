"""Explanation: the policy as a readable tree, and why a node was refused, in plain words."""
