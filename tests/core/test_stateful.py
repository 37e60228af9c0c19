"""Whatever is done in whatever order: a store behaves like a dictionary of immutable values."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from orlop import AlreadyExists, Mismatch, NotFound, Store, open_store

IDS = st.sampled_from(["a", "b b", "ü", "100%", "a#?b", "--x"])
DATA = st.one_of(st.binary(max_size=40), st.integers(0, 300_000).map(lambda n: bytes(n) + b"end"))


class Machine(RuleBasedStateMachine):
    """Puts, reads, deletes and copies, beside a dictionary that does the same."""

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, bytes] = {}
        self.store = self.make()

    def make(self) -> Store:
        raise NotImplementedError

    @initialize()
    def empty(self) -> None:
        assert list(self.store.list()) == []

    def location(self, image_id: str) -> str:
        return self.store.locate(image_id)

    @rule(image_id=IDS, data=DATA, cut=st.integers(0, 50), known=st.booleans())
    def put(self, image_id: str, data: bytes, cut: int, known: bool) -> None:
        source = iter([data[:cut], data[cut:]])
        if image_id in self.model:
            with pytest.raises(AlreadyExists):
                self.store.put(image_id, source)
            return
        receipt = self.store.put(image_id, source, size=len(data) if known else None)
        assert receipt.size == len(data)
        assert receipt.digests == {"sha256": hashlib.sha256(data).hexdigest()}
        self.model[image_id] = data

    @rule(image_id=IDS, data=DATA, off=st.sampled_from([-1, 1]))
    def put_wrong(self, image_id: str, data: bytes, off: int) -> None:
        with pytest.raises((Mismatch, AlreadyExists)):
            self.store.put(image_id, data, size=max(0, len(data) + off), expect={"md5": "0" * 32})

    @rule(image_id=IDS, start=st.integers(0, 400_000), length=st.one_of(st.none(), st.integers(0, 400_000)))
    def read(self, image_id: str, start: int, length: int | None) -> None:
        if image_id not in self.model:
            with pytest.raises(NotFound):
                self.location(image_id)
            return
        stop = None if length is None else start + length
        with self.store.open(self.location(image_id), start, stop) as reader:
            assert reader.read() == self.model[image_id][start:stop]

    @rule(image_id=IDS)
    def verify(self, image_id: str) -> None:
        if image_id in self.model:
            self.store.verify(self.location(image_id))

    @rule(image_id=IDS)
    def delete(self, image_id: str) -> None:
        if image_id in self.model:
            location = self.location(image_id)
            self.store.delete(location)
            del self.model[image_id]
            with pytest.raises(NotFound):
                self.store.delete(location)

    @rule(image_id=IDS, other=IDS)
    def copy(self, image_id: str, other: str) -> None:
        if image_id not in self.model:
            return
        if other in self.model:
            with pytest.raises(AlreadyExists):
                self.store.copy(self.location(image_id), self.store, other)
            return
        self.store.copy(self.location(image_id), self.store, other)
        self.model[other] = self.model[image_id]

    @invariant()
    def same(self) -> None:
        assert {stat.image_id: stat.size for stat in self.store.list()} == {
            image_id: len(data) for image_id, data in self.model.items()
        }
        assert list(self.store.leftovers()) == []


class MemoryMachine(Machine):
    def make(self) -> Store:
        return open_store("memory:")


class FileMachine(Machine):
    def make(self) -> Store:
        self.folder = Path(tempfile.mkdtemp())
        return open_store(f"file://{self.folder}/images")

    @invariant()
    def nothing_else_in_the_folder(self) -> None:
        images = self.folder / "images"
        found = {path.name: path.read_bytes() for path in images.iterdir()} if images.exists() else {}
        assert found == self.model

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


MemoryMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
FileMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestMemory = MemoryMachine.TestCase
TestFile = FileMachine.TestCase
