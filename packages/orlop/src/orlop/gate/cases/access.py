"""Access lists: what is said is what the backend keeps, by the word of the witness."""

from __future__ import annotations

import pytest

from orlop.capabilities import Capability
from orlop.gate.claim import minimum, proves
from orlop.gate.trial import Trial
from orlop.records import Acl

_LISTS = {
    "public": Acl(public=True),
    "readers": Acl(read=("gate-one", "gate-two")),
    "writers": Acl(read=("gate-one",), write=("gate-two",)),
    "private": Acl(),
}


class Access:
    """Who may read."""

    @minimum
    @proves(Capability.ACL)
    @pytest.mark.parametrize("kind", _LISTS)
    def test_acl_is_set(self, trial: Trial, kind: str) -> None:
        image = trial.image(10)
        trial.store.set_acl(image.location, Acl(read=("gate-before",)))
        trial.store.set_acl(image.location, _LISTS[kind])

        def check() -> None:
            found = trial.witness.acl(image.location)
            assert found.public == _LISTS[kind].public
            assert set(found.read) == set(_LISTS[kind].read)
            assert set(found.write) == set(_LISTS[kind].write)

        trial.eventually(check)
        trial.becomes_whole(image)
