"""Measurements, side by side with upstream and with the limit of the machine."""
