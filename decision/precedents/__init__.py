"""Precedents: resolved incidents like the one at hand, and how they ended. Evidence beside an effect, never one."""
