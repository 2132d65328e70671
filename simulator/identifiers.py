"""Identifiers that the world gives its orders, incidents and customers."""

from __future__ import annotations


def order_id(order: int) -> str:
    """Identifier of an order by its number."""
    return f"O{order:07d}"


def incident_id(order: int) -> str:
    """Identifier of the incident of an order; an order has at most one."""
    return f"I{order:07d}"


def customer_id(customer: int) -> str:
    """Identifier of a customer by number."""
    return f"C{customer:07d}"
