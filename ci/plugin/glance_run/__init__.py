"""What is done to every Python process of a run of Glance's tests, so that nothing of Glance needs an edit.

Names are resolved without a name server; the stores that a test configures for the file driver are made stores of the
driver under test; which stores were made is noted, so that the job can tell that this has really happened.
"""

from __future__ import annotations

import os
from functools import partial

from .order import VARIABLE, Order


def install() -> None:
    """Do what the environment orders; nothing when there is no order."""
    text = os.environ.get(VARIABLE)
    if text is None:
        return
    # Only now: this runs in every Python that inherits PYTHONPATH, and most have no order.
    from . import after_import, current_test, noting, resolving, stand_ins, swapping  # noqa: PLC0415

    order = Order.from_text(text)
    resolving.install()
    actions = [partial(noting.install, path=order.notes)]
    if order.driver is not None:
        actions.append(partial(stand_ins.install, driver=order.driver, tests=order.stand_ins))
        actions.append(partial(swapping.install, driver=order.driver, scheme=order.scheme, options=order.options))
        after_import.call("testtools.testcase", [current_test.install])
    after_import.call("glance_store", actions)
