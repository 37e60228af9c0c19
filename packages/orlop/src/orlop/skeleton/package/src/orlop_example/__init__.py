"""The example driver of orlop."""
