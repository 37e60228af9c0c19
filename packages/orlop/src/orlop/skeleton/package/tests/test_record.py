"""What driver.toml says is valid, and the driver says the same."""

from orlop.capabilities import names
from orlop.lifecycle.carried import record_of
from orlop.registry import driver_type

from orlop_example.driver import ExampleDriver


def test_the_driver_is_found_by_its_name() -> None:
    """Its package is installed, and names it."""
    assert driver_type("example") is ExampleDriver


def test_the_record_claims_what_the_driver_claims() -> None:
    """A capability that is added has to be added in both."""
    record = record_of("example")
    assert record is not None
    claims = record.capabilities
    assert {*claims.required, *claims.optional} == set(names(ExampleDriver.capabilities))
