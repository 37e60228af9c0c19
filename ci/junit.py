"""The job's result in JUnit's form: what fails here is what makes the job red, not what a test said."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from ci.comparison import Difference
from ci.job import Job, Judged
from ci.outcome import SKIPPED, Outcome
from ci.own_gate import OwnGate

_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(job: Job, path: Path) -> None:
    """Write it."""
    root = ET.Element("testsuites", name=f"gate {job.driver}")
    if job.own is not None:
        _own(root, job.own)
    for judged in job.suites:
        root.append(_suite(judged))
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _own(root: ET.Element, own: OwnGate) -> None:
    """What pytest wrote, as it is; problems beside its cases as cases of their own."""
    if own.junit.exists():
        for suite in ET.parse(own.junit).getroot().iter("testsuite"):
            suite.set("name", "own gate")
            root.append(suite)
    if own.problems:
        suite = ET.SubElement(root, "testsuite", name="own gate: the run", tests=str(len(own.problems)))
        suite.set("failures", str(len(own.problems)))
        for problem in own.problems:
            case = ET.SubElement(suite, "testcase", classname="own gate", name="the run")
            ET.SubElement(case, "failure", message=problem)


def _suite(judged: Judged) -> ET.Element:
    differences = {one.test: one for one in judged.verdict.differences}
    exempt = {one.test: one for one in judged.verdict.exempt}
    outcomes = {one.test: one for one in judged.run.outcomes}
    names = sorted(outcomes.keys() | differences.keys() | exempt.keys())
    suite = ET.Element("testsuite", name=f"glance {judged.run.suite.name}", tests=str(len(names)))
    for name in names:
        outcome = outcomes.get(name) or Outcome(name, "missing")
        suite.append(_case(outcome, differences.get(name), exempt.get(name)))
    suite.set("failures", str(len(differences)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in suite)))
    suite.set("time", f"{judged.run.seconds:.3f}")
    return suite


def _case(outcome: Outcome, difference: Difference | None, exempt: Difference | None) -> ET.Element:
    group, _, name = outcome.test.partition("(")[0].rpartition(".")
    name = outcome.test.removeprefix(f"{group}.") or name
    case = ET.Element("testcase", classname=group, name=name, time=f"{outcome.seconds:.3f}")
    if difference is not None:
        message = _clean(f"{difference.kind}: {difference.reason}")
        ET.SubElement(case, "failure", message=message).text = _clean(difference.trace)
    elif exempt is not None:
        ET.SubElement(case, "skipped", message=_clean(f"{exempt.kind}, an exception: {exempt.reason}"))
    elif outcome.outcome == SKIPPED:
        ET.SubElement(case, "skipped", message=_clean(outcome.reason))
    return case


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("?", text)
