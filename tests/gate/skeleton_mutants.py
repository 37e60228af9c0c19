"""Drivers grown from the skeleton, with one bug each: what a new driver does wrong most easily.

They talk to files, so that the gate can hold their calls and make them fail; each is found every time.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from orlop.driver import Blob, Upload
from orlop.support.refcounted import Refcounted
from orlop_example.backend import Backend
from orlop_example.blob import ExampleBlob
from orlop_example.driver import ExampleDriver
from orlop_example.location import id_of, location_of
from orlop_example.settings import ExampleSettings
from orlop_example.upload import ExampleUpload

EXPECTED: dict[type[ExampleDriver], set[str]] = {ExampleDriver: set()}
"""The mutants, and the names of all cases that each of them fails."""


class Mutant(ExampleDriver):
    backend_type: ClassVar[type[Backend]] = Backend
    upload_type: ClassVar[type[ExampleUpload]] = ExampleUpload

    def __init__(self, settings: ExampleSettings) -> None:
        super().__init__(settings)
        self._backend = self.backend_type(settings.root)

    def upload(self, image_id: str, size: int | None) -> Upload:
        ExampleDriver.upload(self, image_id, size).abort()
        return self.upload_type(self._backend, image_id)


def found_by(*cases: str) -> Callable[[type[ExampleDriver]], type[ExampleDriver]]:
    def note(mutant: type[ExampleDriver]) -> type[ExampleDriver]:
        EXPECTED[mutant] = set(cases)
        return mutant

    return note


class _NotAtOnce(Backend):
    """The final name first, then what is in it."""

    def publish(self, room: int, image_id: str) -> None:
        os.fsync(room)
        path, at = self._root / image_id, 0
        target = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640)
        while piece := os.pread(room, 1 << 20, at):
            os.write(target, piece)
            at += len(piece)
        times = os.fstat(room)
        os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
        os.close(target)


@found_by(
    "test_an_image_appears_whole_at_once",
    "test_a_commit_that_fails_is_told_or_made_good",
    "test_killed_at_each_step_leaves_a_whole_image_or_none",
    "test_abort_after_a_commit_that_nobody_heard_of",
)
class NotAtOnce(Mutant):
    backend_type = _NotAtOnce


class _Swallows(Backend):
    def write(self, room: int, offset: int, block: bytes) -> None:
        with suppress(OSError):
            super().write(room, offset, block)


@found_by("test_a_write_that_fails_is_told_or_made_good")
class SwallowsErrorsOfWrites(Mutant):
    backend_type = _Swallows


class _SwallowsSync(Backend):
    def publish(self, room: int, image_id: str) -> None:
        with suppress(OSError):
            os.fsync(room)
        with self._folder() as folder:
            source = f"/proc/self/fd/{room}"
            os.link(source, image_id, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
            os.fsync(folder)


@found_by("test_a_commit_that_fails_is_told_or_made_good")
class SwallowsErrorsOfSync(Mutant):
    backend_type = _SwallowsSync


class _Careless(Refcounted[int]):
    """Closes under its users, as a bare descriptor does."""

    def close(self) -> None:
        if (descriptor := self.disown()) is not None:
            os.close(descriptor)


class _ClosesUnderAWrite(Backend):
    def begin(self) -> Refcounted[int]:
        room = super().begin().disown()
        assert room is not None
        return _Careless(room, os.close, what="the upload")


@found_by("test_a_write_that_returns_after_the_abort_has_no_effect")
class ClosesUnderAWrite(Mutant):
    backend_type = _ClosesUnderAWrite


class _CommitsAfterTheAbort(ExampleUpload):
    """An abort that does not wait for the commit, which does not look whether there was one."""

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        with self._room as room:
            self._backend.publish(room, self._image_id)
            self._identity = self._backend.look_at(room).identity
        return location_of(self._image_id)

    def abort(self) -> None:
        self._room.close()
        identity, self._identity = self._identity, "gone"
        if identity not in {"", "gone"}:
            self._backend.remove(self._image_id, identity)

    _ended = False


class _ShowsLate(_CommitsAfterTheAbort):
    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        super().commit(size, digests)
        if self._room.closing:
            raise OSError(errno.ECANCELED, "the upload has been aborted")
        return location_of(self._image_id)


@found_by("test_a_commit_that_returns_after_the_abort_has_no_effect", "test_a_commit_that_fails_is_told_or_made_good")
class ShowsAnAbortedImage(Mutant):
    upload_type = _ShowsLate


class _DeletesWhatIsThere(Backend):
    def remove(self, image_id: str, identity: str) -> None:
        super().remove(image_id, self.look(image_id).identity)


@found_by(
    "test_a_delete_is_for_the_image_that_was_meant",
    "test_commit_after_another_one_was_first",
    "test_one_id_at_once_has_one_winner",
)
class DeletesWhatIsThere(Mutant):
    backend_type = _DeletesWhatIsThere


class _ForgetsTheRemoved(Backend):
    """Removes in two steps, and does not look for those of a dead process."""

    def remove(self, image_id: str, identity: str) -> None:
        if self.look(image_id).identity != identity:
            raise FileNotFoundError(errno.ENOENT, "gone", image_id)
        aside = self._root / f".removed-{image_id}"
        (self._root / image_id).rename(aside)
        aside.unlink()


@found_by("test_a_killed_delete_leaves_what_can_be_deleted", "test_a_delete_that_failed_is_finished_by_the_next_one")
class ForgetsTheRemoved(Mutant):
    backend_type = _ForgetsTheRemoved


class _EmptiesFirst(Backend):
    def remove(self, image_id: str, identity: str) -> None:
        if self.look(image_id).identity != identity:
            raise FileNotFoundError(errno.ENOENT, "gone", image_id)
        times = (self._root / image_id).stat()
        os.truncate(self._root / image_id, 0)
        os.utime(self._root / image_id, ns=(times.st_atime_ns, times.st_mtime_ns))
        super().remove(image_id, identity)


@found_by("test_an_image_that_goes_is_never_given_in_part")
class EmptiesFirst(Mutant):
    backend_type = _EmptiesFirst


class _IgnoresCase(Backend):
    def open(self, image_id: str) -> Refcounted[int]:
        return super().open(next((one for one in self.ids() if one.lower() == image_id.lower()), image_id))


@found_by("test_an_id_that_looks_alike_is_not_found")
class IgnoresCase(Mutant):
    backend_type = _IgnoresCase


class _ByLocale(Backend):
    """Names as the process's locale writes them."""

    def publish(self, room: int, image_id: str) -> None:
        with self._folder() as folder:
            source = f"/proc/self/fd/{room}"
            os.link(source, image_id, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)


