"""What a driver says about itself, and what it must at least be able to do."""

from __future__ import annotations

import pytest

from orlop.capabilities import Capability, names
from orlop.errors import NotFound, StoreError, StoreFull, Unsupported
from orlop.gate.claim import minimum, proves
from orlop.gate.refusing import refuses
from orlop.gate.trial import Trial
from orlop.records import Severity
from orlop.settings import StoreSettings


class Declaring:
    """The driver's word."""

    @minimum
    def test_the_least_that_a_driver_can_do(self, trial: Trial) -> None:
        least = Capability.READ_ACCESS | Capability.DRIVER_REUSABLE
        if trial.has(Capability.WRITE_ACCESS):
            least |= Capability.DELETE
        missing = names(least & ~trial.store.capabilities)
        assert not missing, f"every driver must have {', '.join(missing)}; a writing one DELETE as well"

    @minimum
    @pytest.mark.parametrize("name", names(~Capability.NONE))
    def test_what_is_not_declared_is_refused(self, trial: Trial, name: str) -> None:
        capability = Capability[name]
        if capability in trial.store.capabilities:  # what is lost for now is declared, too
            trial.note("declared; proved by its own cases")
        else:
            refuses(trial, capability)

    @minimum
    def test_the_store_is_in_order(self, trial: Trial) -> None:
        errors = [finding.message for finding in trial.findings if finding.severity is Severity.ERROR]
        assert not errors, f"check() finds errors: {errors}"

    @minimum
    def test_check_changes_nothing(self, trial: Trial) -> None:
        image = trial.image()
        before = trial.witness.names()
        trial.store.check()
        assert trial.witness.names() == before, "check() has changed the backend"
        trial.is_whole(image)

    @minimum
    def test_what_check_finds_takes_no_capability(self, trial: Trial) -> None:
        before = trial.driver.capabilities
        trial.store.check()
        for fault in trial.faults.values():
            with fault():
                found = trial.store.check()
                assert trial.store.capabilities == before, "a check that fails takes a capability away"
            for finding in found:
                assert finding.kind is not Unsupported, "what cannot be used for now is told as what can never be"
        trial.store.check()
        other = trial.reopen()
        assert trial.driver.capabilities == other.capabilities, "the driver's capabilities change by check()"
        other.close()
        assert trial.store.lost == trial.lost, "what a check has found lost is not found again when it is back"

    @minimum
    @proves(Capability.DELETE)
    def test_a_delete_that_fails_now_does_not_say_that_it_never_can(self, trial: Trial) -> None:
        faults = {kind: fault for kind, fault in trial.faults.items() if kind is not StoreFull}
        if not faults:
            trial.not_shown("'faults' has neither PermissionDenied nor Unavailable")
        for kind, fault in faults.items():
            image, there = trial.image(10), True
            with fault():
                trial.store.check()
                try:
                    trial.store.delete(image.location)
                except (Unsupported, NotFound) as error:
                    raise AssertionError(f"{kind.__name__} is told as {type(error).__name__}: {error}") from error
                except StoreError as error:
                    trial.confidence.heard(error)
                else:
                    trial.note(f"deletes in spite of {kind.__name__}")
                    there = False
            trial.store.check()
            if there:  # or gone: a key can be taken away between the deletion of an image and the removal of its data
                trial.eventually(lambda image=image: trial.is_absent_or_whole(image))  # type: ignore[misc]
                trial.eventually(trial.clean_leftovers)
            else:
                trial.becomes_absent(image)

    @minimum
    def test_the_driver_is_described(self, trial: Trial) -> None:
        kind = type(trial.driver)
        assert kind.schemes, "a driver has at least one scheme"
        assert all(scheme == scheme.lower() for scheme in kind.schemes), "schemes are written in lower case"
        assert issubclass(kind.settings_type, StoreSettings), "settings_type is no StoreSettings"
        assert isinstance(trial.driver.settings, kind.settings_type), "the settings are of another type than declared"

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_blocks_are_of_a_size_that_works(self, trial: Trial) -> None:
        upload = trial.driver.upload(trial.new_id(), None)
        upload.abort()
        assert upload.block_size >= 4096, "blocks of less than 4 KiB"
        assert upload.lanes >= 1, "no lane"

    @minimum
    def test_errors_that_are_not_the_backends_are_left_alone(self, trial: Trial) -> None:
        class Foreign(Exception):
            """Of nobody."""

        assert trial.driver.classify(Foreign("not of the backend")) is None, "a foreign error is claimed by the driver"

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_an_upload_that_is_alive_is_no_leftover(self, trial: Trial) -> None:
        upload = trial.driver.upload(trial.new_id(), None)
        try:
            upload.write(0, b"x" * upload.block_size)
            before = trial.witness.names()
            trial.clean_leftovers()
            assert trial.witness.names() == before, "an upload that is alive is taken for a dead one's leftovers"
        finally:
            upload.abort()
