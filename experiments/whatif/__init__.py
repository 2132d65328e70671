"""What-if studies: contenders play the same replications of a world, and their differences get intervals."""
