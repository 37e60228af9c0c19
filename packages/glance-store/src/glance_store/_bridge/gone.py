"""Whether an image that was not found is gone, or what all images are in: Glance forgets one that is not found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orlop.errors import StoreFull
from orlop.location import without_secrets
from orlop.records import Severity
from orlop.store import Store as OrlopStore
from orlop.stores import open_settings

from glance_store import exceptions

_MAKING = {"create", "create_bucket", "create_container"}
"""Settings by which a store makes what is missing when an image is stored; here it has to be there."""


def require_usable(store: OrlopStore, location: str, there: Mapping[str, Any]) -> None:
    """See that a store which has not found an image is as it should be, where the location says that it is.

    A bucket or container that is missing has no images, nor has another server that answers in place of the right one.
    `there` has the settings that are others in that place.

    Raises:
        TimeoutError: it is not.
    """
    settings = store.settings
    fixed = dict.fromkeys(_MAKING & set(type(settings).model_fields), False)
    with open_settings(store.name, settings.model_copy(update={**there, **fixed})) as twin:
        errors = [one for one in twin.check() if one.severity is Severity.ERROR]
    wrong = "; ".join(one.message for one in errors if one.kind is not StoreFull)
    if wrong:
        shown = without_secrets(location)
        raise exceptions.TimeoutError(f"{store.name}: {shown} was not found, and perhaps it is there: {wrong}")
