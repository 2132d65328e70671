"""Studies, training, gates and the model registry."""
