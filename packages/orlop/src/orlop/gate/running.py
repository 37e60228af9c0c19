"""How one case is prepared, run and judged; called by the plugin."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from orlop.capabilities import Capability, names
from orlop.gate.claim import claim_of
from orlop.gate.deviation import Deviation
from orlop.gate.ledger import NOT_SHOWN, PASSED, REFUSED, case_entry
from orlop.gate.refusing import refuses
from orlop.gate.trial import NotShown, Trial

_TRIAL = pytest.StashKey[Trial]()
_PROVED = pytest.StashKey[bool]()
_SHOWN = pytest.StashKey[bool]()


def prepare(item: Any) -> None:
    """Set the hang guard, and have a deviation's case fail as written."""
    if not item.config.pluginmanager.hasplugin("timeout"):
        raise pytest.UsageError("the gate needs pytest-timeout as its hang guard: pip install 'orlop[gate]'")
    item.add_marker(pytest.mark.timeout(item.cls.timeout))
    deviation = deviation_of(item)
    if deviation is not None and not deviation.expired:
        item.add_marker(pytest.mark.xfail(reason=f"until {deviation.expires}: {deviation.reason}", strict=True))


def run(item: Any) -> None:
    """Run the case; where the store does not declare what it proves, show that the store refuses it."""
    trial: Trial = item.funcargs["trial"]
    item.stash[_TRIAL] = trial
    deviation = deviation_of(item)
    if deviation is not None and deviation.expired:
        pytest.fail(f"the deviation expired on {deviation.expires}: {deviation.reason}", pytrace=False)
    missing = claim_of(item.function).capability & ~trial.store.capabilities
    item.stash[_PROVED] = not missing
    lost = claim_of(item.function).capability & trial.store.lost
    if missing:
        refuses(trial, missing)
    else:
        try:
            if lost:
                trial.not_shown(f"{', '.join(names(lost))}: {_why(trial, lost)}")
            item.obj(**{name: item.funcargs[name] for name in inspect.signature(item.obj).parameters})
        except NotShown as why:
            item.stash[_SHOWN] = False
            trial.note(f"not shown: {why}")
    trial.finish()


def judge(item: Any, report: Any) -> None:
    """Make a failure of a skip, and hang on to the report what the ledger wants to know."""
    deviation = deviation_of(item)
    written = deviation is not None and not deviation.expired
    if report.skipped and not (written and hasattr(report, "wasxfail")):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else getattr(report, "wasxfail", "")
        report.__dict__.pop("wasxfail", None)
        report.outcome = "failed"
        report.longrepr = f"a case of the gate cannot be skipped; write a Deviation ({reason})"
    trial = item.stash.get(_TRIAL, None)
    ended = PASSED if item.stash.get(_PROVED, False) else REFUSED
    ended = ended if item.stash.get(_SHOWN, True) else NOT_SHOWN
    report.orlop_gate = case_entry(item, report, trial, ended=ended, deviation=deviation)


def _why(trial: Trial, lost: Capability) -> str:
    return next((finding.message for finding in trial.store.findings if finding.lacks & lost), "lost for now")


def deviation_of(item: Any) -> Deviation | None:
    """The deviation that is written for this case, expired or not."""
    return next((one for one in item.cls.deviations if one.covers(item.name)), None)
