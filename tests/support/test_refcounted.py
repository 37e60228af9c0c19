"""A handle with a reference count: its last user closes it."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from orlop.errors import Unavailable
from orlop.support.refcounted import Refcounted

PATIENCE = 30.0
"""Seconds after which a wait is an error; none of these tests waits for them."""


class Handle:
    """Something that can be closed, and counts how often it is."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def handle() -> Handle:
    return Handle()


@pytest.fixture
def counted(handle: Handle) -> Refcounted[Handle]:
    return Refcounted(handle, Handle.close, what="the upload")


class User(threading.Thread):
    """A thread that is inside a handle until it is told to leave."""

    def __init__(self, counted: Refcounted[Handle]) -> None:
        super().__init__(daemon=True)
        self._counted = counted
        self._inside, self._leave = threading.Event(), threading.Event()
        self.start()
        assert self._inside.wait(PATIENCE)

    def run(self) -> None:
        with self._counted:
            self._inside.set()
            self._leave.wait(PATIENCE)

    def leave(self) -> None:
        self._leave.set()
        self.join(PATIENCE)
        assert not self.is_alive()


@pytest.fixture
def users(counted: Refcounted[Handle]) -> Iterator[list[User]]:
    inside = [User(counted), User(counted)]
    yield inside
    for user in inside:
        user.leave()


def test_a_user_gets_the_handle(counted: Refcounted[Handle], handle: Handle) -> None:
    with counted as given:
        assert given is handle
    assert handle.closed == 0


def test_an_unused_handle_is_closed_at_once_and_once(counted: Refcounted[Handle], handle: Handle) -> None:
    counted.close()
    assert handle.closed == 1
    counted.close()
    assert handle.closed == 1
    assert counted.wait_closed(0)
    assert counted.peek() is None


def test_the_last_user_closes_it(counted: Refcounted[Handle], handle: Handle, users: list[User]) -> None:
    counted.close()
    assert counted.closing
    assert handle.closed == 0
    users[0].leave()
    assert handle.closed == 0
    assert not counted.wait_closed(0)
    users[1].leave()
    assert handle.closed == 1
    assert counted.wait_closed(0)


def test_a_closed_handle_refuses_new_users_while_old_ones_are_inside(
    counted: Refcounted[Handle], users: list[User]
) -> None:
    counted.close()
    with pytest.raises(Unavailable, match="the upload has been closed"), counted:
        pass


def test_a_user_that_fails_leaves_too(counted: Refcounted[Handle], handle: Handle) -> None:
    with pytest.raises(ZeroDivisionError), counted:
        counted.close()
        raise ZeroDivisionError
    assert handle.closed == 1


def test_a_thread_can_be_inside_twice(counted: Refcounted[Handle], handle: Handle) -> None:
    with counted:
        with counted:
            counted.close()
        assert handle.closed == 0
    assert handle.closed == 1


def test_what_closing_raises_is_raised_by_the_last(handle: Handle) -> None:
    def fails(handle: Handle) -> None:
        handle.close()
        raise OSError(5, "the server has lost what was written")

    first = Refcounted(handle, fails, what="the upload")
    with pytest.raises(OSError, match="lost what was written"):
        first.close()
    first.close()
    second = Refcounted(handle, fails, what="the upload")
    with pytest.raises(OSError, match="lost what was written"), second:
        second.close()
    assert handle.closed == 2
    assert first.wait_closed(0)
    assert second.wait_closed(0)


def test_a_close_that_hangs_holds_up_nobody_who_only_looks() -> None:
    begun, end = threading.Event(), threading.Event()

    def hangs(handle: object) -> None:
        begun.set()
        end.wait(PATIENCE)

    counted = Refcounted(object(), hangs, what="the upload")
    thread = threading.Thread(target=counted.close, daemon=True)
    thread.start()
    assert begun.wait(PATIENCE)
    with pytest.raises(Unavailable), counted:
        pass
    counted.close()
    assert not counted.wait_closed(0)
    end.set()
    assert counted.wait_closed(PATIENCE)
    thread.join(PATIENCE)


def test_who_waits_is_woken_by_the_last_user(counted: Refcounted[Handle], users: list[User]) -> None:
    counted.close()
    found: list[bool] = []
    waiter = threading.Thread(target=lambda: found.append(counted.wait_closed()), daemon=True)
    waiter.start()
    for user in users:
        user.leave()
    waiter.join(PATIENCE)
    assert found == [True]


def test_a_forked_child_forgets_the_handle(counted: Refcounted[Handle], handle: Handle, users: list[User]) -> None:
    assert counted.disown() is handle
    with pytest.raises(Unavailable), counted:
        pass
    counted.close()
    assert counted.wait_closed(0)
    assert handle.closed == 0


def test_a_late_write_never_lands_in_a_file_that_got_the_number(tmp_path: Path) -> None:
    """What the handle is for: the write that hung returns after the close, when other files have been opened."""
    path = tmp_path / "first"
    opened = os.open(path, os.O_RDWR | os.O_CREAT)
    counted = Refcounted(opened, os.close, what="the upload")
    inside, late = threading.Event(), threading.Event()

    def write() -> None:
        with counted as descriptor:
            inside.set()
            late.wait(PATIENCE)
            os.pwrite(descriptor, b"late", 0)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    assert inside.wait(PATIENCE)
    counted.close()
    others = [os.open(tmp_path / f"other-{number}", os.O_RDWR | os.O_CREAT) for number in range(8)]
    late.set()
    writer.join(PATIENCE)
    assert opened not in others
    assert [os.pread(other, 4, 0) for other in others] == [b""] * 8
    assert path.read_bytes() == b"late"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened)
    for other in others:
        os.close(other)
