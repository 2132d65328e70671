"""Potential outcomes: what each order would have met under each candidate. Only experiments may import this."""
