"""Drivers with one bug each, and the cases that must find it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from orlop.capabilities import Capability
from orlop.driver import Blob, Upload
from orlop.errors import BackendError, NotFound, StoreError, Unsupported
from orlop.records import Acl, Finding, Leftover, Space, Stat

from tests.gate.model import PASSWORD, ModelBlob, ModelDriver, ModelUpload, location_of

MORE = "..."
EXPECTED: dict[type[ModelDriver], set[str]] = {ModelDriver: set()}
"""The mutants, and the names of all cases that each of them fails; with MORE, of some that it must fail."""


def found_by(*cases: str) -> Callable[[type[ModelDriver]], type[ModelDriver]]:
    def note(mutant: type[ModelDriver]) -> type[ModelDriver]:
        EXPECTED[mutant] = set(cases)
        return mutant

    return note


def uploading(upload: type[ModelUpload], name: str, *cases: str) -> None:
    mutant = type(name, (ModelDriver,), {"upload_type": upload, "__module__": __name__})
    globals()[name] = mutant
    EXPECTED[mutant] = set(cases)


# Uploads


class _KeepsWhatFailed(ModelUpload):
    failed = False

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        self.failed = True
        location = super().commit(size, digests)
        self.failed = False
        return location

    def abort(self) -> None:
        if not self.failed:
            super().abort()


class _AbortsOnce(ModelUpload):
    aborted = False

    def abort(self) -> None:
        if self.aborted:
            raise BackendError("aborted already")
        self.aborted = True
        super().abort()


class _KeepsALateImage(ModelUpload):
    def abort(self) -> None:
        self.location = ""
        super().abort()


class _AbortsTheWinner(ModelUpload):
    def abort(self) -> None:
        super().abort()
        self.driver._images.pop(self.image_id, None)


class _NeverAborts(ModelUpload):
    def abort(self) -> None:
        pass


class _Swallows(ModelUpload):
    def write(self, offset: int, block: bytes) -> None:
        if len(block) > 3 or not offset:
            super().write(offset, block)


class _Appends(ModelUpload):
    grain = 0
    lanes = 1

    def write(self, offset: int, block: bytes) -> None:
        self.buffer.extend(block)


class _OneBuffer(ModelUpload):
    """State of an upload on the driver."""

    shared: dict[int, bytearray] = {}  # noqa: RUF012

    def __init__(self, driver: ModelDriver, image_id: str) -> None:
        super().__init__(driver, image_id)
        self.buffer = self.shared.setdefault(id(driver), bytearray())
        self.buffer.clear()

    def write(self, offset: int, block: bytes) -> None:
        time.sleep(0.005)  # so that uploads that begin together do not follow one another by chance
        super().write(offset, block)


class _ForgetsZeros(ModelUpload):
    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        return super().commit(0, digests)


class _LosesTheEmpty(ModelUpload):
    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        location = super().commit(size, digests)
        if size == 0:
            self.driver._images.pop(self.image_id)
        return location


class _ShowsItself(ModelUpload):
    def write(self, offset: int, block: bytes) -> None:
        super().write(offset, block)
        if self.image_id not in self.driver._images:
            self.driver.publish(self.image_id, bytes(self.buffer), {}, self.token)

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        self.driver._images.pop(self.image_id, None)
        return super().commit(size, digests)

    def abort(self) -> None:
        self.driver._images.pop(self.image_id, None)
        super().abort()


class _ClonesBadly(ModelUpload):
    def clone(self, blob: Blob) -> None:
        super().clone(blob)
        del self.buffer[-1:]


class _ForgetsDigests(ModelUpload):
    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        return super().commit(size, {})


class _OddGrain(ModelUpload):
    grain = 1536


uploading(
    _KeepsWhatFailed, "KeepsWhatFailed", "test_commit_after_another_one_was_first", "test_one_id_at_once_has_one_winner"
)
uploading(
    _AbortsOnce,
    "AbortsOnce",
    "test_abort_twice",
    "test_commit_after_another_one_was_first",
    "test_abort_after_a_commit_that_nobody_heard_of",
)
uploading(_KeepsALateImage, "KeepsALateImage", "test_abort_after_a_commit_that_nobody_heard_of")
uploading(
    _AbortsTheWinner,
    "AbortsTheWinner",
    "test_commit_after_another_one_was_first",
    "test_abort_when_another_one_was_first",
    "test_one_id_at_once_has_one_winner",
)
uploading(
    _NeverAborts,
    "NeverAborts",
    MORE,
    "test_abort",
    "test_abort_twice",
    "test_a_breaking_source_leaves_nothing",
    "test_an_interrupt_leaves_nothing",
)
uploading(_Swallows, "Swallows", MORE, "test_size", "test_read_size", "test_source")
uploading(_Appends, "Appends", "test_a_block_written_twice_counts_once", "test_the_grain_divides_the_block")
uploading(
    _OneBuffer,
    "OneBuffer",
    MORE,  # of one id at once, the last one that writes may be the one that wins
    "test_uploads_do_not_mix",
    "test_a_stuck_source_hinders_nobody",
    "test_different_ids_at_once",
    "test_everything_at_once",
)
uploading(_ForgetsZeros, "ForgetsZeros", "test_zeros")
uploading(
    _LosesTheEmpty,
    "LosesTheEmpty",
    "test_size",
    "test_read_size",
    "test_every_image_is_listed_once",
    "test_the_backend_copies_by_itself",
)
uploading(
    _ShowsItself,
    "ShowsItself",
    "test_nothing_is_visible_before_commit",
    "test_a_stuck_source_hinders_nobody",
    "test_commit_after_another_one_was_first",
    "test_abort_when_another_one_was_first",
    "test_abort_after_a_commit_that_nobody_heard_of",
    "test_uploads_under_way_are_not_listed",
    "test_one_id_at_once_has_one_winner",
)
uploading(_ClonesBadly, "ClonesBadly", "test_copy_within_the_store", "test_the_backend_copies_by_itself")
uploading(
    _ForgetsDigests,
    "ForgetsDigests",
    "test_digests_are_kept",
    "test_digests_are_kept_in_the_backend",
    "test_every_image_has_its_own_digests",
)
uploading(_OddGrain, "OddGrain", "test_the_grain_divides_the_block")


# Images


@found_by(
    "test_commit_after_another_one_was_first",
    "test_a_second_image_of_an_id_is_refused",
    "test_the_same_image_again_is_refused",
    "test_a_copy_overwrites_nothing",
    "test_one_id_at_once_has_one_winner",
)
class Overwrites(ModelDriver):
    def upload(self, image_id: str, size: int | None) -> Upload:
        return self.upload_type(self, image_id)

    def publish(self, image_id: str, data: bytes, digests: Mapping[str, str], token: str) -> str:
        self._images.pop(image_id, None)
        return super().publish(image_id, data, digests, token)


@found_by("test_one_id_at_once_has_one_winner")
class Races(ModelDriver):
    def publish(self, image_id: str, data: bytes, digests: Mapping[str, str], token: str) -> str:
        taken = image_id in self._images
        time.sleep(0.02)
        if not taken:
            self._images.pop(image_id, None)
        return super().publish(image_id, data, digests, token)


@found_by(
    "test_not_found_by_delete",
    "test_delete_twice",
    "test_a_malformed_location_is_refused",
    "test_a_location_beside_an_image_is_refused",
    "test_an_image_is_identified_or_not_found",
    "test_a_delete_is_for_the_image_that_was_meant",
    "test_an_id_that_looks_alike_is_not_found",
)
class DeletesTwice(ModelDriver):
    def identify(self, location: str) -> str:
        try:
            return super().identify(location)
        except NotFound:
            return "gone"

    def delete(self, location: str, identity: str) -> None:
        try:
            super().delete(location, identity)
        except NotFound:
            return


@found_by("test_size", "test_listing_and_stat_say_the_same", "test_zeros")
class WrongSize(ModelDriver):
    def stat(self, location: str) -> Stat:
        found = super().stat(location)
        return Stat(found.location, (found.size or 0) + 1, found.image_id, found.digests, None, found.allocated)


@found_by(MORE, "test_not_found", "test_an_absent_image_does_not_exist")
class RawErrors(ModelDriver):
    def stat(self, location: str) -> Stat:
        try:
            return super().stat(location)
        except NotFound:
            raise KeyError(location) from None


@found_by("test_no_location_tells_a_secret", "test_no_upload_tells_a_secret")
class TellsItsPassword(ModelDriver):
    def metadata(self, location: str) -> Mapping[str, Any]:
        return {"login": f"model:{PASSWORD}"}


@found_by(MORE, "test_no_upload_tells_a_secret", "test_space_can_be_true")
class LogsItsPassword(ModelDriver):
    def space(self) -> Space:
        logging.getLogger("model").debug("logging in with %s", PASSWORD)
        return super().space()


@found_by("test_nothing_that_is_shown_tells_a_secret")
class ShowsItsPassword(ModelDriver):
    def __repr__(self) -> str:
        return f"<driver with {PASSWORD}>"


@found_by("test_an_odd_id_comes_back", "test_an_odd_id_is_a_store_error")
class StripsIds(ModelDriver):
    def publish(self, image_id: str, data: bytes, digests: Mapping[str, str], token: str) -> str:
        return super().publish(image_id.strip(), data, digests, token)


@found_by("test_an_odd_id_comes_back", "test_ids_that_look_alike_are_two", "test_an_id_that_looks_alike_is_not_found")
class IgnoresCase(ModelDriver):
    def publish(self, image_id: str, data: bytes, digests: Mapping[str, str], token: str) -> str:
        return super().publish(image_id.lower(), data, digests, token)


@found_by("test_a_success_is_one_that_the_backend_has_given")
class BelievesInAPut(ModelDriver):
    def publish(self, image_id: str, data: bytes, digests: Mapping[str, str], token: str) -> str:
        return location_of(image_id) if self.lied_to else super().publish(image_id, data, digests, token)


@found_by("test_a_success_is_one_that_the_backend_has_given")
class BelievesInADelete(ModelDriver):
    def delete(self, location: str, identity: str) -> None:
        if not self.lied_to:
            super().delete(location, identity)


# Reading


def reading(name: str, blob: type[ModelBlob], *cases: str) -> None:
    def open_(self: ModelDriver, location: str) -> Blob:
        return blob(self._image(location).data)

    mutant = type(name, (ModelDriver,), {"open": open_, "__module__": __name__})
    globals()[name] = mutant
    EXPECTED[mutant] = set(cases)


class _IgnoresStop(ModelBlob):
    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return super().read(start)


class _IgnoresStart(ModelBlob):
    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return super().read(0, stop)


class _LosesTheEnd(ModelBlob):
    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return super().read(start, len(self.data) - 1 if stop is None else min(stop, len(self.data) - 1))


class _ReadsOnce(ModelBlob):
    once = False

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        if self.once:
            return iter(())
        self.once = True
        return super().read(start, stop)


class _OnePosition(ModelBlob):
    at = 0

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        self.at = start
        end = len(self.data) if stop is None else stop
        while self.at < end:
            piece = self.data[self.at : min(self.at + 1024, end)]
            time.sleep(0.0002)
            self.at += len(piece)
            yield piece


class _ClosesOnce(ModelBlob):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise BackendError("closed already")
        self.closed = True


reading(
    "IgnoresStop",
    _IgnoresStop,
    "test_reading_up_to",
    "test_the_driver_gives_exactly_the_range",
    "test_a_reader_is_never_given_another_image_of_its_id",
)
reading(
    "IgnoresStart",
    _IgnoresStart,
    "test_a_reader_is_never_given_another_image_of_its_id",
    "test_reading_from",
    "test_the_driver_gives_exactly_the_range",
    "test_seeking",
    "test_many_threads_read_one_blob",
)
reading("LosesTheEnd", _LosesTheEnd, MORE, "test_size", "test_read_size")
reading(
    "ReadsOnce",
    _ReadsOnce,
    "test_the_driver_gives_exactly_the_range",
    "test_seeking",
    "test_reading_again_after_a_part",
    "test_many_threads_read_one_blob",
)
reading("OnePosition", _OnePosition, "test_seeking", "test_many_threads_read_one_blob")
reading("ClosesOnce", _ClosesOnce, "test_the_driver_gives_exactly_the_range")


# What is declared


@found_by("test_space_can_be_true", "test_what_fits_by_the_space_fits")
class NoSpace(ModelDriver):
    def space(self) -> Space:
        raise Unsupported("no space after all")

    def _make_room(self, size: int) -> None:
        pass


@found_by("test_space_can_be_true")
class ImpossibleSpace(ModelDriver):
    def space(self) -> Space:
        return Space(total=10**9, used=10, free=10**10)


@found_by(
    "test_what_is_not_declared_is_refused",
    "test_every_image_is_listed_once",
    "test_listing_and_stat_say_the_same",
    "test_uploads_under_way_are_not_listed",
    "test_a_deleted_image_is_not_listed",
)
class SecretlyLists(ModelDriver):
    capabilities = ModelDriver.capabilities & ~Capability.LIST


@found_by("test_what_is_not_declared_is_refused", "test_not_found_by_acl", "test_acl_is_set")
class SecretlySetsAcl(ModelDriver):
    capabilities = ModelDriver.capabilities & ~Capability.ACL


@found_by(MORE, "test_the_least_that_a_driver_can_do", "test_what_is_not_declared_is_refused")
class SecretlyDeletes(ModelDriver):
    capabilities = ModelDriver.capabilities & ~Capability.DELETE


@found_by("test_what_is_not_declared_is_refused", "test_holes_take_no_space", "test_the_grain_divides_the_block")
class SecretlySparse(ModelDriver):
    capabilities = ModelDriver.capabilities & ~Capability.SPARSE


@found_by(
    "test_the_least_that_a_driver_can_do",
    "test_what_is_not_declared_is_refused",
    "test_one_id_at_once_has_one_winner",
    "test_different_ids_at_once",
    "test_many_readers_at_once",
    "test_everything_at_once",
    "test_deletes_of_one_image_at_once",
)
class NotReusable(ModelDriver):
    capabilities = ModelDriver.capabilities & ~Capability.DRIVER_REUSABLE


@found_by("test_acl_is_set")
class IgnoresAcl(ModelDriver):
    def set_acl(self, location: str, acl: Acl) -> None:
        self.stat(location)
        self.acls.setdefault(location, acl)


@found_by("test_every_image_is_listed_once", "test_listing_and_stat_say_the_same")
class ListsTwice(ModelDriver):
    def list(self) -> Iterator[Stat]:
        yield from super().list()
        yield from super().list()


@found_by("test_uploads_under_way_are_not_listed")
class ListsUploads(ModelDriver):
    def list(self) -> Iterator[Stat]:
        yield from super().list()
        yield from (Stat(f"memory://{token}", 0, token) for token in list(self.staged))


@found_by("test_an_upload_that_is_alive_is_no_leftover", "test_an_odd_leftover_is_a_store_error")
class CleansTheLiving(ModelDriver):
    def leftovers(self) -> Iterator[Leftover]:
        return iter([Leftover(token, 0) for token in self.staged])

    def clean(self, leftover: Leftover) -> None:
        self.staged.pop(leftover.place)


@found_by("test_errors_that_are_not_the_backends_are_left_alone")
class ClaimsAllErrors(ModelDriver):
    def classify(self, error: BaseException) -> type[StoreError] | None:
        return BackendError


@found_by("test_check_changes_nothing", "test_what_check_finds_takes_no_capability")
class CheckLeavesSomething(ModelDriver):
    def check(self) -> Sequence[Finding]:
        self.staged[f"probe-{len(self.staged)}"] = bytearray()
        return []


@found_by("test_every_image_has_its_own_digests")
class OneDigest(ModelDriver):
    def stat(self, location: str) -> Stat:
        found = super().stat(location)
        last = list(self._images.values())[-1]
        return Stat(found.location, found.size, found.image_id, last.digests, found.modified, found.allocated)


@found_by("test_a_reader_is_never_given_another_image_of_its_id")
class ReadsPieceByPiece(ModelDriver):
    def open(self, location: str) -> Blob:
        self._image(location)
        return _Late(self, location)


class _Late(ModelBlob):
    """Fetches its bytes piece by piece from the driver's connection."""

    def __init__(self, driver: ModelDriver, location: str) -> None:
        super().__init__(driver._image(location).data)
        self.driver, self.location = driver, location

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = len(self.data) if stop is None else stop
        for at in range(start, end, 1024 * 1024):
            yield self.driver._image(self.location).data[at : min(at + 1024 * 1024, end)]
