"""What an answer has to say before it counts.

A success is one that the server has named: what is between may answer 200 as well, with nothing, with a login page, or
with the answer to another request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from orlop.errors import BackendError, StoreError, Unavailable

Answer = dict[str, Any]

_OF_A_TENANT = frozenset({"Bucket", "Name"})
"""Names of a bucket, before which radosgw may put its tenant's."""


@contextmanager
def understood() -> Iterator[None]:
    """A context in which an answer that botocore's parsers break over is an error of the backend.

    They believe lengths, dates and lists to be such, and raise whatever Python raises where they are not.

    Raises:
        BackendError: the answer makes no sense.
    """
    try:
        yield
    except (StoreError, BotoCoreError, ClientError, HTTPError, OSError):
        raise
    except Exception as error:
        kind = type(error).__name__
        raise BackendError(f"the server's answer makes no sense: botocore cannot read it ({kind})") from error


def whole(answer: Answer, *needed: str) -> Answer:
    """The answer, which must have these fields.

    Raises:
        Unavailable: it lacks one: what should have said it was lost on the way, or never was the server's.
    """
    if missing := [name for name in needed if answer.get(name) is None]:
        raise Unavailable(f"the server's answer is not whole: it lacks {', '.join(missing)}")
    return answer


def about(answer: Answer, **asked: str) -> Answer:
    """The answer, which must be about what was asked where it says what it is about.

    Raises:
        Unavailable: it belongs to another request.
    """
    for name, value in asked.items():
        said = answer.get(name)
        if name in _OF_A_TENANT and said is not None:
            said, value = str(said).rpartition(":")[2], value.rpartition(":")[2]  # noqa: PLW2901
        if said is not None and said != value:
            raise Unavailable(f"the server's answer belongs to another request: its {name} is {said!r}")
    return answer


def described(head: Answer) -> Answer:
    """What the server says of an object, with a length and an ETag.

    Raises:
        Unavailable: it is not whole.
        BackendError: its length is none.
    """
    length = whole(head, "ContentLength", "ETag")["ContentLength"]
    if not isinstance(length, int) or length < 0:
        raise BackendError(f"the server says that an object has {length} bytes")
    return head


def status_of_answer(answer: Mapping[str, Any]) -> int:
    """The status of an answer; 0 where botocore does not tell."""
    return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def header_of(answer: Mapping[str, Any], name: str) -> str:
    """One header of an answer; empty where it has none."""
    return str(answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(name, ""))


def opaque(etag: object) -> str:
    """What two ETags are compared by: a weak one stands for the same object as a strong one does."""
    return str(etag).removeprefix("W/").strip('"')


def is_strong(etag: object) -> bool:
    """Whether a condition may name this ETag; a weak one never meets `If-Match`."""
    return not str(etag).startswith("W/")
