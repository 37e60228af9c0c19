from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from orlop.cli.schema import keys, toml_value
from orlop.configuration import read_configuration
from orlop.drivers.file.settings import FileSettings
from orlop.settings import Secret, StoreSettings
from pydantic import Field, SecretStr

from tests.cli.conftest import Cli


class Sample(StoreSettings):
    token: Secret
    """What opens
    the door."""
    other: SecretStr = SecretStr("hush")
    """A secret with a default."""
    names: dict[str, int] = Field(default_factory=dict)
    maybe: int | None = None


def test_each_value_has_its_source(cli: Cli, configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORLOP_STORES__FAST__ATTEMPTS", "7")
    document = cli("settings", "--json").document
    assert sorted(document) == ["default_store", "file", "stores"]
    assert document["default_store"] == {"value": "fast", "source": str(configuration)}
    fast = document["stores"]["fast"]["settings"]
    assert fast["attempts"] == {"value": 7, "source": "ORLOP_STORES__FAST__ATTEMPTS"}
    assert fast["path"]["source"] == str(configuration)
    assert fast["deadline"] == {"value": 60.0, "source": "default"}
    assert list(cli("settings", "small", "--json").document["stores"]) == ["small"]
    assert "ORLOP_STORES__FAST__ATTEMPTS" in cli("settings", "fast").text


def test_a_broken_store_says_why(cli: Cli, configuration: Path) -> None:
    configuration.write_text(configuration.read_text() + '\n[stores.bad]\ndriver = "file"\n')
    assert "is needed" in cli("settings", "--json").document["stores"]["bad"]["error"]
    assert "broken: stores.bad" in cli("settings").text


def test_the_schema_lists_every_key(cli: Cli) -> None:
    document = cli("settings", "--schema", "file", "--json").document
    assert document["driver"] == "file"
    assert {key["key"] for key in document["keys"]} == set(FileSettings.model_fields)
    assert all(sorted(key) == ["default", "key", "meaning", "required", "type"] for key in document["keys"])
    assert "block_size" in cli("settings", "--schema", "file").text
    assert cli("settings", "--schema", "nothing").code == 10
    assert cli("settings", "--schema", "file", "--example").code == 2


def test_the_example_is_a_configuration(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "example.toml"
    file.write_text(cli("settings", "--example").text)
    configuration = read_configuration(file)
    assert configuration.broken == {}
    assert {"local", "memory"} <= set(configuration.stores)
    assert cli("settings", "--example", "--json").document["example"] == file.read_text()


def test_another_file_before_and_after_the_command(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[stores.sole]\ndriver = "memory"\n')
    for arguments in (["--config", other, "stores", "--json"], ["stores", "--json", "--config", other]):
        assert [store["name"] for store in cli(*arguments).document["stores"]] == ["sole"]
    assert cli("stores", "--config", tmp_path / "none.toml").code == 10


def test_secrets_are_hidden() -> None:
    rows = {key.name: key for key in keys(Sample)}
    assert (rows["token"].type, rows["token"].required, rows["token"].default) == ("secret", True, None)
    assert rows["token"].meaning == "What opens the door."
    assert rows["other"].default == '"********"'
    assert rows["names"].type == "table of whole number"
    assert rows["maybe"].type == "whole number"
    assert rows["attempts"].type == "whole number, at least 1, at most 100"
    assert toml_value({"a": [SecretStr("x"), None, 1.5, True, "ü\n"]}) == '{a = ["********", 1.5, true, "ü\\n"]}'
    assert tomllib.loads(f"a = {toml_value(Path('/x'))}") == {"a": "/x"}
