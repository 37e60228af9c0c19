"""Loaded by Python itself at its start, when this folder is in PYTHONPATH: the tests' workers, and what they start."""

import glance_run

glance_run.install()
