"""What dead uploads have left in a container, and removing it.

What is below `.orlop/` belongs to uploads, by image id and mark. An upload is alive while any object of it - a segment,
the beacon, a claim - is younger than `leftover_seconds`, by the server's clock. The segments of an image that is there
are its own for ever: its manifest carries the same mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from orlop.drivers.swift.client import Client, Item
from orlop.drivers.swift.containers import Containers
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.layout import CLAIMS, SEGMENTS, UPLOADS, Place
from orlop.drivers.swift.ownership import is_own
from orlop.drivers.swift.times import age, listed_time, server_time
from orlop.errors import InvalidLocation
from orlop.records import Leftover


@dataclass(slots=True)
class _Traces:
    """All objects of one upload."""

    place: Place
    items: list[Item] = field(default_factory=list)

    @property
    def newest(self) -> datetime:
        return max(listed_time(item.modified) for item in self.items)


def leftovers_in(client: Client, container: str) -> Iterator[Leftover]:
    """What dead uploads have left in this container."""
    now = server_time(client.ask("HEAD", container, also=MISSING).headers.get("Date"))
    for traces in _all_traces(client, container):
        if (now - traces.newest).total_seconds() >= client.settings.leftover_seconds and not is_own(
            client, traces.place
        ):
            place = traces.place
            size = sum(item.size for item in traces.items if "/table-" not in item.name)
            yield Leftover(f"{container}/{place.image_id}/{place.mark}", size, place.image_id, traces.newest)


def empty_containers(client: Client, containers: Containers) -> Iterator[Leftover]:
    """Containers of single images that dead uploads have made and put nothing into."""
    now = server_time(client.ask("HEAD").headers.get("Date"))
    for item in containers.items():
        if age(item.modified, now) < client.settings.leftover_seconds or any(client.listing(item.name)):
            continue
        image_id = item.name.removeprefix(f"{client.settings.container}_")
        yield Leftover(item.name, 0, image_id, listed_time(item.modified))


def remove_leftover(client: Client, text: str) -> None:
    """Remove what one dead upload has left; when it lives after all, or has become an image, nothing.

    First the beacon goes: an upload that has only been asleep looks for it when its image is there, and takes the image
    back when it is missing. So either that happens, or the image is seen here.

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
    roots = (place.beacon, place.claim, place.folder)
    items = [item for root in roots for item in client.listing(container, prefix=root)]
    if any(age(item.modified, now) < client.settings.leftover_seconds for item in items):
        return
    client.remove(container, place.beacon)
    client.remove(container, place.claim)
    if not is_own(client, place):
        for item in items:
            client.remove(container, item.name)


def _all_traces(client: Client, container: str) -> Iterator[_Traces]:
    """The uploads that have anything in this container, image by image."""
    found: dict[tuple[str, str], _Traces] = {}
    for root in (UPLOADS, CLAIMS, SEGMENTS):
        for item in client.listing(container, prefix=root):
            place = Place.of(container, item.name)
            if place is not None:
                found.setdefault((place.image_id, place.mark), _Traces(place)).items.append(item)
    yield from found.values()
