"""From TOML and the environment to settings: what is taken, and how what is wrong is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orlop.configuration import configuration_file, read_configuration
from orlop.errors import InvalidLocation, InvalidSettings, Unsupported
from orlop.settings import Secret, StoreSettings


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CONFIG_DIRS", "ORLOP_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "orlop.toml"
    path.write_text(text)
    return path


TWO = """
default_store = "fast"
[stores.fast]
driver = "file"
path = "/srv/fast"
[stores.slow-one]
driver = "memory"
capacity = 10
"""


def test_a_file(tmp_path: Path) -> None:
    file = written(tmp_path, TWO)
    found = read_configuration(file, {})
    assert found.default_store == "fast"
    assert found.stores["fast"].driver == "file"
    assert found.stores["slow-one"].model_dump()["capacity"] == 10
    assert found.sources["stores.fast.path"] == str(file)
    assert not found.broken


def test_nothing_configured_is_one_file_store_in_the_data_folder(tmp_path: Path) -> None:
    found = read_configuration(environment={})
    assert found.default_store == "local"
    assert found.file is None
    assert found.stores["local"].model_dump()["path"] == tmp_path / "home/.local/share/orlop/images"


def test_where_the_file_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert configuration_file({}) is None
    in_home = tmp_path / "home/.config/orlop/orlop.toml"
    in_home.parent.mkdir(parents=True)
    in_home.write_text(TWO)
    assert configuration_file({}) == in_home
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert configuration_file({}) is None
    named = written(tmp_path, TWO)
    assert configuration_file({"ORLOP_CONFIG": str(named)}) == named
    with pytest.raises(InvalidSettings, match="no file /nowhere, which the environment variable ORLOP_CONFIG names"):
        configuration_file({"ORLOP_CONFIG": "/nowhere"})


def test_the_environment_overrides(tmp_path: Path) -> None:
    environment = {
        "ORLOP_DEFAULT_STORE": "slow-one",
        "ORLOP_STORES__SLOW_ONE__CAPACITY": "77",
        "ORLOP_STORES__FAST__DIRECTORIES": '[{path = "/a"}, {path = "/b", priority = 5}]',
        "ORLOP_STORES__FAST__DESCRIPTION": "[not TOML",
        "OTHER": "x",
    }
    file = written(tmp_path, TWO.replace('path = "/srv/fast"', ""))
    found = read_configuration(file, environment)
    assert found.default_store == "slow-one"
    assert found.stores["slow-one"].model_dump()["capacity"] == 77
    assert [one["priority"] for one in found.stores["fast"].model_dump()["directories"]] == [0, 5]
    assert found.stores["fast"].description == "[not TOML"
    assert found.sources["stores.slow-one.capacity"] == "ORLOP_STORES__SLOW_ONE__CAPACITY"


@pytest.mark.parametrize(
    ("text", "environment", "words"),
    [
        ("not toml", {}, "is no TOML"),
        ("", {}, "at least one table"),
        ("stores = 5", {}, "at least one table"),
        ("defaultstore = 'x'\n[stores.a]\ndriver='memory'", {}, "defaultstore in .*: no such key"),
        ("default_store = 'x'\n[stores.a]\ndriver='memory'", {}, "there is no store 'x'; there are a"),
        ("default_store = 5\n[stores.a]\ndriver='memory'", {}, "there is no store 5"),
        ("[stores.a]\ndriver='memory'\n[stores.b]\ndriver='memory'", {}, "name one of the stores a, b"),
        (TWO, {"ORLOP_STORES__X__PATH": "/"}, "ORLOP_STORES__X__PATH: the form is .* the stores are FAST, SLOW_ONE"),
        (TWO, {"ORLOP_STORES__FAST": "/"}, "the form is"),
    ],
)
def test_what_is_wrong_for_all(tmp_path: Path, text: str, environment: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidSettings, match=words):
        read_configuration(written(tmp_path, text), environment)


def test_an_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="cannot be read: No such file"):
        read_configuration(tmp_path / "nowhere.toml", {})


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("stores.bad = 5", "stores.bad in FILE: this is a table"),
        ("[stores.bad]", "stores.bad.driver in FILE: a driver's name is needed"),
        ("[stores.bad]\ndriver = 'nfs'", "stores.bad.driver in FILE: there is no driver 'nfs'; installed are file, http, memory"),
        ("[stores.bad]\ndriver = 'memory'\ncapcity = 5", "stores.bad.capcity in FILE: no such key; did you mean 'capacity'?"),
        ("[stores.bad]\ndriver = 'memory'\nzzz = 5", "stores.bad.zzz in FILE: no such key; there are driver, "),
        ("[stores.bad]\ndriver = 'memory'\ncapacity = -1", "stores.bad.capacity in FILE: input should be greater than or equal to 0"),
        ("[stores.bad]\ndriver = 'memory'\ndeadline = 'soon'", "stores.bad.deadline in FILE: input should be a valid number"),
        ("[stores.bad]\ndriver = 'memory'\ndeadline = inf", "stores.bad.deadline in FILE: input should be less than or equal to 31536000"),
        ("[stores.bad]\ndriver = 'memory'\nretry_seconds = 1e10", "stores.bad.retry_seconds in FILE: input should be less than or equal to 31536000"),
        ("[stores.bad]\ndriver = 'http'\nhosts = 'one'", 'stores.bad.hosts in FILE: a list is needed, such as ["one", "two"], also of one'),
        ("[stores.bad]\ndriver = 'file'", "either 'path' or 'directories' is needed"),
        ("[stores.bad]\ndriver = 'file'\npath = 'relative'", "stores.bad.path in FILE: an absolute path is needed"),
        ("[stores.bad]\ndriver = 'file'\n[[stores.bad.directories]]\npriority=5", "stores.bad.directories.0.path in FILE: this key is needed"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_one_store_breaks_only_that(tmp_path: Path, table: str, words: str) -> None:
    file = written(tmp_path, "default_store = 'good'\n" + table + "\n[stores.good]\ndriver = 'memory'\n")
    found = read_configuration(file, {})
    assert list(found.stores) == ["good"]
    assert words.replace("FILE", str(file)) in str(found.broken["bad"])


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    found = read_configuration(written(tmp_path, TWO), {"ORLOP_STORES__SLOW_ONE__CAPACITY": "many"})
    assert "stores.slow-one.capacity in ORLOP_STORES__SLOW_ONE__CAPACITY: " in str(found.broken["slow-one"])


@settings(deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_is_a_configuration_or_one_clear_error(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("config") / "orlop.toml"
    file.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(InvalidSettings, match=str(file)):
        read_configuration(file, {})


SCALARS = st.one_of(
    st.integers(-(2**62), 2**62),
    st.text(st.characters(min_codepoint=32, exclude_categories=["C"]), max_size=10),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
)


@settings(deadline=None)
@given(
    table=st.dictionaries(
        st.sampled_from(["path", "directories", "mode", "fsync", "deadline", "block_size", "weight", "x"]), SCALARS
    )
)
def test_any_values_are_settings_or_errors_that_name_a_key(
    table: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    file = tmp_path_factory.mktemp("config") / "orlop.toml"
    file.write_text("\n".join(["[stores.a]", "driver = 'file'", *lines]), encoding="utf-8", errors="replace")
    found = read_configuration(file, {})
    assert set(found.stores) ^ set(found.broken) == {"a"}
    for error in found.broken.values():
        assert "stores.a" in str(error)


class Guarded(StoreSettings):
    """Settings with a secret, alone and deep inside."""

    driver: str = "guarded"
    password: Secret
    more: dict[str, Secret] = {}  # noqa: RUF012 - pydantic copies it
    several: tuple[Secret, ...] = ()


def test_secrets_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_SECRET", "from env")
    (tmp_path / "secret").write_text("from file\n")
    for value, secret in (
        ("plain", "plain"),
        ({"env": "THE_SECRET"}, "from env"),
        ({"file": str(tmp_path / "secret")}, "from file"),
    ):
        settings = Guarded(password=value)
        assert settings.password.get_secret_value() == secret
        assert secret not in repr(settings)
        assert secret not in str(settings)
        assert settings.secrets() == [secret]
    deep = Guarded(password="p1", more={"a": "longer"}, several=("p3", ""))
    assert deep.secrets() == ["longer", "p1", "p3"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"env": "NOT_SET"}, "NOT_SET is not set"),
        ({"file": "/nowhere"}, "/nowhere cannot be read"),
        ({"vault": "x"}, "a secret is a text"),
        ({"env": 5}, "a secret is a text"),
    ],
)
def test_secrets_that_are_not_there(value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Guarded(password=value)


def test_settings_without_place_of_their_own() -> None:
    with pytest.raises(Unsupported, match="no scratch place"):
        Guarded(password="x").scratch("gate")
    with pytest.raises(InvalidLocation, match="needs a configuration"):
        Guarded.from_uri("guarded://x")


DEEP = ".".join(["a"] * 3000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"a = {'[' * 100_000}{']' * 100_000}", "nested more than 32 levels deep"),
        (f"a = {'{a=' * 50_000}1{'}' * 50_000}", "nested more than 32 levels deep"),
        (f"{DEEP} = 1", "nested more than 32 levels deep"),
        (f"[stores.a]\ndriver = 'memory'\n{DEEP} = 1", "nested more than 32 levels deep"),
        (f"a = {'9' * 100_000}", "is no TOML: "),
        (f"a = '{'x' * 5_000_000}'", "has more than 4194304 bytes"),
    ],
    ids=["arrays", "inline-tables", "dotted-keys", "dotted-keys-in-a-store", "digits", "size"],
)
def test_a_hostile_file_is_one_clear_error(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidSettings, match=words):
        read_configuration(written(tmp_path, text), {})


@pytest.mark.parametrize("text", ["[" * 100_000, "{x=" * 50_000, "[" * 40 + "]" * 40], ids=["open", "tables", "deep"])
def test_a_hostile_variable_is_a_text_like_any_other(tmp_path: Path, text: str) -> None:
    found = read_configuration(written(tmp_path, TWO), {"ORLOP_STORES__FAST__DESCRIPTION": text})
    assert found.stores["fast"].description == text


def test_a_byte_order_mark_is_no_part_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "orlop.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TWO.encode())
    assert list(read_configuration(path, {}).stores) == ["fast", "slow-one"]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_than_utf_8_is_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "orlop.toml"
    path.write_bytes((TWO + "# größer").encode(encoding))
    with pytest.raises(InvalidSettings, match="not in UTF-8; save it in that encoding"):
        read_configuration(path, {})


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """No HOME, and a user id that /etc/passwd does not have."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 54321)


