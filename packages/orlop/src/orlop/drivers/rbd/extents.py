"""Where an image has data and where holes, by its object map (the features object-map and fast-diff)."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.opened import OpenImage

_FAST_DIFF = 16
_INVALID = 1 | 2
"""Flags of an image: its object map, or what fast-diff keeps, is not to be trusted."""
_WORTH = 64 * 1024 * 1024
"""Bytes: a shorter range is read as it is; to ask for the holes first would take longer than they do."""


class Extents:
    """The data of one image; asked for once, by the first long enough range."""

    def __init__(self, modules: Modules, image: Any, length: int) -> None:
        self._known = length >= _WORTH and holes_are_known(modules, image)
        self._length = length
        self._lock = threading.Lock()
        self._data: list[tuple[int, int]] | None = None

    def cut(self, opened: OpenImage, start: int, stop: int) -> Iterator[tuple[int, int, bool]]:
        """The range in parts: from where to where, and whether it is a hole."""
        position = start
        for first, last in self._all(opened) if self._known else [(0, self._length)]:
            if last <= position:
                continue
            if first >= stop:
                break
            if first > position:
                yield position, first, True
                position = first
            yield position, min(last, stop), False
            position = min(last, stop)
        if position < stop:
            yield position, stop, True

    def _all(self, opened: OpenImage) -> list[tuple[int, int]]:
        with self._lock:
            if self._data is None:
                with opened.handle as image:
                    self._data = data_of(image, self._length)
            return self._data


def holes_are_known(modules: Modules, image: Any) -> bool:
    """Whether the cluster knows the image's holes without looking for each object."""
    try:
        image.get_parent_image_spec()
    except modules.rbd.ImageNotFound:
        return bool(image.features() & _FAST_DIFF) and not image.flags() & _INVALID
    return False  # what is not in the image itself may be in its parent


def data_of(image: Any, length: int) -> list[tuple[int, int]]:
    """The parts of an image that have data, in whole objects, joined where they touch.

    librbd reports the parts of a striped image object by object, before 16.2.8 and 17.2.1, and not by their offsets.
    """
    found: list[tuple[int, int]] = []

    def add(offset: int, size: int, exists: bool) -> None:
        if exists:
            found.append((offset, offset + size))

    if length:
        image.diff_iterate(0, length, None, add, include_parent=False, whole_object=True)
    return merged(found, length)


def merged(parts: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The parts of a whole of `length` bytes in the order of their offsets, those that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(parts):
        first, last = max(begin, 0), min(end, length)
        if first >= last:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
