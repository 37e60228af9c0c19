"""Writes the reference pages that follow from the code: commands, settings, drivers, what differs from glance_store.

After a change of one of these, run `python -m docs.generate` at the root of the repository. With `--check` nothing is
written, and the exit code is 1 when a page is stale.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from orlop.cli.application import COMMANDS, root_command
from orlop.cli.exit_codes import MEANINGS
from orlop.cli.schema import example
from orlop.cli.session import Session
from orlop.lifecycle.carried import record_of
from orlop.registry import GROUP, driver_type
from orlop.settings import StoreSettings

from docs import driver_page, drivers_page, matrix_page
from docs.tables import table

REFERENCE = Path(__file__).parent / "reference"
DIFFERENCES = Path(__file__).parents[1] / "tests/facade/compare/differences.toml"
_MARK = "<!-- Written by docs/generate.py; changes belong into the code. -->"
_SHARED = ("config", "json", "quiet", "verbose")


def pages() -> dict[Path, str]:
    """Every generated page: where it is, and what is in it."""
    texts = {
        "cli.md": _cli(),
        "settings.md": _settings(),
        "drivers.md": _drivers(),
        "support-matrix.md": _matrix(),
        "maintainers.md": _maintainers(),
        **{f"drivers/{name}.md": _driver(name) for name in _models()},
        "glance-store-differences.md": _differences(),
    }
    return {REFERENCE / name: "\n".join(lines) + "\n" for name, lines in texts.items()}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` compare them; return the exit code."""
    written = pages()
    stale = [path for path, text in written.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    gone = sorted(set(REFERENCE.rglob("*.md")) - set(written))
    if arguments == ["--check"]:
        for path in [*stale, *gone]:
            sys.stderr.write(f"{path}: stale; run python -m docs.generate\n")
        return 1 if stale or gone else 0
    for path in gone:
        path.unlink()
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


def _cli() -> Iterator[str]:
    group = root_command()
    context = group.make_context("orlop", [], resilient_parsing=True, obj=Session())
    yield from ("# The command line", "", _MARK, "", group.help, "")
    yield from table(["command", "what it does"], _commands(group, context))
    yield from ("", *_CLI_RULES, "")
    yield from ("## Global options", "")
    yield from _options(group.params)
    yield ""
    for name in COMMANDS:
        command = group.get_command(context, name)
        yield from (f"## orlop {name}", "", "```", f"orlop {name} {_usage(command)}", "```", "", command.help, "")
        own = [param for param in command.params if param.name not in _SHARED]
        if rows := [(param.metavar or param.name, param.help or "") for param in own if not _is_option(param)]:
            yield from table(["argument", "meaning"], [(f"`{name}`", meaning) for name, meaning in rows])
            yield ""
        if any(_is_option(param) for param in own):
            yield from _options(own)
            yield ""
    yield from ("## Exit codes", "")
    yield from table(["code", "meaning"], [(str(int(code)), meaning) for code, meaning in MEANINGS.items()])


_CLI_RULES = """\
## Rules that hold for every command

* An **image** is named by its id or by its location (what has `://` in it). An id is looked for in `--store`, or in
  the default store and then in the others, those with a larger `weight` first; stderr says so when it was another
  one. `rm` looks only in `--store` or the default store. A location is looked for in the stores that have such
  locations; an `http(s)` URL that belongs to none of them is read as it is.
* **stdout** carries the result and nothing else: a table or fields for people, with `--json` one JSON document. Its
  keys are always the same; sizes are bytes, times ISO 8601 with a zone, what is unknown is `null`.
* **stderr** carries errors (one line each, `orlop: ...`), messages and progress. With `--json` each line of it is a
  document: `{"error": {"kind", "message", "store", "operation", "location", "exit_code"}}` or `{"message": ...}`. A
  bar is drawn only when stderr is a terminal and without `--quiet`.
* A command that is given several images or stores goes on after a failure. The failures are in the document, too, and
  the exit code is that of the first one, unless the command says otherwise.
* Ctrl-C, SIGTERM and SIGHUP end a transfer cleanly: nothing is left of it. A second one, at least a second later,
  breaks that off; `orlop clean` finds what is then left.
* Secrets are never shown, with `-v` neither.""".splitlines()


def _commands(group: Any, context: Any) -> list[tuple[str, str]]:
    first_lines = ((name, group.get_command(context, name).help.splitlines()[0]) for name in COMMANDS)
    return [(f"[`{name}`](#orlop-{name})", line) for name, line in first_lines]


def _usage(command: Any) -> str:
    arguments = [param.metavar or param.name for param in command.params if not _is_option(param)]
    return " ".join(["[OPTIONS]", *arguments])


def _options(params: Iterable[Any]) -> Iterator[str]:
    rows = []
    for param in params:
        if not _is_option(param) or param.name == "help":
            continue
        names = ", ".join([*param.opts, *param.secondary_opts])
        value = "" if param.is_flag or not param.metavar else f" {param.metavar}"
        rows.append((f"`{names}{value}`", param.help or ""))
    return table(["option", "meaning"], rows)


def _is_option(param: Any) -> bool:
    return bool(param.param_type_name == "option")


def _settings() -> Iterator[str]:
    models = _models()
    yield from ("# The settings", "", _MARK, "", *_SETTINGS_RULES, "", "## Every store", "")
    yield from driver_page.settings(StoreSettings, own=False)
    yield from ("", "## Of each driver", "")
    yield from table(
        ["driver", "what"],
        [
            (f"[{name}](drivers/{name}.md#settings)", " ".join((model.__doc__ or "").split()))
            for name, model in models.items()
        ],
    )
    yield from ("", "## An example", "", "`orlop settings --example` prints this:", "", "```toml")
    yield from (*example(models).splitlines(), "```")


_SETTINGS_RULES = """\
The configuration is one TOML file: `default_store`, and a table `[stores.NAME]` for each store. It is the file that
`--config` names, or `ORLOP_CONFIG`, or else the first of `~/.config/orlop/orlop.toml` (XDG),
`/etc/xdg/orlop/orlop.toml` and `/etc/orlop/orlop.toml`. With no file at all there is one store, `local`, in
`~/.local/share/orlop/images`.

`ORLOP_DEFAULT_STORE` and `ORLOP_STORES__NAME__KEY` in the environment come before the file; the store's name and the
key are in capitals, `-` and `.` in the name are `_`, and a value that begins with `[` or `{` is TOML. `default_store`
may be left out when there is only one store.

A **secret** is a text, or `{env = "NAME"}` or `{file = "/path"}`; it is never shown. A store whose settings are wrong
does not take the others down. `orlop settings` shows what applies and where it comes from, `orlop settings --schema
DRIVER` the tables of a driver's settings.""".splitlines()


def _models() -> dict[str, type[StoreSettings]]:
    """The settings of the drivers in this repository; a driver that is not written yet has no module."""
    ours = [point for point in entry_points(group=GROUP) if point.dist is not None and point.dist.name == "orlop"]
    written = sorted(point.name for point in ours if find_spec(point.module.rpartition(".")[0]) is not None)
    return {name: driver_type(name).settings_type for name in written}


def _drivers() -> Iterator[str]:
    yield from ("# The drivers", "", _MARK, "", *drivers_page.ABOUT)
    for title, about, heads, rows in drivers_page.parts(_models()):
        yield from ("", f"## {title}", "")
        if about:
            yield from (about, "")
        yield from table(heads, rows)


def _driver(name: str) -> Iterator[str]:
    record = record_of(name)
    assert record is not None, f"{name} carries no driver.toml"
    heading, *rest = driver_page.lines(name, driver_type(name), record)
    yield from (heading, "", _MARK, *rest)


def _matrix() -> Iterator[str]:
    yield from ("# The support matrix", "", _MARK, "")
    yield from matrix_page.lines(_models())


def _maintainers() -> Iterator[str]:
    yield from (
        "# The maintainers",
        "",
        _MARK,
        "",
        "Who answers for each driver; [what they promise](../become-a-maintainer.md).",
        "",
    )
    yield from table(["driver", "who", "reached by"], drivers_page.keepers(_models()))


def _differences() -> Iterator[str]:
    listed = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))
    entries = listed["difference"]
    yield from ("# What differs from glance_store", "", _MARK, "", *_DIFFERENCES_RULES)
    for how, title in (("missing", "Not here"), ("added", "Only here"), ("changed", "Not the same")):
        rows = [
            ("<br>".join(f"`{where}`" for where in entry["where"]), " ".join(entry["reason"].split()))
            for entry in entries
            if entry["how"] == how
        ]
        if rows:
            yield from ("", f"## {title}", "")
            yield from table(["what", "why"], rows)
    yield from ("", "## The same name, and another behaviour", "")
    told = [(entry["what"], " ".join(entry["why"].split())) for entry in listed["behaviour"]]
    yield from table(["what", "how, and why"], told)


_DIFFERENCES_RULES = """\
`glance-store` 6 takes the place of OpenStack's glance_store 5.7.0: its names, signatures, exceptions, capabilities,
options, entry points and files are the same, but for what stands here. A test installs that release and compares:
what differs and is not listed is a failure, and so is what is listed and does not differ. `*` stands for
anything.""".splitlines()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
