"""Which images a pool has, as librbd keeps it: the objects of names, the directory, and the trash.

`rbd_id.NAME` holds Ceph's own id of the image of that name, `rbd_directory` has the names and ids of all, `rbd_trash`
those that wait for their removal. librbd's own lists say less than that: they leave out of the trash what a broken
removal has left there, and end in an error at a name that is not UTF-8. Here such a name has surrogates, and is no
image's id.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.modules import Modules

DIRECTORY = "rbd_directory"
TRASH = "rbd_trash"
CLASS = "rbd"
FULL_FORCE = 1 << 7
"""LIBRADOS_OPERATION_FULL_FORCE of librados.h: what a full cluster does all the same, for it makes room."""

_ID_OBJECT = "rbd_id."
_HEADER = "rbd_header."
_OLD_HEADER = ".rbd"
_PAGE = 512
_LONGEST_NAME = 4096
"""Bytes: more than a name or an id has."""
_REMOVING = 3
"""The source of an entry of the trash: a removal, which goes through the trash and has not ended."""
_NO_POOL = (1 << 64) - 1
"""The pool of a parent that there is not: -1."""
_MISMATCH = 4095
"""The lowest error number of a comparison that did not hold (MAX_ERRNO of Ceph)."""


@dataclass(frozen=True, slots=True)
class Trashed:
    """An entry of the trash.

    removing: its removal has begun. deferred_until: the time (seconds since 1970) before which it is to be kept.
    """

    image: str
    name: str
    removing: bool
    deferred_until: int


def encoded(*texts: str) -> bytes:
    """Texts as the OSDs' classes take them: each with its length before it."""
    parts = [text.encode(errors="surrogateescape") for text in texts]
    return b"".join(len(part).to_bytes(4, "little") + part for part in parts)


def id_of(modules: Modules, pool: Pool, name: str) -> str | None:
    """Ceph's own id of the image of this name; None when there is no such name."""
    with suppress(modules.rados.ObjectNotFound):
        return Reader(asked(pool, _ID_OBJECT + name, "get_id")).text()
    return None


def image_named(modules: Modules, pool: Pool, name: str) -> str | None:
    """Ceph's id of the image of this name, also where its removal by other means was broken off."""
    if found := id_of(modules, pool, name) or listed_id(modules, pool, name):
        return found
    return next((entry.image for entry in trashed(modules, pool) if entry.removing and entry.name == name), None)


def old_format(modules: Modules, pool: Pool, name: str) -> bool:
    """Whether there is an image of format 1 of this name, which is in no directory of names."""
    with suppress(modules.rados.ObjectNotFound):
        pool.ioctx.stat(f"{name}{_OLD_HEADER}")
        return True
    return False


def claim_name(modules: Modules, pool: Pool, name: str, image: str, *, full: bool = False) -> None:
    """Have an image answer to a name; again is harmless. With `full` also in a full cluster, on the way to room.

    Raises:
        rados.ObjectExists: another image has it.
    """
    rados = modules.rados
    try:
        with rados.WriteOpCtx() as step:
            step.new(rados.LIBRADOS_CREATE_EXCLUSIVE)
            step.execute(CLASS, "set_id", encoded(image))
            pool.ioctx.operate_write_op(step, _ID_OBJECT + name, flags=FULL_FORCE if full else 0)
    except rados.ObjectExists:
        if id_of(modules, pool, name) != image:  # else an earlier call has done it, whose answer was lost
            raise


def forget_name(modules: Modules, pool: Pool, name: str, image: str) -> None:
    """Have an image no longer answer to a name; nothing happens when it does not, or when another one does."""
    rados = modules.rados
    with suppress(rados.ObjectNotFound):
        try:
            with rados.WriteOpCtx() as step:
                step.cmpext(encoded(image), 0)
                step.remove()
                pool.ioctx.operate_write_op(step, _ID_OBJECT + name, flags=FULL_FORCE)
        except rados.Error as error:
            if abs(getattr(error, "errno", None) or 0) < _MISMATCH:
                raise


