"""Real backends and faults, started for tests: see README.md."""
