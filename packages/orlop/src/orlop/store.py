"""One store: the portable class, and the only caller of drivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, Self, TypeVar

from orlop import digests as digesting
from orlop.availability import Availability, finding_of, kind_of
from orlop.calls import Calls
from orlop.capabilities import Capability
from orlop.driver import Driver
from orlop.errors import InvalidLocation, NotFound, StoreError, Unsupported
from orlop.events import Listener
from orlop.listing import Listing
from orlop.location import refused_id, scheme_of
from orlop.opened import Opened
from orlop.putting import Put
from orlop.reading import ImageReader, Plan
from orlop.records import Acl, Finding, Identity, Leftover, Receipt, Space, Stat
from orlop.settings import StoreSettings
from orlop.source import Source

T = TypeVar("T")

DEFAULT_DIGESTS = ("sha256",)


class Store:
    """One configured backend, in which images are put, found, read and deleted.

    Safe in any number of threads. For what the backend does, every method raises a `StoreError` and nothing else, and
    within the deadlines of the settings. Images are immutable: nothing is ever overwritten.
    """

    def __init__(self, name: str, driver: Driver[Any], *, parent: Store | None = None) -> None:
        """`parent`: the store that this one is on behalf of a user; memory, hanging calls and findings are its."""
        self.name = name
        self.settings: StoreSettings = driver.settings
        self._driver = driver
        self._parent = parent
        self._calls: Calls
        self._availability: Availability
        if parent is None:
            self._calls, self._availability = Calls(name, driver), Availability()
        else:
            self._calls = Calls(name, driver, shared=parent._calls)  # noqa: SLF001 - of the same class
            self._availability = parent._availability  # noqa: SLF001
        calls = self._calls
        self._opened = Opened(lambda: calls.once("close", "", driver.close, always=True), self.settings.deadline)

    def __repr__(self) -> str:
        return f"<Store {self.name!r} driver={self.settings.driver!r}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def capabilities(self) -> Capability:
        """What this store can do: its driver's word, narrowed by the settings. It does not change, see `lost`."""
        return self._driver.capabilities

    @property
    def lost(self) -> Capability:
        """What the last `check` found that cannot be used for now; `refusal` looks again."""
        return self._driver.capabilities & self._availability.lost

    @property
    def findings(self) -> Sequence[Finding]:
        """What the last `check` found; empty before the first one."""
        return self._availability.findings

    def refusal(self, capability: Capability, operation: str = "", location: str = "") -> StoreError | None:
        """The error with which an operation that needs `capability` is refused now; None when it is not refused.

        `Unsupported` says that this store can never do it, by its driver or its settings. What the last `check` found
        lost is looked at again first, every few seconds at the most, and told as what it is: `Unavailable`,
        `PermissionDenied`, `StoreFull`, `InvalidSettings` or `BackendError`, with the reason found.
        """
        if capability not in self._driver.capabilities:
            reason = f"a store of the {self.settings.driver!r} driver cannot do this ({capability.name})"
            return Unsupported(reason, store=self.name, operation=operation, location=location)
        if self._availability.why_lost(capability) is not None and self._availability.may_look():
            (self._parent or self).check()
        found = self._availability.why_lost(capability)
        if found is None:
            return None
        return kind_of(found)(found.message, store=self.name, operation=operation, location=location)

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes of this store's locations, the one it writes first."""
        return self._driver.schemes

    # Writing

    def put(
        self,
        image_id: str,
        source: Source,
        *,
        size: int | None = None,
        digests: Sequence[str] = DEFAULT_DIGESTS,
        expect: Mapping[str, str] | None = None,
        verifiers: Sequence[digesting.Verifier] = (),
        on_event: Listener | None = None,
    ) -> Receipt:
        """Store an image, whole or not at all.

        Args:
            image_id: the image's name; `orlop.location.refused_id` says what is allowed.
            source: bytes, a file object (only its `read` is used) or an iterable of bytes in pieces of any sizes.
            size: how many bytes the source is going to give; None when nobody knows.
            digests: names of digests to compute on the way; they are kept with the image where the store can.
            expect: algorithm names to the hexadecimal digests that the data must have.
            verifiers: objects with `update(bytes)` and `verify()`; they raise to refuse the image.
            on_event: called with an `Event` as things go on.

        Raises:
            AlreadyExists: there is an image of this id.
            Mismatch: more or fewer bytes than `size`, or another digest than in `expect`.
            StoreFull, PermissionDenied, Unavailable, Unsupported, InvalidLocation, BackendError: as their names say.
            Exception: whatever the source, a verifier or `on_event` raises, as it is.

        """
        put = self._begin("put", image_id, digests, expect, on_event)
        return put.stream(source, size, verifiers)

    def copy(
        self,
        location: str,
        target: Store,
        image_id: str,
        *,
        digests: Sequence[str] = DEFAULT_DIGESTS,
        expect: Mapping[str, str] | None = None,
        on_event: Listener | None = None,
    ) -> Receipt:
        """Copy an image of this store into `target` under the id `image_id`, verified, without a temporary copy.

        The bytes are compared with `expect`, or else with the digests that this store keeps. Where the target's backend
        can take them over by itself (COPY), they are only read for the digests.

        Raises:
            StoreError: what `open` of this store and `put` of the other one raise.

        """
        known = expect
        if known is None:
            kept = self.stat(location).digests
            known = {name: kept[name] for name in digests if name in kept} or kept
        put = target._begin("copy", image_id, digests, known, on_event)
        with self.open(location) as reader:
            return put.clone(reader) if Capability.COPY in target.capabilities else put.copy(reader)

    def delete(self, location: str) -> None:
        """Delete the image at `location`; again while a failure may pass, and that it is gone then is a success.

        Every try is for the image that was there at first: one that gets its id meanwhile stays.

        Raises:
            NotFound: it is not there (any more).
            InUse: something outside still uses it.

        """
        self._require(Capability.DELETE, "delete", location)
        self._own(location, "delete")
        identity = self._calls.repeated("delete", location, lambda: self._driver.identify(location))
        failed: list[StoreError] = []
        try:
            self._calls.repeated(
                "delete", location, lambda: self._driver.delete(location, identity), on_retry=failed.append
            )
        except NotFound:
            # After a failure it may be our own doing: that one's answer was lost.
            if not failed:
                raise

    def set_acl(self, location: str, acl: Acl) -> None:
        """Say in the backend who may read the image at `location`."""
        self._require(Capability.ACL, "set_acl", location)
        self._own(location, "set_acl")
        meant = self._identity("set_acl", location)
        failed: list[StoreError] = []

        def say() -> None:
            if failed and meant is not None and self._driver.identify(location) != meant:
                raise NotFound("the image is gone; there is another one of its id now")
            self._driver.set_acl(location, acl)

        self._calls.repeated("set_acl", location, say, on_retry=failed.append)

    # Reading

    def open(
        self,
        location: str,
        start: int = 0,
        stop: int | None = None,
        verify: Mapping[str, str] | Literal[True] | None = None,
    ) -> ImageReader:
        """Open the image at `location`, or its bytes from `start` up to, not including, `stop`.

        A range is cut at the image's end; one that begins there or after it is empty. With `verify` (digests by
        algorithm, or True for those the store keeps) the end of reading raises `Mismatch` when the data are others.

        Raises:
            NotFound: there is no such image.
            Unsupported: the store cannot read this range, or keeps no digests to verify with.
            ValueError: a negative or reversed range, or a range together with `verify`.

        """
        if start < 0 or (stop is not None and stop < start):
            raise ValueError(f"bytes {start} to {stop} are no range")
        if verify and (start or stop is not None):
            raise ValueError("only a whole image can be verified")
        self._require(Capability.READ_ACCESS, "open", location)
        if start:
            self._require(Capability.READ_OFFSET, "open", location)
        if stop is not None:
            self._require(Capability.READ_CHUNK, "open", location)
        self._own(location, "open")
        wanted = self._wanted(location, verify)
        blob = self._calls.repeated("open", location, lambda: self._driver.open(location), late=lambda one: one.close())
        try:
            with self._calls.translation.during("open", location):
                size, ranged = blob.size, blob.ranged
            if start and not ranged:
                reason = "this image can be read from its start only, for its server has no ranges"
                raise Unsupported(reason, store=self.name, operation="open", location=location)
            end = size if stop is None else stop if size is None else min(stop, size)
            plan = Plan(
                location,
                start if end is None else min(start, end),
                end,
                resumes=Capability.READ_OFFSET in self.capabilities and ranged,
                verify=wanted,
                crew=self._calls.crew,
                patience=self._calls.patience("read", location),
                deadline=self.settings.deadline,
                translation=self._calls.translation,
                opened=self._opened,
                server=self._calls.server_of(location),
            )
            return ImageReader(blob, plan)
        except BaseException:
            with suppress(StoreError):
                self._calls.once("close", location, blob.close, always=True)
            raise

    def verify(self, location: str, expect: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """Read the whole image and compare it with `expect`, or with the digests kept with it; return these.

        Raises:
            Mismatch: the data are others.
            Unsupported: there is nothing to compare with.

        """
        wanted = expect or self._kept(location)
        with self.open(location, verify=wanted) as reader:
            for _ in reader:
                pass
        return wanted

    def stat(self, location: str) -> Stat:
        """What is known of the image at `location` without reading it.

        Raises:
            NotFound: there is no such image.

        """
        self._require(Capability.READ_ACCESS, "stat", location)
        self._own(location, "stat")
        return self._calls.repeated("stat", location, lambda: self._driver.stat(location))

    def exists(self, location: str) -> bool:
        """Whether there is an image at `location`; an unreachable backend is an error, not a False."""
        try:
            self.stat(location)
        except NotFound:
            return False
        return True

    def locate(self, image_id: str) -> str:
        """The location of the image of this id.

        Raises:
            NotFound: there is none.
            Unsupported: this store does not find images by id.

        """
        self._check_id(image_id, "locate")
        return self._calls.repeated("locate", image_id, lambda: self._driver.locate(image_id))

    def list(self) -> Iterator[Stat]:
        """Every image of the store, in any order: all of them, or an error at the end of what could be listed."""
        self._require(Capability.LIST, "list")
        return self._listed("list", self._driver.list, lambda one: one.location)

    def space(self) -> Space:
        """How much the store holds, and how much still fits."""
        self._require(Capability.SPACE, "space")
        return self._calls.repeated("space", "", self._driver.space)

    # Caring

    def check(self) -> Sequence[Finding]:
        """Look whether the store is reachable and usable. What is lost for now is refused until it is back (`refusal`).

        Never raises a `StoreError`: one that comes up is a finding. A store that is unavailable lacks nothing by that:
        it may be back at any time, and says so itself. What a store finds that acts for a user is that user's matter,
        and kept by nobody.
        """
        try:
            found = self._calls.once("check", "", self._driver.check)
        except StoreError as error:
            found = [finding_of(error)]
        if self._parent is None:
            self._availability.keep(found)
        return found

    def leftovers(self) -> Iterator[Leftover]:
        """What dead uploads have left in the backend."""
        return self._listed("leftovers", self._driver.leftovers, lambda one: one.place)

    def clean(self, leftover: Leftover) -> None:
        """Remove one of `leftovers`; one that is gone, or alive again, is left alone."""
        with suppress(NotFound):
            self._calls.repeated("clean", leftover.place, lambda: self._driver.clean(leftover))

    def acting_as(self, identity: Identity) -> Store:
        """The same store on behalf of a user, with this one's budget of memory, hanging calls and findings.

        To close it closes only what is that user's.
        """
        driver = self._calls.repeated(
            "acting_as", "", lambda: self._driver.acting_as(identity), late=lambda one: one.close()
        )
        return Store(self.name, driver, parent=self._parent or self)

    def close(self) -> None:
        """Let go of connections; may be called twice. Also while calls hang.

        Readers that are open stay usable: the driver is closed when the last of them is. A store that is still open
        when the process ends is closed then, with its readers.
        """
        self._opened.close()

    # Within

    def _begin(
        self,
        operation: str,
        image_id: str,
        digests: Sequence[str],
        expect: Mapping[str, str] | None,
        listener: Listener | None,
    ) -> Put:
        self._require(Capability.WRITE_ACCESS, operation, image_id)
        self._check_id(image_id, operation)
        with self._calls.translation.completing(operation, image_id):
            wanted = digesting.expected(expect)
            algorithms = [digesting.normalized(name) for name in digests]
        return Put(self.name, self._driver, self._calls, operation, image_id, algorithms, wanted, listener)

    def _require(self, capability: Capability, operation: str, location: str = "") -> None:
        if (refused := self.refusal(capability, operation, location)) is not None:
            raise refused

    def _own(self, location: str, operation: str) -> None:
        if not location.isascii() and not _is_text(location):
            reason = "this is no location: it holds halves of characters (lone surrogates)"
            raise InvalidLocation(reason, store=self.name, operation=operation, location=ascii(location))
        if scheme_of(location) not in self._driver.schemes:
            ours = " or ".join(f"{scheme}:" for scheme in self._driver.schemes)
            reason = f"this is no location of this store: those begin with {ours}"
            raise InvalidLocation(reason, store=self.name, operation=operation, location=location)

    def _check_id(self, image_id: str, operation: str) -> None:
        if reason := refused_id(image_id):
            raise InvalidLocation(reason, store=self.name, operation=operation, location=repr(image_id))

    def _wanted(self, location: str, verify: Mapping[str, str] | Literal[True] | None) -> dict[str, str]:
        """The digests that an image must have: those given, or those kept with it, which may be damaged."""
        if verify is True:
            kept = self._kept(location)
            with self._calls.translation.during("open", location):
                return digesting.expected(kept)
        with self._calls.translation.completing("open", location):
            return digesting.expected(verify)

    def _kept(self, location: str) -> Mapping[str, str]:
        kept = self.stat(location).digests
        if not kept:
            reason = "no digest is kept with this image; say which one it must have"
            raise Unsupported(reason, store=self.name, operation="verify", location=location)
        return kept

    def _listed(self, operation: str, begin: Callable[[], Iterator[T]], key: Callable[[T], str]) -> Iterator[T]:
        return iter(
            Listing(
                begin,
                key,
                call=lambda fetch: self._calls.once(operation, "", fetch),
                patience=self._calls.patience(operation, ""),
            )
        )

    def _identity(self, operation: str, location: str) -> str | None:
        """What tells this image from a later one; None where the driver does not say."""
        try:
            return self._calls.repeated(operation, location, lambda: self._driver.identify(location))
        except Unsupported:
            return None


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
