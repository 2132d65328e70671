"""The sandbox world in which every "what if" can be played."""
