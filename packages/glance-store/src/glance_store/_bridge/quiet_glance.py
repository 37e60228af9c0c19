"""What Glance itself writes of locations to its log: old ones hold passwords, and it writes them whole.

It does so where it finds no store for a location, because no store is configured that could have it, or where a user
gives one that is not allowed.
"""

from __future__ import annotations

import logging

from orlop.location import scrubbed

_LOGGERS = ("glance.common.store_utils", "glance.api.v2.images", "glance.location", "glance.scrubber")


class _Scrubbing(logging.Filter):
    """Lets every record pass, without the passwords of the locations in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        shown = scrubbed(text)
        if shown != text:
            record.msg, record.args = shown, ()
        return True


_SCRUBBING = _Scrubbing()


def hide_passwords() -> None:
    """Have Glance's log hide the passwords of locations; may be called any number of times."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_SCRUBBING)  # of one filter a logger has only one
