"""What a glance_store looks like from outside; see `__main__.py`."""
