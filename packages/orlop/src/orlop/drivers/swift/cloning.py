"""What of another image Swift can copy by itself: its segments, each to one of the new image."""

from __future__ import annotations

from collections.abc import Sequence

from orlop.driver import Blob
from orlop.drivers.swift.blob import SwiftBlob
from orlop.drivers.swift.client import Client
from orlop.drivers.swift.manifest import Segment, direct_segments
from orlop.errors import Unsupported


def parts_to_copy(client: Client, blob: Blob) -> Sequence[Segment]:
    """The objects that make up the image, in order; none of an empty one.

    Raises:
        Unsupported: they cannot be copied one by one.
    """
    if not isinstance(blob, SwiftBlob) or blob.client.url != client.url:
        raise Unsupported("only an image of the same account can be copied by Swift itself")
    source = blob.source
    if source.dynamic:
        raise Unsupported("the segments of a dynamic large object are only known by a listing; they are not copied")
    if source.static:
        parts: Sequence[Segment] = direct_segments(client, source.container, source.name, source.mark)
    else:
        parts = [Segment(source.container, source.name, source.etag, source.size)] if source.size else []
    if not all(part.whole and part.size and not part.table for part in parts):
        raise Unsupported("an image of ranges, or with several levels of manifests, is not copied by Swift itself")
    return parts
