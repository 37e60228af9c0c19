"""The reference page of the drivers: status, maintainers, jobs, and the rules that they live by - from the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orlop.lifecycle.carried import record_of
from orlop.lifecycle.record import Maintainer, Record
from orlop.lifecycle.rules import BUILT_IN, Rule, RuleSet, rule_set
from orlop.lifecycle.status import Status
from orlop.lifecycle.tombstones import tombstones

Rows = list[tuple[str, ...]]
Part = tuple[str, str, list[str], Rows]
"""A heading, a paragraph, the heads of a table and its rows."""

ABOUT = """\
Each driver carries these data in its `driver.toml`; [the life of a driver](../lifecycle.md) explains them.
`orlop drivers` shows those of an installation, drivers of third parties too, `orlop lifecycle` what the rules say of
them. What each can do, and where that is proved, is in [the support matrix](support-matrix.md); who keeps them is
[here](maintainers.md).""".splitlines()


def parts(names: Iterable[str]) -> Iterator[Part]:
    """The page's parts, for the drivers of these names."""
    records = {name: record for name in names if (record := record_of(name)) is not None}
    yield "Status", "", ["driver", "what", "status", "since", "why"], [_status(*item) for item in records.items()]
    jobs = [row for name, record in records.items() for row in _jobs(name, record)]
    yield "Jobs", "", ["driver", "job", "votes", "runs", "on", "by"], jobs
    gone: Rows = [
        (f"`{one.name}`", one.deprecated or "?", one.removed, one.reason, one.instead, one.source)
        for one in tombstones()
    ]
    yield "Removed", "", ["what", "deprecated", "removed", "why", "instead", "source"], gone
    states: Rows = [(status.value, status.consequence) for status in Status]
    yield "States", "", ["status", "what it means for those who open a store"], states
    for name in BUILT_IN:
        rules = rule_set(name)
        yield (
            f"Rules: {name}",
            _terms(rules),
            ["rule", "from", "removal", "what", "exempt"],
            list(map(_rule, rules.rules)),
        )


def keepers(names: Iterable[str]) -> Rows:
    """Who answers for which driver; a driver that nobody keeps is named, too."""
    rows: Rows = []
    for name in names:
        record = record_of(name)
        mine = [_keeper(name, one) for one in record.maintainers] if record is not None else []
        rows += mine or [(_page(name), "nobody", "-")]
    return rows


def _page(name: str) -> str:
    return f"[{name}](drivers/{name}.md)"


def _status(name: str, record: Record) -> tuple[str, ...]:
    last = record.latest
    return _page(name), record.summary, last.status.value, last.date.isoformat(), last.reason


def _keeper(name: str, one: Maintainer) -> tuple[str, ...]:
    return _page(name), f"{one.name} (a team)" if one.team else one.name, one.reached


def _jobs(name: str, record: Record) -> Iterator[tuple[str, ...]]:
    for one in record.jobs:
        servers = ", ".join(one.servers) or "-"
        yield _page(name), one.name, "yes" if one.voting else "no", ", ".join(one.suites), servers, f"`{one.command}`"


def _terms(rules: RuleSet) -> str:
    return f"{rules.title}. Deprecation: {rules.deprecation.why}."


def _rule(rule: Rule) -> tuple[str, ...]:
    exempt = "; ".join(f"{name}: {reason}" for name, reason in rule.exempt.items()) or "-"
    removal = "-" if rule.demands is Status.UNSUPPORTED else rule.removal or "when the terms are over"
    return rule.name, rule.by, removal, rule.why, exempt
