"""What git knows of files, now and at a commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci import tree
from tests.ci.repository import commit, git, write


def test_a_clean_working_tree_is_as_its_commit(tmp_path: Path) -> None:
    at = commit(tmp_path, a="one", b__c="two")
    (tmp_path / "run").write_text("#!/bin/sh\n")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "link").symlink_to("a.py")
    at = commit(tmp_path)
    names = tree.names_now(tmp_path)
    assert names == ["a.py", "b/c.py", "link", "run"]
    assert tree.files_now(names, tmp_path) == tree.files_at(at, tmp_path)
    assert tree.head(tmp_path) == at


@pytest.mark.parametrize("change", ["content", "mode", "gone", "new"])
def test_every_change_is_seen_before_it_is_committed(tmp_path: Path, change: str) -> None:
    at = commit(tmp_path, a="one", b="two")
    before = tree.digest(tree.names_now(tmp_path), tree.files_at(at, tmp_path))
    path = tmp_path / "a.py"
    if change == "content":
        path.write_text("other")
    elif change == "mode":
        path.chmod(0o755)
    elif change == "gone":
        path.unlink()
    else:
        write(tmp_path, c="")
    names = tree.names_now(tmp_path)
    assert tree.digest(names, tree.files_now(names, tmp_path)) != before
    names = ["a.py", "b.py", "c.py"]
    assert tree.digest(names, tree.files_now(names, tmp_path)) != tree.digest(names, tree.files_at(at, tmp_path))


def test_what_git_ignores_is_no_file_of_ours(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("x.py\n")
    commit(tmp_path, a="one", x="not ours")
    assert tree.names_now(tmp_path) == [".gitignore", "a.py"]


def test_a_commit_that_there_is_not(tmp_path: Path) -> None:
    commit(tmp_path, a="one")
    with pytest.raises(tree.NoSuchCommit, match="there is no commit 0123"):
        tree.files_at("0123", tmp_path)


def test_a_shallow_clone_says_that_it_cannot_know(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    first = commit(tmp_path / "whole", a="one")
    second = commit(tmp_path / "whole", a="two")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{tmp_path}/whole", "part")
    assert tree.files_at(second, tmp_path / "part").keys() == {"a.py"}
    with pytest.raises(tree.NoHistory, match="shallow clone has no commit") as error:
        tree.files_at(first, tmp_path / "part")
    assert not isinstance(error.value, tree.NoSuchCommit)


def test_no_repository_and_one_around(tmp_path: Path) -> None:
    commit(tmp_path, a="one")
    inner = tmp_path / "unpacked"
    inner.mkdir()
    with pytest.raises(tree.NoHistory):
        tree.names_now(inner)
    with pytest.raises(tree.NoHistory):
        tree.head(inner)


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(tree.NoHistory, match="git is not installed"):
        tree.head(tmp_path)
