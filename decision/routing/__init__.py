"""Routing: which candidate ships an order, what that changes against today, and how sure it is."""
