"""The gate job: orlop's own gate and Glance's tests, on one driver, in one result."""
