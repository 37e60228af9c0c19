"""The page of one driver: what it is, who keeps it, its settings, and what its gate has shown - all from its data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orlop.cli.schema import Key, keys
from orlop.driver import Driver
from orlop.lifecycle.carried import RESULT
from orlop.lifecycle.record import Record
from orlop.settings import StoreSettings

from docs.proofs import MEANINGS, NAMES, UNKNOWN, by_server, proof_of, server_of
from docs.tables import table

_UNITS = {"Seconds": "seconds", "Bytes": "bytes"}
"""The help of a setting that has a unit begins with it."""
SOURCES = "../../../packages/orlop/src/orlop/drivers"


def lines(name: str, kind: type[Driver[Any]], record: Record) -> Iterator[str]:
    """The page, from its first heading on."""
    last = record.latest
    proof = proof_of(name)
    yield from (f"# {name}: {record.title}", "", record.summary, "")
    facts = [
        ("status", f"{last.status} since {last.date}: {last.reason}"),
        ("means", last.status.consequence),
        ("since", f"orlop {record.since}"),
        (
            "maintainers",
            ", ".join(f"{one.name} ({one.reached})" for one in record.maintainers) or "nobody",
        ),
        ("locations", ", ".join(f"`{scheme}://`" for scheme in kind.schemes)),
        (
            "as a URI",
            f"`{kind.settings_type.takes_uri}`" if kind.settings_type.takes_uri else "it needs a configuration",
        ),
        ("last green gate", f"{proof['date'][:10]} [see below](#last-green-gate)" if proof else "no result is kept"),
    ]
    facts += [
        (label, text) for label, text in (("replacement", record.replacement), ("leaving it", record.migration)) if text
    ]
    yield from table(["", name], facts)
    yield from ("", "## Capabilities", "")
    yield from _capabilities(record, proof)
    yield from ("", "## Settings", "", " ".join((kind.settings_type.__doc__ or "").split()), "")
    yield from settings(kind.settings_type)
    yield from ("", "## Jobs", "")
    yield from table(
        ["job", "votes", "runs", "on", "by"],
        [
            (
                one.name,
                "yes" if one.voting else "no",
                ", ".join(one.suites),
                ", ".join(one.servers) or UNKNOWN,
                f"`{one.command}`",
            )
            for one in record.jobs
        ],
    )
    yield from ("", "## Last green gate", "")
    yield from _result(name, proof)
    yield from ("", "## History", "")
    yield from table(
        ["from", "status", "why", "by the rule"],
        [(str(one.date), one.status.value, one.reason, one.rule or "-") for one in record.history],
    )


def settings(model: type[StoreSettings], *, own: bool = True) -> Iterator[str]:
    """The table of a model's settings; those of every store are only there when the model is their own."""
    found = [key for key in keys(model) if key.name == "driver" or key.name not in StoreSettings.model_fields]
    if not own:
        found = [key for key in keys(model) if key.name != "driver"]
    yield from table(["key", "type", "unit", "default", "meaning"], map(_setting, found))
    if own:
        yield from ("", "And those of [every store](../settings.md#every-store).")


def unit_of(key: Key) -> str:
    """The unit of a number; empty for what has none."""
    return _UNITS.get(key.meaning.partition(" ")[0], "") if "number" in key.type else ""


def _setting(key: Key) -> tuple[str, ...]:
    default = "needed" if key.required else f"`{key.default}`" if key.default else ""
    return f"`{key.name}`", key.type, unit_of(key), default, key.meaning


def _capabilities(record: Record, proof: dict[str, Any] | None) -> Iterator[str]:
    shown = by_server(proof) if proof else {}
    claims = dict.fromkeys(record.capabilities.required, "every store")
    claims |= dict.fromkeys(record.capabilities.optional, "some stores")
    rows = [(f"`{name}`", claims.get(name, "no"), *(one[name] for one in shown.values())) for name in NAMES]
    yield from table(["capability", "claimed of", *shown], rows)
    if shown:
        yield from ("", MEANINGS)


def _result(name: str, proof: dict[str, Any] | None) -> Iterator[str]:
    if proof is None:
        yield f"None is kept yet: `make gate DRIVER={name} KEEP=1`."
        return
    versions = {key: value for key, value in proof["versions"].items() if key != "servers"}
    told = ", ".join(f"{key} {value}" for key, value in versions.items())
    yield f"On {proof['date'][:10]}, of commit `{proof['commit']}`, in {proof['seconds']:.0f} seconds, with {told}."
    yield f"The whole of it is [{RESULT}]({SOURCES}/{name}/{RESULT})."
    yield ""
    rows = [(_class(gate), server_of(gate), _counts(gate["cases"])) for gate in proof["own_gate"]["gates"]]
    rows += [(f"Glance's {one['suite']} tests", UNKNOWN, _totals(one["totals"])) for one in proof["glance"]]
    yield from table(["tests", "on", "cases"], rows)


def _class(gate: dict[str, Any]) -> str:
    return f"gate `{gate['class'].rpartition(':')[2]}`"


def _counts(cases: dict[str, list[str]]) -> str:
    return ", ".join(f"{len(names)} {outcome}" for outcome, names in sorted(cases.items()))


def _totals(totals: dict[str, int]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in totals.items() if count)
