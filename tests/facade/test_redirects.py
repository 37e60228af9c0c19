"""The http store: where redirects may lead, when anybody may name the first URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import glance_store
import pytest
from glance_store import exceptions
from glance_store._bridge.loading import new_store
from oslo_config import cfg, types

from servers.http_faults import Fault, HttpFaults
from tests.drivers.asked import asked
from tests.facade.conftest import Configure

TEXT = "[DEFAULT]\nenabled_backends = web:http\n[glance_store]\ndefault_backend = web\n[web]\n"
OPTIONS = [
    cfg.ListOpt("allowed_schemes", default=["http", "https"]),
    cfg.ListOpt("disallowed_schemes", default=[]),
    cfg.ListOpt("allowed_hosts", default=[]),
    cfg.ListOpt("disallowed_hosts", default=[]),
    cfg.ListOpt("allowed_ports", item_type=types.Integer(), default=[80, 443]),
    cfg.ListOpt("disallowed_ports", item_type=types.Integer(), default=[]),
]
"""Glance's `[import_filtering_opts]`."""


@pytest.fixture
def chain() -> Iterator[tuple[HttpFaults, HttpFaults]]:
    """A server that redirects to another one, which has what only this machine is to see."""
    with ExitStack() as undo:
        outer, inner = (undo.enter_context(HttpFaults("127.0.0.1", 9)) for _ in range(2))
        inner.set(Fault(times=None, status=200, body=b"SECRET"))
        outer.set(Fault(times=None, status=302, headers={"Location": f"{inner.base}/metadata"}))
        yield outer, inner


def test_a_redirect_to_this_machine_is_refused_by_default(
    configured: Configure, chain: tuple[HttpFaults, HttpFaults]
) -> None:
    outer, inner = chain
    glance_store.create_multi_stores(configured(TEXT))
    with pytest.raises(exceptions.RemoteServiceUnavailable, match="redirect"):
        glance_store.get(f"{outer.base}/image", "web")
    with pytest.raises(exceptions.BadStoreUri, match="redirect"):
        glance_store.get_size_from_uri_and_backend(f"{outer.base}/image", "web")
    assert asked(inner) == []
    # A mirror inside is legitimate, where the operator says so.
    glance_store.create_multi_stores(configured(TEXT + "orlop_settings = guard_redirects:false\n"))
    assert b"".join(glance_store.get(f"{outer.base}/image", "web")[0]) == b"SECRET"


@pytest.mark.parametrize(
    ("option", "value"), [("disallowed_hosts", ["127.0.0.1"]), ("allowed_hosts", ["images.example.org"])]
)
def test_glances_rules_for_urls_hold_on_every_hop(
    configured: Configure, chain: tuple[HttpFaults, HttpFaults], option: str, value: list[str]
) -> None:
    outer, inner = chain
    conf = configured(TEXT + "orlop_settings = guard_redirects:false\n")
    conf.register_opts(OPTIONS, group="import_filtering_opts")
    conf.set_override("allowed_ports", [], group="import_filtering_opts")
    conf.set_override(option, value, group="import_filtering_opts")
    glance_store.create_multi_stores(conf)
    with pytest.raises(exceptions.RemoteServiceUnavailable, match="does not allow"):
        glance_store.get(f"{outer.base}/image", "web")
    assert asked(inner) == []


def test_the_rules_are_taken_as_they_stand(configured: Configure) -> None:
    conf = configured(TEXT)
    assert "redirect_filter" not in new_store(conf, "http", "web").settings()  # type: ignore[attr-defined]
    conf.register_opts(OPTIONS, group="import_filtering_opts")
    assert new_store(conf, "http", "web").settings()["redirect_filter"] == {  # type: ignore[attr-defined]
        "allowed_schemes": ["http", "https"],
        "allowed_ports": ["80", "443"],
    }


def test_a_range_that_the_server_does_not_have_is_refused_at_the_call(
    configured: Configure, chain: tuple[HttpFaults, HttpFaults]
) -> None:
    """Glance has sent its head when it reads; only what is raised before that can become a 400."""
    _, whole = chain  # it answers each request with all of its bytes
    glance_store.create_multi_stores(configured(TEXT))
    uri = f"{whole.base}/image"
    with pytest.raises(exceptions.StoreRandomGetNotSupported, match="no ranges"):
        glance_store.get(uri, "web", offset=2, chunk_size=3)
    assert b"".join(glance_store.get(uri, "web")[0]) == b"SECRET"