def listed(modules: Modules, pool: Pool) -> Iterator[tuple[str, str]]:
    """The name and Ceph's id of each image in the directory."""
    start = ""
    with suppress(modules.rados.ObjectNotFound):
        while True:
            answer = _page(pool, DIRECTORY, "dir_list", start)
            page = [(answer.text(), answer.text()) for _ in range(answer.number(4))]
            yield from page
            if len(page) < _PAGE:
                return
            start = page[-1][0]


def listed_id(modules: Modules, pool: Pool, name: str) -> str | None:
    """The id that the directory has of a name."""
    with suppress(modules.rados.ObjectNotFound):
        return Reader(asked(pool, DIRECTORY, "dir_get_id", encoded(name))).text()
    return None


def listed_name(modules: Modules, pool: Pool, image: str) -> str | None:
    """The name that the directory has of an id."""
    with suppress(modules.rados.ObjectNotFound):
        return Reader(asked(pool, DIRECTORY, "dir_get_name", encoded(image))).text()
    return None


def rename_listed(modules: Modules, pool: Pool, image: str, old: str, new: str) -> None:
    """Have the directory show an image by another name; again is harmless.

    Raises:
        rados.Error: it shows the image by a third name, or another image by the new one.
    """
    try:
        pool.ioctx.execute(DIRECTORY, CLASS, "dir_rename_image", encoded(old, new, image))
    except modules.rados.Error:
        if listed_name(modules, pool, image) != new:  # else an earlier call has done it, whose answer was lost
            raise


def list_again(pool: Pool, name: str, image: str) -> None:
    """Have the directory show an image that it does not show."""
    pool.ioctx.execute(DIRECTORY, CLASS, "dir_add_image", encoded(name, image))


def has_header(modules: Modules, pool: Pool, image: str) -> bool:
    """Whether there is anything of this image that could be opened."""
    with suppress(modules.rados.ObjectNotFound):
        pool.ioctx.stat(_HEADER + image)
        return True
    return False


def has_parent(pool: Pool, image: str) -> bool:
    """Whether an image is a clone still.

    It is not opened for that: librbd would open its parent at a snapshot, see `opened.at_snapshot`.
    """
    answer = Reader(asked(pool, _HEADER + image, "parent_get"))
    answer.bytes(6)  # the versions and the length of what follows
    return answer.number(8) != _NO_POOL


def trashed(modules: Modules, pool: Pool) -> Iterator[Trashed]:
    """The entries of the trash, those of removals that have not ended among them."""
    start = ""
    with suppress(modules.rados.ObjectNotFound):
        while True:
            answer = _page(pool, TRASH, "trash_list", start)
            page = [_entry(answer) for _ in range(answer.number(4))]
            yield from page
            if len(page) < _PAGE:
                return
            start = page[-1].image


def _entry(answer: Reader) -> Trashed:
    image = answer.text()
    answer.number(2)  # the versions of what follows
    entry = Reader(answer.bytes(answer.number(4)))
    source, name = entry.number(1), entry.text()
    entry.bytes(8)  # when it was put there
    return Trashed(image, name, source == _REMOVING, entry.number(4))


def asked(pool: Pool, name: str, method: str, words: bytes = b"", longest: int = 2 * _LONGEST_NAME) -> bytes:
    """What a method of Ceph's own object class answers, which changes nothing."""
    answer: Any = pool.ioctx.execute(name, CLASS, method, words, longest)
    found: bytes = answer[1]
    return found


def _page(pool: Pool, name: str, method: str, start: str) -> Reader:
    words = encoded(start) + _PAGE.to_bytes(8, "little")
    return Reader(asked(pool, name, method, words, 2 * _PAGE * _LONGEST_NAME))


class Reader:
    """Takes an answer of an OSD's class apart.

    Raises ValueError where it ends too early: then it is another one than this version of Ceph would give.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def bytes(self, count: int) -> bytes:
        """The next bytes."""
        found = self._data[self._at : self._at + count]
        if len(found) < count:
            raise ValueError("the cluster's answer ends too early")
        self._at += count
        return found

    def number(self, count: int) -> int:
        """The next number, of so many bytes."""
        return int.from_bytes(self.bytes(count), "little")

    def text(self) -> str:
        """The next text."""
        return self.bytes(self.number(4)).decode(errors="surrogateescape")
