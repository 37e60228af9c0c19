"""A first look at orlop: `make demo`."""
