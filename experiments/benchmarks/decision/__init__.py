"""The decision, measured: regret, calibration, speed, estimates and sensitivity, each beside its goal."""
