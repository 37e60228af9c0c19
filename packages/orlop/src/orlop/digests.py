"""Digests and verifiers: each sees every block, in order, in a thread of its own.

hashlib lets go of the interpreter lock while it works, so several digests cost the time of the slowest one only, as
long as there are processors for them.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from orlop.errors import Mismatch, Unsupported
from orlop.ration import Portion

_DEPTH = 2
"""Blocks waiting before one follower; more would only cost memory."""


@runtime_checkable
class Verifier(Protocol):
    """Something that judges an image by its bytes, such as a signature."""

    def update(self, data: bytes, /) -> object:
        """Take the next bytes."""

    def verify(self) -> object:
        """Judge what has been taken; raise to refuse the image."""


def normalized(algorithm: str) -> str:
    """The name of a digest algorithm as `hashlib` knows it.

    Raises:
        Unsupported: `hashlib` has no such algorithm, or its result has no fixed length.
    """
    name = algorithm.strip().lower()
    for candidate in (name, name.replace("-", ""), name.replace("-", "_")):
        if candidate in hashlib.algorithms_available and new_hash(candidate).digest_size:
            return candidate
    known = ", ".join(sorted(name for name in hashlib.algorithms_guaranteed if not name.startswith("shake")))
    raise Unsupported(f"no digest algorithm {algorithm!r}; there are {known}")


def new_hash(algorithm: str) -> hashlib._Hash:
    """A fresh hash object. Digests here find damage, they keep no secrets: md5 works on FIPS machines too."""
    return hashlib.new(algorithm, usedforsecurity=False)


def expected(digests: Mapping[str, str] | None) -> dict[str, str]:
    """Expected digests with names and values in their normal form.

    Raises:
        Unsupported: an unknown algorithm.
        Mismatch: a value that can be no digest of its algorithm, so that nothing would ever match it.
    """
    result: dict[str, str] = {}
    for algorithm, value in (digests or {}).items():
        name, text = normalized(algorithm), value.strip().lower()
        width = new_hash(name).digest_size * 2
        if len(text) != width or set(text) - set("0123456789abcdef"):
            raise Mismatch(f"{value!r} is no {name} digest: that has {width} hexadecimal digits")
        result[name] = text
    return result


def compare(found: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Compare computed digests with expected ones.

    Raises:
        Mismatch: naming the algorithm and both values.
    """
    for algorithm, value in wanted.items():
        if found[algorithm] != value:
            raise Mismatch(f"the {algorithm} of the data is {found[algorithm]}, expected was {value}")


class Follower:
    """One consumer of the stream and its thread. The first thing it raises is raised by the next `feed` or `finish`."""

    def __init__(self, consume: Callable[[bytes], object], name: str) -> None:
        self._consume = consume
        self._queue: queue.Queue[tuple[bytes, Portion | None] | None] = queue.Queue(_DEPTH)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"orlop-{name}", daemon=True)
        self._thread.start()

    def feed(self, block: bytes, portion: Portion | None = None) -> None:
        """Hand on the next block; waits while the follower is behind. It leaves `portion` when it is done with it."""
        self._queue.put((block, portion and portion.join()))
        self._raise()

    def finish(self) -> None:
        """Wait until every block has been taken."""
        self._queue.put(None)
        self._thread.join()
        self._raise()

    def stop(self) -> None:
        """End the thread as soon as it can, without waiting for it."""
        self._error = self._error or InterruptedError()
        while True:
            try:
                self._queue.put_nowait(None)
                return
            except queue.Full:
                try:
                    self._queue.get_nowait()
                except queue.Empty:
                    continue

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            block, portion = item
            if self._error is None:
                try:
                    self._consume(block)
                except BaseException as error:  # noqa: BLE001 - raised again in the thread that feeds
                    self._error = error
            del item, block  # it must not stay alive while this waits for the next one
            if portion is not None:
                portion.leave()


class Digester:
    """Several digests and verifiers of one stream."""

    def __init__(self, algorithms: Iterable[str], verifiers: Sequence[Verifier] = ()) -> None:
        self._hashes = {name: new_hash(name) for name in dict.fromkeys(map(normalized, algorithms))}
        self._followers = [Follower(hash_.update, name) for name, hash_ in self._hashes.items()]
        self._followers += [Follower(verifier.update, "verifier") for verifier in verifiers]

    def feed(self, block: bytes, portion: Portion | None = None) -> None:
        """Hand the next block, which takes `portion`, to everyone; raises what a verifier has raised."""
        for follower in self._followers:
            follower.feed(block, portion)

    def finish(self) -> dict[str, str]:
        """Wait for everyone, and return algorithm names to hex digests."""
        for follower in self._followers:
            follower.finish()
        return {name: hash_.hexdigest() for name, hash_ in self._hashes.items()}

    def stop(self) -> None:
        """Give up; nothing is waited for."""
        for follower in self._followers:
            follower.stop()
