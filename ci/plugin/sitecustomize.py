"""Loaded by Python itself at its start, when this folder is in PYTHONPATH: the tests' workers, and what they start."""

import glance_run  # type: ignore[import-not-found]  # found beside this file, which is in the path

glance_run.install()
