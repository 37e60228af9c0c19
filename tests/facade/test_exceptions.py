"""Each exception as Glance and others see it: its text, its `msg`, its way through pickle and copy."""

from __future__ import annotations

import builtins
import copy
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from glance_store import exceptions
from glance_store.exceptions import BackendException, GlanceStoreException, NotFound, RedirectException

EVERY = [getattr(exceptions, name) for name in exceptions.__all__]
WITH_MESSAGE = [cls for cls in EVERY if issubclass(cls, GlanceStoreException)]
FIELDS: dict[str, Any] = {
    "image": "42",
    "scheme": "x",
    "uri": "u",
    "algo": "a",
    "store_name": "fast",
    "reason": "why",
    "driver_name": "d",
    "offset": 7,
    "chunk_size": 9,
    "timeout": 30,
    "redirects": 5,
    "host": "h",
    "required": "r",
    "expected": "e",
    "received": "n",
    "url": "http://a/b",
    "region": "z",
}


def test_the_star_import_gives_every_exception() -> None:
    defined = {
        name
        for name, value in vars(exceptions).items()
        if inspect.isclass(value) and value.__module__ == exceptions.__name__
    }
    assert set(exceptions.__all__) == defined
    assert len(defined) == 34


@pytest.mark.parametrize("cls", WITH_MESSAGE)
def test_the_fields_are_in_the_text(cls: type[GlanceStoreException]) -> None:
    error = cls(**FIELDS)
    assert error.msg == str(error) == cls.message % FIELDS
    assert "%(" not in error.msg


@pytest.mark.parametrize("cls", WITH_MESSAGE)
def test_without_fields_the_text_is_the_template(cls: type[GlanceStoreException]) -> None:
    assert cls().msg == str(cls()) == cls.message == cls("").msg
    assert cls("free text").msg == cls(message="free text").msg == "free text"
    assert cls.__doc__


def test_a_message_of_the_raiser_takes_fields_too() -> None:
    assert NotFound("volume %(volume)s", volume=3).msg == "volume 3"
    assert NotFound("100% gone").msg == "100% gone"
    assert NotFound("100% gone", image=3).msg == "100% gone"


class Unprintable:
    def __str__(self) -> str:
        raise OSError("gone")


@pytest.mark.parametrize("fields", [{"other": 1}, {"image": Unprintable()}])
def test_a_field_that_does_not_fit_never_raises(fields: dict[str, Any]) -> None:
    assert NotFound(**fields).msg == "Image %(image)s not found"


def test_the_tree() -> None:
    odd = {
        BackendException: Exception,
        exceptions.UnsupportedBackend: BackendException,
        RedirectException: Exception,
        GlanceStoreException: Exception,
        exceptions.StoreRandomGetNotSupported: exceptions.StoreGetNotSupported,
    }
    for cls in EVERY:
        assert cls.__bases__ == (odd.get(cls, GlanceStoreException),)
    assert not issubclass(exceptions.TimeoutError, builtins.TimeoutError)


def test_a_redirect_has_its_url_in_parts() -> None:
    error = RedirectException("https://host/there?x=1")
    assert (error.url.netloc, error.url.query, str(error)) == ("host", "x=1", "https://host/there?x=1")


def through_pickle(error: Exception) -> Exception:
    result = pickle.loads(pickle.dumps(error))
    assert isinstance(result, Exception)
    return result


@pytest.mark.parametrize("way", [through_pickle, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("cls", EVERY)
def test_it_survives_pickle_and_copy(cls: type[Exception], way: Callable[[Exception], Exception]) -> None:
    error = cls(**FIELDS) if issubclass(cls, GlanceStoreException) else cls("http://a/100%(image)s")
    twin = way(error)
    assert type(twin) is cls
    assert (str(twin), twin.args, vars(twin)) == (str(error), error.args, vars(error))
