"""From an id or a location, as the user gives it, to the store that has the image."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from orlop.cli.output import message
from orlop.cli.parsing import store_and_id
from orlop.cli.session import Session
from orlop.errors import InvalidLocation, NotFound, StoreError, Unsupported
from orlop.location import is_location, scheme_of
from orlop.store import Store
from orlop.stores import open_store


@dataclass(frozen=True, slots=True)
class Found:
    """An image: in which store it is, and where there."""

    store: Store
    location: str


def find(session: Session, image: str, store: str | None) -> Found:
    """The image that an id or a location names, for reading.

    With a `store`, given beside the image or before its id as `STORE:ID`, only that one is asked. A location is looked
    for in the stores that have such locations, and an http(s) URL of none of them is read as it is. An id is looked for
    in the default store and then in the others, by weight; a store that fails is passed over with a message.

    Raises:
        NotFound: no store has it.
        StoreError: a store failed, and none of the others has it.
    """
    store, image = _parted(session, image, store)
    if store is not None:
        chosen = session.store(store)
        return Found(chosen, image if is_location(image) else chosen.locate(image))
    return _by_location(session, image) if is_location(image) else _by_id(session, image)


def find_to_delete(session: Session, image: str, store: str | None) -> Found:
    """The same, for deleting: an id names an image of `store` or of the default store, and never a copy elsewhere."""
    if store is not None or is_location(image) or _parted(session, image, store)[0] is not None:
        return find(session, image, store)
    chosen = session.stores.default_store
    try:
        return Found(chosen, chosen.locate(image))
    except NotFound as error:
        error.add_note("only the default store was asked; --store names another one")
        raise


def _parted(session: Session, image: str, store: str | None) -> tuple[str | None, str]:
    """The store that was named, if any, and the image's id or location."""
    return (store, image) if store is not None or is_location(image) else store_and_id(image, session.stores)


def _by_location(session: Session, location: str) -> Found:
    try:
        return Found(session.stores.owner(location), location)
    except InvalidLocation as error:
        if scheme_of(location) not in {"http", "https"}:
            if broken := session.stores.configuration.broken:
                error.add_note(f"not asked, because their settings are wrong: {', '.join(broken)}")
            raise
    parts = urlsplit(location)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"  # credentials are taken from the location itself
    return Found(session.adopt(open_store(origin)), location)


def _by_id(session: Session, image_id: str) -> Found:
    failure: StoreError | None = None
    missing: NotFound | None = None
    names = _search_order(session)
    for name in names:
        try:
            store = session.stores[name]
            location = store.locate(image_id)
        except NotFound as error:
            missing = missing or error
        except Unsupported:
            continue  # it does not find images by id
        except InvalidLocation:
            raise
        except StoreError as error:
            message(session, f"passed over: {error}")
            failure = failure or error
        else:
            if name != names[0]:
                message(session, f"{image_id}: found in the store {name}")
            return Found(store, location)
    if failure is not None:
        raise failure
    if len(names) == 1 and missing is not None:
        raise missing
    raise NotFound(f"there is no image of this id in the stores {', '.join(names)}", location=image_id)


def _search_order(session: Session) -> list[str]:
    configuration = session.stores.configuration
    weighed = sorted(configuration.stores, key=lambda name: -configuration.stores[name].weight)
    first = configuration.default_store
    return [first, *(name for name in weighed if name != first)]
