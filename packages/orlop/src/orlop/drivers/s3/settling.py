"""Making an object although the answer may never come.

A server that is still at it when the answer is no longer waited for makes the object later: after a failure was told,
and after everything was removed. So it is looked, until it is known.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    SSLError,
)

from orlop.cancellation import cancelled
from orlop.drivers.s3.failures import classify, status_of
from orlop.errors import StoreError, Unavailable

_SHORT, _LONG = 0.1, 5.0
"""Seconds between two looks."""
_MOST = 5
"""Requests that may be under way at once, all unanswered."""
_NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, SSLError)
_GATEWAY = frozenset({408, 502, 504})
"""A proxy says that it has not heard of the server, which may be at it."""


def is_unanswered(error: BaseException) -> bool:
    """Whether a request may still be under way, or done, although it has failed here."""
    if isinstance(error, ClientError):
        return status_of(error) in _GATEWAY
    return classify(error) is Unavailable and not isinstance(error, (StoreError, *_NEVER_SENT))


@dataclass(frozen=True, slots=True)
class Settling:
    """How long it is looked, and how.

    made: whether the object of this upload is there. over: whether nobody wants it any more. until: the time by
    time.monotonic() at which it ends. tries: how often the request is made in all. silence: seconds that the server may
    answer nothing at all.
    """

    made: Callable[[], bool]
    over: Callable[[], bool]
    until: float
    tries: int
    silence: float

    def settle(self, make: Callable[[], None]) -> None:
        """Do `make`, again where no answer comes, until the object is there or that is out of the question.

        Raises:
            the error of `make`: an answer says so, or none has come by then.
        """
        try:
            make()
            return
        except Exception as error:
            if not is_unanswered(error):
                raise
            unanswered = error
        if not self._is_made_after_all(make):
            raise unanswered

    def _is_made_after_all(self, make: Callable[[], None]) -> bool:
        tries, pause, heard = min(self.tries, _MOST) - 1, _SHORT, time.monotonic()
        while (
            not (self.over() or cancelled()) and (now := time.monotonic()) < self.until and now < heard + self.silence
        ):
            time.sleep(min(pause, self.until - now))
            pause = min(2 * pause, _LONG)
            try:
                if self.made():
                    return True
                heard = time.monotonic()
                if tries > 0:
                    tries -= 1
                    make()
                    return True
            except Exception as error:
                # A refusal is one of this request, and says nothing of the first one.
                if not isinstance(error, StoreError) and classify(error) is None:
                    raise
        return False
