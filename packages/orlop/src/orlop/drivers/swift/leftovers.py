"""What dead uploads have left in a container, and removing it.

What is below `.orlop/` belongs to uploads, by image id and mark. An upload is alive while any object of it - a segment,
the beacon, a claim - is younger than `leftover_seconds`, by the server's clock. The segments of an image that is there
are its own for ever: its manifest carries the same mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.containers import Containers
from orlop.drivers.swift.deleting import finish_deletion
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.layout import ROOTS, SEGMENTS, Place
from orlop.drivers.swift.listing import Item
from orlop.drivers.swift.ownership import is_own
from orlop.drivers.swift.removing import remove_below, remove_wholly
from orlop.drivers.swift.times import is_older, server_time
from orlop.errors import InvalidLocation
from orlop.records import Leftover


@dataclass(slots=True)
class _Traces:
    """All objects of one upload, or of one deletion."""

    place: Place
    items: list[Item] = field(default_factory=list)

    def are_old(self, seconds: float, now: datetime) -> bool:
        return all(is_older(item.modified, seconds, now) for item in self.items)

    def told(self, items: list[Item]) -> Leftover:
        place = self.place
        size = sum(item.size for item in items if item.name.startswith(SEGMENTS) and "/table-" not in item.name)
        newest = max(item.modified for item in items if item.modified is not None)
        return Leftover(f"{place.container}/{place.image_id}/{place.mark}", size, place.image_id, newest)


def leftovers_in(client: Client, container: str) -> Iterator[Leftover]:
    """What dead uploads and deletions have left in this container."""
    now = server_time(client.ask("HEAD", container, also=MISSING).headers.get("Date"))
    for traces in _all_traces(client, container):
        if not traces.are_old(client.settings.leftover_seconds, now):
            continue
        items = traces.items
        if is_own(client, traces.place):
            items = [item for item in items if not item.name.startswith(SEGMENTS)]
        if items:
            yield traces.told(items)


def empty_containers(client: Client, containers: Containers) -> Iterator[Leftover]:
    """Containers of single images that dead uploads have made and put nothing into."""
    now = server_time(client.ask("HEAD").headers.get("Date"))
    for item in containers.items():
        if is_older(item.modified, client.settings.leftover_seconds, now) and not any(client.listing(item.name)):
            image_id = item.name.removeprefix(f"{client.settings.container}_")
            yield Leftover(item.name, 0, image_id, item.modified)


def remove_leftover(client: Client, text: str) -> None:
    """Remove what one dead upload or deletion has left; when it lives after all, nothing.

    First the beacon goes: an upload that has only been asleep looks for it when its image is there, and takes the image
    back when it is missing. So either that happens, or the image is seen here, and keeps its segments.

    Raises:
        InvalidLocation: such a text names no leftover.
    """
    container, _, rest = text.partition("/")
    image_id, _, mark = rest.rpartition("/")
    if not container or not image_id or "/" in image_id or not mark.isalnum():
        raise InvalidLocation("this is no leftover of an upload")
    place = Place(container, image_id, mark)
    answer = client.ask("HEAD", container, also=MISSING)
    if answer.status_code in MISSING:
        return
    now = server_time(answer.headers.get("Date"))
    single = {place.beacon, place.claim, place.deletion}
    items = [
        item
        for root in (*sorted(single), place.folder)
        for item in client.listing(container, prefix=root)
        if item.name in single or item.name.startswith(place.folder)
    ]
    if not _Traces(place, items).are_old(client.settings.leftover_seconds, now):
        return
    names = {item.name for item in items}
    for name in (place.beacon, place.claim):
        if name in names:
            remove_wholly(client, container, name)
    if place.deletion in names:
        finish_deletion(client, place)
    if not is_own(client, place):
        remove_below(client, container, place.folder, "segments of the upload")


def _all_traces(client: Client, container: str) -> Iterator[_Traces]:
    """The uploads and deletions that have anything in this container, image by image."""
    found: dict[tuple[str, str], _Traces] = {}
    for root in ROOTS:
        for item in client.listing(container, prefix=root):
            place = Place.of(container, item.name)
            if place is not None:
                found.setdefault((place.image_id, place.mark), _Traces(place)).items.append(item)
    yield from found.values()
