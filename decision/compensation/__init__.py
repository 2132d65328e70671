"""Compensation: what to offer a customer whose order went wrong, what that changes, and how sure it is."""
