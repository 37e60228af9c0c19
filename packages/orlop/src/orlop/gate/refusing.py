"""What a store refuses that does not have a capability: for each one, how that is shown.

A capability that the driver has never had is refused by the driver itself; one that was lost to the settings or to
what `check` found is refused by the store.
"""

from __future__ import annotations

from collections.abc import Callable

from orlop.capabilities import Capability
from orlop.errors import Unsupported
from orlop.gate.content import payload
from orlop.gate.trial import Trial
from orlop.records import Acl


def refuses(trial: Trial, capability: Capability) -> None:
    """Show that the store refuses what needs each of the capabilities, and that nothing changes by it."""
    for one in capability:
        _REFUSALS[one](trial)
    trial.note(f"not declared: {', '.join(one.name or '' for one in capability)}")


def _never_had(trial: Trial, capability: Capability) -> bool:
    return capability not in trial.driver.capabilities


def _reading(trial: Trial) -> None:
    location = f"{trial.driver.schemes[0]}://x"
    with trial.raises(Unsupported):
        trial.store.open(location)
    with trial.raises(Unsupported):
        trial.store.stat(location)


def _offset(trial: Trial) -> None:
    image = trial.image()
    with trial.raises(Unsupported):
        trial.store.open(image.location, 1)
    with trial.store.open(image.location) as reader:
        assert not reader.seekable(), "a reader can seek"


def _chunk(trial: Trial) -> None:
    image = trial.image()
    with trial.raises(Unsupported):
        trial.store.open(image.location, 0, 1)


def _writing(trial: Trial) -> None:
    with trial.raises(Unsupported):
        trial.store.put(trial.new_id(), b"data")
    if _never_had(trial, Capability.WRITE_ACCESS):
        with trial.driver_raises(Unsupported):
            trial.driver.upload(trial.new_id(), 4)


def _reusable(trial: Trial) -> None:
    raise AssertionError(f"every driver must have DRIVER_REUSABLE; {type(trial.driver).__name__} has not")


def _deleting(trial: Trial) -> None:
    image = trial.image(10)
    with trial.raises(Unsupported):
        trial.store.delete(image.location)
    if _never_had(trial, Capability.DELETE):
        with trial.driver_raises(Unsupported):
            trial.driver.identify(image.location)
        with trial.driver_raises(Unsupported):
            trial.driver.delete(image.location, "")
    trial.is_whole(image)


def _sparse(trial: Trial) -> None:
    if trial.has(Capability.WRITE_ACCESS):
        upload = trial.driver.upload(trial.new_id(), None)
        upload.abort()
        assert upload.grain == 0, "zeros would be left out, and the store is not SPARSE"


def _atomic(trial: Trial) -> None:
    trial.note("a killed upload may leave a part of its image")


def _listing(trial: Trial) -> None:
    with trial.raises(Unsupported):
        list(trial.store.list())
    if _never_had(trial, Capability.LIST):
        with trial.driver_raises(Unsupported):
            list(trial.driver.list())


def _copying(trial: Trial) -> None:
    if not trial.has(Capability.WRITE_ACCESS):
        return
    image, copy_id = trial.image(), trial.new_id()
    blob = trial.driver.open(image.location)
    upload = trial.driver.upload(copy_id, len(image.data))
    try:
        with trial.driver_raises(Unsupported):
            upload.clone(blob)
        # The engine streams into the same upload then.
        other = payload(trial.big, 1)
        trial.fill(upload, other)
        location = trial.keep(upload.commit(len(other), {}))
    except BaseException:
        upload.abort()
        raise
    finally:
        blob.close()
    assert trial.read(location) == other, "the refused copy has left something in the upload"


def _access(trial: Trial) -> None:
    image = trial.image(10)
    with trial.raises(Unsupported):
        trial.store.set_acl(image.location, Acl(public=True))
    if _never_had(trial, Capability.ACL):
        with trial.driver_raises(Unsupported):
            trial.driver.set_acl(image.location, Acl(public=True))


def _space(trial: Trial) -> None:
    with trial.raises(Unsupported):
        trial.store.space()
    if _never_had(trial, Capability.SPACE):
        with trial.driver_raises(Unsupported):
            trial.driver.space()


def _digests(trial: Trial) -> None:
    image = trial.image(10)
    assert not trial.store.stat(image.location).digests, "digests are kept, and DIGESTS is not declared"
    with trial.raises(Unsupported):
        trial.store.open(image.location, verify=True)


_REFUSALS: dict[Capability, Callable[[Trial], None]] = {
    Capability.READ_ACCESS: _reading,
    Capability.READ_OFFSET: _offset,
    Capability.READ_CHUNK: _chunk,
    Capability.WRITE_ACCESS: _writing,
    Capability.DRIVER_REUSABLE: _reusable,
    Capability.DELETE: _deleting,
    Capability.SPARSE: _sparse,
    Capability.ATOMIC: _atomic,
    Capability.LIST: _listing,
    Capability.COPY: _copying,
    Capability.ACL: _access,
    Capability.SPACE: _space,
    Capability.DIGESTS: _digests,
}
