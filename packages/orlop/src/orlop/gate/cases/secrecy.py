"""Secrets: in no error, no representation, no log and no location; the look after each case searches them all."""

from __future__ import annotations

import pytest

from orlop.capabilities import Capability
from orlop.errors import StoreError
from orlop.gate.claim import minimum, proves
from orlop.gate.confidence import Confidence
from orlop.gate.trial import Trial

_PATHS = {"file", "filesystem"}
"""Schemes whose locations are paths: nobody's credentials fit in there."""
_OPERATIONS = {
    "open": lambda trial, location: trial.read(location),
    "stat": lambda trial, location: trial.store.stat(location),
    "delete": lambda trial, location: trial.store.delete(location),
    "copy": lambda trial, location: trial.store.copy(location, trial.store, trial.new_id()),
    "verify": lambda trial, location: trial.store.verify(location, {"md5": "0" * 32}),
    "put": lambda trial, location: trial.put(location, b"data"),
    "locate": lambda trial, location: trial.store.locate(location),
}


class Secrecy:
    """What must not be told."""

    @minimum
    @pytest.mark.parametrize("operation", _OPERATIONS)
    def test_no_error_tells_a_secret(self, trial: Trial, operation: str) -> None:
        canary = Confidence.CANARY
        schemes = [scheme for scheme in trial.driver.schemes if scheme not in _PATHS]
        places = [f"{scheme}://user:{canary}@{host}/x" for scheme in schemes for host in ("localhost:1", "")]
        for location in [*places, f"foreign://user:{canary}@host/x"]:
            with trial.raises(StoreError):
                _OPERATIONS[operation](trial, location)

    @minimum
    def test_nothing_that_is_shown_tells_a_secret(self, trial: Trial) -> None:
        for what in (trial.store, trial.driver, trial.driver.settings, trial.findings):
            trial.confidence.search(f"the representation of {type(what).__name__}", f"{what!r} {what!s}")
        dumped = trial.driver.settings.model_dump(mode="json")
        trial.confidence.search("the settings as JSON", repr(dumped))

    @minimum
    @proves(Capability.READ_ACCESS)
    def test_no_location_tells_a_secret(self, trial: Trial) -> None:
        image = trial.image(10)
        stat = trial.store.stat(image.location)
        blob = trial.driver.open(image.location)
        metadata = trial.driver.metadata(image.location)
        trial.confidence.search("a location", f"{image.location} {stat!r}")
        trial.confidence.search("the representation of a blob", repr(blob))
        trial.confidence.search("the metadata of an image", repr(dict(metadata)))
        blob.close()

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_no_upload_tells_a_secret(self, trial: Trial) -> None:
        events: list[object] = []
        receipt = trial.put(trial.new_id(), b"data", on_event=events.append)
        trial.confidence.search("a receipt", repr(receipt))
        trial.confidence.search("an event", repr(events))
        upload = trial.driver.upload(trial.new_id(), None)
        trial.confidence.search("the representation of an upload", repr(upload))
        upload.abort()
