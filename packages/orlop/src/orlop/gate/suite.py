"""`Gate`: all cases in one class, from which a driver's author derives a short one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import pytest

from orlop.driver import Driver
from orlop.errors import StoreError
from orlop.gate.cases.aborting import Aborting
from orlop.gate.cases.absent import Absent
from orlop.gate.cases.access import Access
from orlop.gate.cases.closing import Closing
from orlop.gate.cases.concurrency import Concurrency
from orlop.gate.cases.copying import Copying
from orlop.gate.cases.declaring import Declaring
from orlop.gate.cases.deleting import Deleting
from orlop.gate.cases.digests import Digests
from orlop.gate.cases.duplicates import Duplicates
from orlop.gate.cases.failing import Failing
from orlop.gate.cases.foreign import Foreign
from orlop.gate.cases.giving import Giving
from orlop.gate.cases.hanging import Hanging
from orlop.gate.cases.ids import Ids
from orlop.gate.cases.killing import Killing
from orlop.gate.cases.listing import Listing
from orlop.gate.cases.memory import Memory
from orlop.gate.cases.ranges import Ranges
from orlop.gate.cases.room import Room
from orlop.gate.cases.secrecy import Secrecy
from orlop.gate.cases.sizes import Sizes
from orlop.gate.cases.visibility import Visibility
from orlop.gate.cases.writing import Writing
from orlop.gate.cases.zeros import Zeros
from orlop.gate.claim import claim_of
from orlop.gate.deviation import Deviation
from orlop.gate.trial import Fault, Trial
from orlop.gate.witness import Witness

_CASES = (
    Declaring, Sizes, Writing, Giving, Aborting, Hanging, Visibility, Duplicates, Digests, Ranges, Absent, Deleting,
    Ids, Foreign, Listing, Room, Copying, Access, Zeros, Concurrency, Closing, Secrecy, Failing, Memory, Killing,
)  # fmt: skip


class Gate(*reversed(_CASES)):  # type: ignore[misc]  # pytest runs the last base first
    """The conformance suite of one driver. Derive `TestMine(Gate)` and give it the fixtures `driver` and `witness`.

    Cases cannot be taken out or replaced; what a driver fails for a known reason is a `Deviation`.
    """

    orlop_gate: ClassVar[bool] = True
    """How the plugin knows a gate class without importing anything."""
    deviations: ClassVar[Sequence[Deviation]] = ()
    """Cases that this driver fails, why, and until when. None of the minimum."""
    store_name: str = "gate"
    """What the store is called in errors and reports."""
    settle: float = 0.0
    """Seconds until everybody sees a change of the backend."""
    big_size: ClassVar[int | None] = None
    """Bytes of an image of several blocks; five blocks and three bytes when None."""
    ceiling_size: ClassVar[int] = 256 * 1024 * 1024
    """Bytes of the image by which the memory is measured."""
    timeout: ClassVar[float] = 120.0
    """Seconds that one case may take."""

    @pytest.fixture
    def driver(self) -> Driver[Any]:
        """The driver to prove, on its real backend; of any scope."""
        raise NotImplementedError(f"{type(self).__name__} needs a fixture 'driver'")

    @pytest.fixture
    def witness(self, driver: Driver[Any]) -> Witness:
        """A look at the same place of the backend, by another way than the driver's."""
        raise NotImplementedError(f"{type(self).__name__} needs a fixture 'witness'")

    @pytest.fixture
    def reopen(self, driver: Driver[Any]) -> Callable[[], Driver[Any]]:
        """How the same backend is opened with another driver object, also in another process: it is pickled."""
        return partial(type(driver), driver.settings)

    @pytest.fixture
    def faults(self) -> Mapping[type[StoreError], Fault]:
        """By kind of error: a context manager in which the backend fails in that way. Optional."""
        return {}

    @pytest.fixture
    def lies(self) -> Mapping[str, Fault]:
        """By name: a context manager in which something before the backend answers in its place. Optional.

        A proxy that answers every changing request with an empty 200, for one; or that never ends its answer.
        """
        return {}

    @pytest.fixture
    def trial(  # noqa: PLR0917 - pytest gives them by name
        self,
        request: pytest.FixtureRequest,
        driver: Driver[Any],
        witness: Witness,
        reopen: Callable[[], Driver[Any]],
        faults: Mapping[type[StoreError], Fault],
        lies: Mapping[str, Fault],
    ) -> Iterator[Trial]:
        """What the cases work with."""
        if not any(request.config.pluginmanager.hasplugin(name) for name in ("orlop-gate", "orlop.gate.plugin")):
            pytest.fail("the gate's pytest plugin is not active; add '-p orlop.gate.plugin'")
        trial = Trial(
            driver,
            witness,
            reopen,
            faults,
            lies=lies,
            name=self.store_name,
            settle=self.settle,
            big_size=self.big_size,
            ceiling_size=self.ceiling_size,
        )
        yield trial
        trial.close()

    @staticmethod
    def cases() -> list[str]:
        """The names of all cases, in the order in which they run."""
        return [name for cases in _CASES for name in vars(cases) if name.startswith("test_")]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in cls.cases():
            if getattr(cls, name) is not getattr(Gate, name):
                raise TypeError(f"{cls.__name__} replaces {name}; a case can only be set aside by a Deviation")
        for deviation in cls.deviations:
            name = deviation.case.partition("[")[0]
            if name not in cls.cases():
                raise TypeError(f"{cls.__name__} has a deviation of {name}, which is no case of the gate")
            if claim_of(getattr(cls, name)).minimum:
                raise TypeError(f"{cls.__name__} has a deviation of {name}, which every driver must pass")
