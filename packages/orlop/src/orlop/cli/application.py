"""The root command: the global options, and the commands, imported when they are wanted."""

from __future__ import annotations

import importlib
import importlib.metadata
import io
import sys
from collections.abc import Callable
from difflib import get_close_matches
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from orlop.cli.exit_codes import ExitCode
from orlop.cli.failures import report
from orlop.cli.interruption import signals_raise
from orlop.cli.session import Session

COMMANDS = (
    "put", "get", "stat", "ls", "rm", "cp", "verify", "stores", "drivers", "lifecycle", "check", "clean", "gate",
    "settings", "new-driver",
)  # fmt: skip
"""Each is the function `command` of the module of its name, with `_` for `-`."""

_PANEL = "Global options"
_NAMES = {"help_option_names": ["-h", "--help"]}

Config = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The configuration file, instead of the one that ORLOP_CONFIG names or the usual one.",
        rich_help_panel=_PANEL,
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout; errors as JSON on stderr.", rich_help_panel=_PANEL)
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress and no messages, only errors.", rich_help_panel=_PANEL)
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Tell of retries, and what caused an error.", rich_help_panel=_PANEL),
]


class LazyGroup(TyperGroup):
    """The commands; a command's module is imported when somebody asks for it."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands, in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, with the global options among its own."""
        if cmd_name not in COMMANDS:
            return None
        function = importlib.import_module(f"orlop.cli.{cmd_name.replace('-', '_')}").command
        made = _parsed(cmd_name, function)
        shared = [param for param in _parsed("shared", _shared).params if param.name != "help"]
        made.params.extend(shared)
        work = made.callback
        session = ctx.find_root().obj

        def with_session(**values: Any) -> Any:
            session.set(**{name: values.pop(name) for name in ("config", "json", "quiet", "verbose")})
            return work(**values)

        made.callback = with_session
        return readable(made)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments begin with; a name that is mistyped is told with the one that was meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and (close := get_close_matches(name, COMMANDS, 1)):
            ctx.fail(f"No such command {name!r} (did you mean {close[0]!r}?)")
        return super().resolve_command(ctx, args)


def readable(command: Any) -> Any:
    """The command, with a help that wraps its paragraphs, and names no Python types of flags and arguments."""
    command.help = "\n\n".join(" ".join(one.split()) for one in (command.help or "").split("\n\n"))
    of_help = command.get_help_option
    command.get_help_option = lambda ctx: _without_type(of_help(ctx))
    for param in command.params:
        if getattr(param, "is_flag", False) or param.param_type_name == "argument":
            _without_type(param)
    return command


def _without_type(param: Any) -> Any:
    if param is not None:
        param.display_type_rich = lambda ctx: ""  # noqa: ARG005 - typer's interface
    return param


def _parsed(name: str, function: Callable[..., Any]) -> Any:
    """What typer makes of one function."""
    alone = typer.Typer(add_completion=False)
    alone.command(name=name, context_settings=_NAMES)(function)
    return typer.main.get_command(alone)


def _shared(config: Config = None, json: Json = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Carry the global options; never called."""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"orlop {importlib.metadata.version('orlop')}")
        raise typer.Exit


def _root(
    ctx: typer.Context,
    *,
    config: Config = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and leave.")
    ] = False,
) -> None:
    """Store VM images in any store, and prove that every store does what it claims.

    An image is named by its id or its location (a URI). Global options may stand before or after the command.
    """
    del version
    ctx.obj.set(config=config, json=json, quiet=quiet, verbose=verbose)
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(ExitCode.USAGE)


def root_command() -> Any:
    """The whole command line, as typer has parsed it."""
    application = typer.Typer(cls=LazyGroup, context_settings=_NAMES, pretty_exceptions_enable=False)
    application.callback(invoke_without_command=True)(_root)
    return readable(typer.main.get_command(application))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    session = Session(json="--json" in options)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the locale cannot write is still shown
    try:
        with signals_raise():
            try:
                code = root_command().main(arguments, prog_name="orlop", standalone_mode=False, obj=session)
            except Exception as error:  # noqa: BLE001 - this is where every error ends: in one line and a code
                return report(error, session)
            finally:
                session.close()
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        return report(error, session)
    return int(code or ExitCode.OK)
