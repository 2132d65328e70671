"""Order history from anywhere: a mapping file in, canonical tables and a quality report out."""
