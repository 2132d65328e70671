"""The world told once more, one process an order: slow, plain to read, and equal to the fast one to the last bit."""
