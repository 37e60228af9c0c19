"""`orlop new-driver`: begin a driver."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from orlop.cli.failures import Failure, Misuse, local
from orlop.cli.output import result
from orlop.cli.session import Session
from orlop.lifecycle.record import InvalidRecord
from orlop.skeleton.making import Keeper, make_package
from orlop.skeleton.naming import RefusedName, names_for


def command(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the driver is to be called, as in 'my-store'.")],
    *,
    into: Annotated[
        str, typer.Option("--into", metavar="FOLDER", help="Where the package's folder is made; here unless it says.")
    ] = ".",
    maintainer: Annotated[
        str, typer.Option("--maintainer", metavar="NAME", help="Who answers for it: a person or a team.")
    ] = "",
    email: Annotated[str, typer.Option("--email", metavar="ADDRESS", help="Where mail reaches the maintainer.")] = "",
    nick: Annotated[str, typer.Option("--nick", metavar="NICK", help="The maintainer's name in the chat.")] = "",
) -> None:
    """Make the package of a new driver: its code, data, tests and job, to be grown into one for your backend.

    As it comes it keeps images in a folder and passes the gate; each place that is to be replaced is marked with TODO.
    A maintainer has name, e-mail and nick: all three are told here, or none, and they are written into driver.toml
    later.
    """
    session: Session = ctx.obj
    try:
        names = names_for(name)
    except RefusedName as error:
        raise Misuse(str(error)) from error
    folder = Path(into, names.distribution)
    keeper = Keeper(maintainer, email, nick) if maintainer or email or nick else None
    try:
        made = make_package(folder, names, keeper=keeper, today=datetime.now(UTC).date())
    except FileExistsError:
        raise Failure(f"{folder}: there is something already; nothing is written") from None
    except InvalidRecord as error:
        raise Misuse(str(error)) from error
    except OSError as error:
        raise local(error, error.filename or folder) from error
    document = {"driver": names.driver, "folder": str(folder), "files": [str(path) for path in made]}
    result(session, document, lambda: "\n".join([*map(str, made), "", _NEXT.format(folder=folder)]))


_NEXT = "Next: cd {folder}, and ORLOP=PATH ci/gate, where PATH is a checkout or a wheel of orlop; then README.md"
