"""The write path: from any source into an upload, for every store alike.

    room beside other uploads? wait -> read blocks -> more than announced? stop -> digests and verifiers -> skip zeros
    -> lanes -> checks -> commit

The image is committed only when everything is right; otherwise the caller aborts the upload, and the first error is
the one raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from orlop.digests import Digester, Verifier, compare
from orlop.driver import Upload
from orlop.errors import Mismatch
from orlop.holes import zeros
from orlop.lanes import Lanes
from orlop.ration import Ration
from orlop.source import Source, blocks


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller wants of one transfer: size in bytes or None, digests to compute and to compare, verifiers."""

    size: int | None = None
    algorithms: Sequence[str] = ()
    expect: Mapping[str, str] = field(default_factory=dict)
    verifiers: Sequence[Verifier] = ()
    on_progress: Callable[[int], None] = lambda _: None


def transfer(
    upload: Upload, source: Source, wanted: Wanted, *, lanes: Lanes, ration: Ration
) -> tuple[int, dict[str, str]]:
    """Move every byte of `source` into `upload`, and return how many there were and their digests.

    Nothing is committed here.

    Raises:
        Mismatch: more or fewer bytes than announced, or another digest than expected.
        Exception: what the source, a verifier or the driver raises first.
    """
    digester = Digester([*wanted.algorithms, *wanted.expect], wanted.verifiers)
    with closing(ration.share(upload.lanes * upload.block_size)) as share:
        try:
            size = 0
            pieces = blocks(source, lanes.block_size_at)
            while True:
                portion = share.take(lanes.block_size_at(size), lanes.check)
                block = next(pieces, b"")
                if not block:
                    break
                start, size = size, size + len(block)
                if wanted.size is not None and size > wanted.size:
                    raise Mismatch(f"the source gives more than the {wanted.size} bytes that were announced")
                digester.feed(block, portion)
                for offset, piece in solid_pieces(block, upload.grain):
                    lanes.write(start + offset, piece, portion)
                    del piece
                del block  # it must not stay alive while the next one is read
                portion.leave()
                wanted.on_progress(size)
            if wanted.size is not None and size < wanted.size:
                raise Mismatch(f"the source ended after {size} of the {wanted.size} bytes that were announced")
            lanes.drain()
            digests = digester.finish()
        finally:
            lanes.stop()
            digester.stop()
    compare(digests, wanted.expect)
    for verifier in wanted.verifiers:
        verifier.verify()
    return size, digests


def solid_pieces(block: bytes, grain: int) -> Iterator[tuple[int, bytes]]:
    """The parts of a block that are not zero, with their offsets in it; the whole block when `grain` is 0.

    Compared with zeros piece by piece at the speed of memory; a block without zero pieces is handed on as it is.
    """
    if not grain:
        yield 0, block
        return
    solid_from: int | None = None
    for at in range(0, len(block), grain):
        if block.startswith(zeros(min(grain, len(block) - at)), at):
            if solid_from is not None:
                yield solid_from, block[solid_from:at]
                solid_from = None
        elif solid_from is None:
            solid_from = at
    if solid_from is not None:
        yield solid_from, block[solid_from:]