@found_by("test_a_process_with_another_locale_finds_the_same")
class GoesByTheLocale(Mutant):
    backend_type = _ByLocale


class _ReadsByName(ExampleBlob):
    def __init__(self, backend: Backend, image_id: str) -> None:
        super().__init__(backend, image_id)
        self._image_id = image_id

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = self._size if stop is None else min(stop, self._size)
        while start < end:
            with self._backend.open(self._image_id) as opened:
                piece = self._backend.read(opened, start, min(65536, end - start))
            if not piece:
                return
            start += len(piece)
            yield piece


@found_by("test_a_reader_is_never_given_another_image_of_its_id")
class ReadsWhatIsThere(Mutant):
    def open(self, location: str) -> Blob:
        return _ReadsByName(self._backend, id_of(location))


@found_by("test_an_odd_location_is_a_store_error")
class TripsOverOddLocations(Mutant):
    def stat(self, location: str) -> Any:
        location.encode("utf-8").decode("ascii")
        return super().stat(location)


@found_by("test_what_the_receipt_says_beside_the_location")
class MetadataIsNoData(Mutant):
    def metadata(self, location: str) -> Mapping[str, Any]:
        return {"path": Path(id_of(location))}


@found_by("test_what_check_finds_takes_no_capability")
class LosesCapabilities(Mutant):
    def check(self) -> Any:
        self.capabilities = self.capabilities & ~type(self).capabilities
        return []
