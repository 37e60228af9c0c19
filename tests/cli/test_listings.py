from __future__ import annotations

from datetime import datetime
from pathlib import Path

from orlop.errors import Unavailable
from orlop.store import Store

from tests.cli.conftest import Cli

IMAGE_KEYS = ["allocated", "digests", "id", "location", "modified", "size", "store"]


def test_stat_tells_what_is_known(cli: Cli, disk: Path) -> None:
    cli("put", disk)
    document = cli("stat", disk.name, "--json").document
    assert sorted(document) == IMAGE_KEYS
    assert document["size"] == 3145728
    assert document["allocated"] < 3145728
    assert datetime.fromisoformat(document["modified"]).tzinfo is not None
    assert list(document["digests"]) == ["sha256"]
    assert "3.0 MiB (3145728 bytes)" in cli("stat", disk.name).text


def test_ls_shows_one_store_or_all(cli: Cli, disk: Path) -> None:
    assert cli("ls", "--json").document == {"images": [], "errors": []}
    cli("put", disk, "--id", "b")
    cli("put", disk, "--id", "a")
    cli("put", disk, "--store", "deep")
    assert [image["id"] for image in cli("ls", "--json").document["images"]] == ["a", "b"]
    everything = cli("ls", "--all", "--json").document["images"]
    assert [(image["store"], image["id"]) for image in everything] == [
        ("deep", "disk.img"), ("fast", "a"), ("fast", "b"),
    ]  # fmt: skip
    assert sorted(everything[0]) == IMAGE_KEYS
    assert [image["id"] for image in cli("ls", "-s", "deep", "--json").document["images"]] == ["disk.img"]


def test_the_table_of_a_pipe_is_plain_and_never_cut(cli: Cli, disk: Path) -> None:
    long = "x" * 150
    cli("put", disk, "--id", long)
    head, row = cli("ls", "--long").text.splitlines()
    assert head.split() == ["ID", "SIZE", "ALLOCATED", "DIGESTS", "MODIFIED", "LOCATION"]
    assert row.startswith(long)
    assert row.endswith(f"/fast/{long}")
    assert "\x1b" not in row


def test_a_line_of_ls_fits_into_80_columns(cli: Cli, disk: Path) -> None:
    cli("put", disk, "--id", "3f2c0c1a-1111-2222-3333-444455556666")
    head, row = cli("ls", "--all").text.splitlines()
    assert head.split() == ["STORE", "ID", "SIZE", "MODIFIED"]
    assert len(row) <= 80
    assert "3f2c0c1a-1111-2222-3333-444455556666" in row


def test_digests_that_a_listing_does_not_tell_are_null(cli: Cli, disk: Path) -> None:
    cli("put", disk, "--store", "bare")
    cli("put", disk, "--store", "fast")
    bare, fast = (cli("ls", "--store", name, "--json").document["images"][0] for name in ("bare", "fast"))
    assert (bare["digests"], list(fast["digests"])) == (None, ["sha256"])


def test_markup_and_control_characters_are_shown_not_obeyed(cli: Cli, configuration: Path) -> None:
    configuration.write_text(
        configuration.read_text().replace('"the quick one"', '"[red]a[/red] \\u001b[31mb\\u0007 \\u202e"')
    )
    text = cli("stores").text
    assert r"[red]a[/red] \x1b[31mb\x07 \u202e" in text


def test_a_store_that_fails_does_not_hide_the_others(cli: Cli, disk: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    cli("put", disk, "--store", "deep")
    list_images = Store.list

    def away(store: Store):  # type: ignore[no-untyped-def]
        if store.name == "fast":
            raise Unavailable("it is away", store="fast")
        return list_images(store)

    monkeypatch.setattr(Store, "list", away)
    outcome = cli("ls", "--all", "--json")
    assert outcome.code == 8
    assert [image["store"] for image in outcome.document["images"]] == ["deep"]
    assert outcome.document["errors"][0]["kind"] == "Unavailable"


def test_stores_with_a_broken_one(cli: Cli, configuration: Path) -> None:
    configuration.write_text(configuration.read_text() + '\n[stores.bad]\ndriver = "file"\npth = "/x"\n')
    stores = {store["name"]: store for store in cli("stores", "--json").document["stores"]}
    assert list(stores) == ["fast", "deep", "bare", "small", "bad"]
    keys = ["capabilities", "default", "description", "driver", "error", "name", "schemes", "weight"]
    assert all(sorted(store) == keys for store in stores.values())
    assert (stores["fast"]["default"], stores["deep"]["default"]) == (True, False)
    assert "READ_ACCESS" in stores["small"]["capabilities"]
    assert stores["small"]["schemes"] == ["memory"]
    assert "did you mean 'path'" in stores["bad"]["error"]
    text = cli("stores").text
    assert "fast *" in text
    assert "broken" in text


def test_drivers_of_this_installation(cli: Cli) -> None:
    drivers = {driver["name"]: driver for driver in cli("drivers", "--json").document["drivers"]}
    assert {"file", "memory", "http"} <= set(drivers)
    assert drivers["file"]["distribution"] == "orlop"
    assert drivers["file"]["uri"] == "file:///DIRECTORY"
    assert drivers["memory"]["schemes"] == ["memory"]
    assert "memory" in cli("drivers").text


def test_a_driver_that_lacks_a_module_says_how_to_get_it(cli: Cli, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def lacking(self: object) -> object:
        raise ModuleNotFoundError("no", name="urllib3")

    monkeypatch.setattr("importlib.metadata.EntryPoint.load", lacking)
    drivers = {driver["name"]: driver for driver in cli("drivers", "--json").document["drivers"]}
    assert "pip install 'orlop[http]'" in drivers["http"]["error"]
    assert "pip install" in cli("drivers").text


def test_a_store_that_cannot_list_is_passed_over(cli: Cli, configuration: Path) -> None:
    configuration.write_text(configuration.read_text() + '\n[stores.web]\ndriver = "http"\n')
    for command in ("ls", "verify"):
        outcome = cli(command, "--all")
        assert outcome.code == 0
        assert "web: this store does not list its images" in outcome.err
    assert cli("ls", "--store", "web").code == 9
