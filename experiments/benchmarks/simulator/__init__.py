"""What the simulator costs: orders, events, branches and memory, each beside what it is measured against."""
