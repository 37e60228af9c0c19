"""The page with the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.contest import Standing


def table(standings: Mapping[str, Standing], ours: str) -> list[str]:
    """A table of contestants, with each one's time as a multiple of ours."""
    rounds = len(standings[ours].runs)
    lines = [
        f"| | seconds (median of {rounds}) | min - max | CPU seconds | peak MiB | time / orlop's time |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in standings.items():
        low, high = one.spread
        cpu = "" if one.cpu is None else f"{one.cpu:.2f}"
        peak = "" if one.peak_mib is None else f"{one.peak_mib:.0f}"
        ratio = one.seconds / standings[ours].seconds
        lines.append(f"| {name} | {one.seconds:.2f} | {low:.2f} - {high:.2f} | {cpu} | {peak} | {ratio:.2f} |")
    return lines


def section(when: str, content: Sequence[str]) -> str:
    """The text below a title."""
    return "\n".join([when, "", *content]).strip()


def sections_of(text: str) -> dict[str, str]:
    """The sections of a page by their titles, in their order."""
    parts = text.split("\n## ")[1:]
    return {title: content.strip() for title, _, content in (part.partition("\n") for part in parts)}


def page(machine: Sequence[str], sections: Mapping[str, str]) -> str:
    """The whole page in Markdown."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Every contestant of a table ran in turn with the others, after a round that does",
        'not count; the figures are medians. "Upstream" is glance_store 5.7.0 from PyPI in a virtual environment of',
        'its own; beside the digest named it always computes md5. "Limit" is the same work by coreutils, all at once.',
        "Before each run of a put into files the memory that it will take is used and freed: the host of a virtual",
        "machine takes idle memory back and is slow to return it.",
        "",
        *(f"* {line}" for line in machine),
        "",
    ]
    for title, content in sections.items():
        lines += [f"## {title}", "", content, ""]
    return "\n".join(lines)