@pytest.mark.usefixtures("homeless")
def test_a_user_without_a_home_has_to_name_a_configuration(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidSettings, match="no home folder to keep images in; name a configuration file by --config"
    ):
        read_configuration(environment={})
    assert list(read_configuration(written(tmp_path, TWO), {}).stores) == ["fast", "slow-one"]


@pytest.mark.usefixtures("homeless")
def test_a_tilde_that_means_no_folder_is_refused(tmp_path: Path) -> None:
    for path in ("~", "~0/images", "~no-such-user/images"):
        with pytest.raises(InvalidSettings, match=r"ORLOP_CONFIG: .*no home folder is known"):
            configuration_file({"ORLOP_CONFIG": path})
        found = read_configuration(written(tmp_path, f"[stores.a]\ndriver = 'file'\npath = '{path}'"), {})
        assert "stores.a.path in" in str(found.broken["a"])
        assert "no home folder is known for this '~'; write the whole path" in str(found.broken["a"])
        with pytest.raises(ValueError, match="no home folder is known"):
            Guarded(password={"file": path})


def test_a_path_with_a_nul_is_refused(tmp_path: Path) -> None:
    found = read_configuration(written(tmp_path, "[stores.a]\ndriver = 'file'\npath = \"/x\\u0000y\""), {})
    assert "stores.a.path in" in str(found.broken["a"])
    assert "no NUL" in str(found.broken["a"])
    with pytest.raises(InvalidSettings, match="no NUL"):
        configuration_file({"ORLOP_CONFIG": "/x\0y"})


@pytest.mark.parametrize(
    ("content", "words"), [(b"\xff\xfe", "is not in UTF-8"), (b"x" * 70_000, "which is no secret")]
)
def test_a_file_that_holds_no_secret_is_refused_without_showing_it(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        Guarded(password={"file": str(tmp_path / "secret")})
    assert "xxxx" not in str(caught.value)
