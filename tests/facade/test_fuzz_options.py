"""Any value of any option of a built driver: the store works or is broken and says so, and its neighbour lives."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import glance_store
import pytest
from glance_store import exceptions, location
from glance_store._bridge.broken import BrokenStore
from glance_store._drivers import filesystem, http
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oslo_config import cfg

from tests.facade import watch
from tests.facade.uris import SECRET

DEEP = 1_000
EXAMPLES = [
    pytest.param(40, id="quick"),
    pytest.param(DEEP, id="deep", marks=[pytest.mark.slow, pytest.mark.timeout(1800)]),
]
DRIVERS = {"file": filesystem.Store, "http": http.Store}
ADD = (
    exceptions.StoreAddDisabled,
    exceptions.StorageFull,
    exceptions.StorageWriteDenied,
    exceptions.TimeoutError,
)
WORD = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029/.~"), max_size=20
)
"""Nothing that ends a line of a configuration file or leads out of the test's directory."""
PATHS = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "new",
            "new/deep",
            "a file",
            "a file/within",
            "a link",
            "metadata.json",
            "x" * 300,
            "nul\0",
            "$x",
            "${x",
            "%s",
            "'q'",
            '"q"',
            "a:b",
            "new:1",
        ]
    ),
    WORD,
)
NUMBERS = st.one_of(
    st.integers(-3, 3), st.integers(), st.integers(60_000, 2**34), st.sampled_from([640, 777, 888, 9999, 4777])
).map(str)
FLAGS = st.sampled_from(["true", "false", "1", "0", "yes", "on", "maybe", ""])
PROXIES = st.one_of(
    st.sampled_from(
        [
            f"http:http://user:{SECRET}@proxy:3128",
            f"https:user:{SECRET}@proxy:99999",
            f"user={SECRET}@proxy",
            f"http=http://user:{SECRET}@proxy:3128",
            f"http:http://user:{SECRET}@proxy:3128,x",
            "http:",
            ":",
            "ftp:x",
            f"http:http://u:{SECRET}@[::1",
            "http",
        ]
    ),
    WORD,
)
METADATA = st.one_of(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["id", "mountpoint", "x"]), inner, max_size=3),
        ),
        max_leaves=5,
    ).map(json.dumps),
    st.sampled_from(["", "{", "\ufeff{}", "[" * 2000]),
    st.text(max_size=20),
)


def values(option: cfg.Opt) -> st.SearchStrategy[str]:
    """What an operator may have written after this option's name."""
    if option.name == "http_proxy_information":
        return PROXIES
    fitting = {"BoolOpt": FLAGS, "IntOpt": NUMBERS}.get(type(option).__name__, PATHS)
    return st.one_of(fitting, fitting, WORD)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory in which relative paths lead."""
    root = tmp_path_factory.mktemp("options")
    (root / "a file").write_text("x")
    (root / "a link").symlink_to("nowhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("HOME", str(root))
        # What is not said must not be the directory of a real Glance.
        patch.setattr(filesystem, "DATADIR", str(root / "default"))
        option = next(option for option in filesystem.Store.OPTIONS if option.name == "filesystem_store_datadir")
        patch.setattr(option, "default", str(root / "default"))
        patch.setattr(location, "SCHEME_TO_CLS_MAP", {})
        patch.setattr(location, "SCHEME_TO_CLS_BACKEND_MAP", {})
        yield root


def _configured(root: Path, group: str, lines: list[str]) -> cfg.ConfigOpts:
    """A configuration whose file has these lines in a group, and a store beside it with which nothing is wrong."""
    path = root / "test.conf"
    text = f"[{group}]\n" + "".join(f"{line}\n" for line in lines)
    path.write_text(text + f"[neighbour]\nfilesystem_store_datadir = {root}/neighbour\n", encoding="utf-8")
    conf = cfg.ConfigOpts()
    conf(["--config-file", str(path)])
    return conf


def _lines(kind: str) -> st.SearchStrategy[list[str]]:
    """Some of a driver's options, each with a value."""
    options = {option.name: values(option) for option in DRIVERS[kind].OPTIONS or ()}
    return st.fixed_dictionaries({}, optional=options).map(
        lambda chosen: [f"{name} = {value}" for name, value in chosen.items()]
    )


@pytest.mark.parametrize("kind", DRIVERS)
@pytest.mark.parametrize("examples", EXAMPLES)
def test_several_stores(examples: int, kind: str, root: Path) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(_lines(kind), METADATA, st.integers())
    def each(lines: list[str], metadata: str, number: int) -> None:
        (root / "metadata.json").write_text(metadata, encoding="utf-8")
        conf = _configured(root, "odd", lines)
        conf.register_opt(cfg.DictOpt("enabled_backends", default={"odd": kind, "neighbour": "file"}))
        with watch.log() as log, pytest.MonkeyPatch.context() as patch:
            patch.setattr(glance_store.multi_backend, "CONF", conf)
            glance_store.register_store_opts(conf)
            glance_store.create_multi_stores(conf)
            _works(conf, "neighbour", number)
            _works_or_says_why(conf, kind, number, log)
        assert SECRET not in "\n".join(log.lines)

    each()


@pytest.mark.parametrize("kind", DRIVERS)
@pytest.mark.parametrize("examples", EXAMPLES)
def test_one_store_of_a_kind(examples: int, kind: str, root: Path) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(_lines(kind), METADATA)
    def each(lines: list[str], metadata: str) -> None:
        (root / "metadata.json").write_text(metadata, encoding="utf-8")
        conf = _configured(root, "glance_store", [*lines, f"stores = {kind}"])
        with watch.log() as log:
            glance_store.register_opts(conf)
            glance_store.create_stores(conf)
        assert SECRET not in "\n".join(log.lines)

    each()


def _works(conf: cfg.ConfigOpts, identifier: str, number: int) -> None:
    store = glance_store.get_store_from_store_identifier(identifier)
    url, size, *_ = store.add(f"image-{number}", io.BytesIO(b"content"), 7, "sha256")
    place = location.get_location_from_uri_and_backend(url, identifier, conf)
    assert (b"".join(store.get(place)[0]), size, store.get_size(place)) == (b"content", 7, 7)
    store.delete(place)


def _works_or_says_why(conf: cfg.ConfigOpts, kind: str, number: int, log: watch.Log) -> None:
    assert isinstance(glance_store.get_store_weight("odd"), int)
    try:
        _works(conf, "odd", number)
    except ADD as error:
        refusal = watch.told(error)
    else:
        return
    assert SECRET not in refusal
    broken = isinstance(glance_store.get_store_from_store_identifier("odd"), BrokenStore)
    assert [line for line in log.lines if "odd" in line] or not (broken or kind == "file")
