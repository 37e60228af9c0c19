from __future__ import annotations

from pathlib import Path

import pytest
from orlop.errors import StoreError, Unavailable
from orlop.store import Store

from tests.cli.conftest import Cli


def test_an_id_is_found_in_another_store_and_that_is_told(cli: Cli, disk: Path) -> None:
    cli("put", disk, "--store", "bare")
    cli("put", disk, "--store", "deep")
    outcome = cli("stat", disk.name, "--json")
    assert outcome.document["store"] == "deep"  # the one with the larger weight
    assert outcome.err == '{"message": "disk.img: found in the store deep"}\n'


def test_an_id_in_no_store_names_those_that_were_asked(cli: Cli) -> None:
    outcome = cli("stat", "nowhere")
    assert outcome.code == 3
    assert "no image of this id in the stores fast, deep, bare, small" in outcome.err


def test_only_the_store_that_is_named_is_asked(cli: Cli, disk: Path) -> None:
    cli("put", disk, "--store", "deep")
    assert cli("stat", disk.name, "--store", "fast").code == 3


def test_a_store_that_fails_is_passed_over(cli: Cli, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("put", disk, "--store", "deep")
    fail(monkeypatch, "fast")
    outcome = cli("stat", disk.name)
    assert outcome.code == 0
    assert "passed over: fast: it is away" in outcome.err


def test_a_store_that_fails_is_the_answer_when_no_other_has_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, "fast")
    assert cli("stat", "nowhere", "--quiet").code == 8


def test_a_location_of_no_store_is_refused(cli: Cli) -> None:
    outcome = cli("stat", "rbd://pool/image")
    assert outcome.code == 11
    assert "no configured store" in outcome.err


def test_a_location_is_found_by_itself(cli: Cli, disk: Path) -> None:
    location = cli("put", disk, "--store", "deep", "--json").document["location"]
    assert cli("stat", location, "--json").document["store"] == "deep"


def fail(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make one store unreachable."""
    locate = Store.locate

    def away(store: Store, image_id: str) -> str:
        if store.name == name:
            error: StoreError = Unavailable("it is away", store=name)
            raise error
        return locate(store, image_id)

    monkeypatch.setattr(Store, "locate", away)


def test_a_store_that_was_not_asked_is_named(cli: Cli, configuration: Path) -> None:
    configuration.write_text(configuration.read_text() + '\n[stores.bad]\ndriver = "vmware"\n')
    assert "their settings are wrong: bad" in cli("stat", "vsphere://host/folder/image").err


def test_a_url_of_no_store_is_opened_as_it_is(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def refuse(uri: str) -> Store:
        opened.append(uri)
        raise Unavailable("no network here", location=uri)

    monkeypatch.setattr("orlop.cli.lookup.open_store", refuse)
    outcome = cli("get", "https://me:hunter2@example.org:8443/disk.img?sig=hunter2")
    assert outcome.code == 8
    assert opened == ["https://example.org:8443"]
    assert "hunter2" not in outcome.err
