"""The canonical order history: what ingestion writes and calibration reads."""
