"""Pages whose code blocks are run, in order, as a reader would who copies one after the other.

| in the page | what happens |
|---|---|
| a block in `sh` | is run by one bash for the whole page, so that variables and folders stay; a failure ends it |
| a block in `python` | is run by a Python of its own, in the same folder |
| a block in `text` after one of these | is compared with what that one printed; `...` stands for anything |
| `<!-- file: NAME -->` before a block | the block is written to that file instead |
| `<!-- not run: REASON -->` before a block | nothing |
| `<!-- hidden` … `-->` | shell commands that a reader does not need, because the reader has what they prepare |

Blocks in other languages, and directives of the site's, are refused unless they are listed here.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from servers.venvs import uv_environment

ROOT = Path(__file__).parents[2]
PASSIVE = {"text", "{literalinclude}", "{include}", "{toctree}", "{eval-rst}"}
_PARTS = re.compile(
    r"^<!-- hidden\n(?P<hidden>.*?)^-->$"
    r"|^(?:<!-- (?P<mark>file|not run): (?P<value>.+?) -->\n)?```(?P<language>\S*)[^\n]*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_SECONDS = 600


@dataclass(frozen=True)
class Block:
    """One block: its language (`hidden` too), the mark before it, its text, and the line where it is."""

    language: str
    mark: str
    value: str
    text: str
    line: int

    @property
    def runs(self) -> bool:
        return self.language in {"sh", "python", "hidden"} and not self.mark


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    return list(_blocks(page.read_text(encoding="utf-8")))


def _blocks(text: str) -> Iterator[Block]:
    for match in _PARTS.finditer(text):
        found = match.groupdict(default="")
        line = text.count("\n", 0, match.start()) + 1
        if found["hidden"]:
            yield Block("hidden", "", "", found["hidden"], line)
        else:
            yield Block(found["language"], found["mark"], found["value"], found["text"], line)


def run(page: Path, folder: Path) -> None:
    """Run a page in `folder`, which becomes the reader's home; an assertion fails where it does not do what it says."""
    found = blocks(page)
    script = folder / ".blocks"
    script.mkdir(parents=True)
    done = subprocess.Popen(
        ["bash", "-c", _script(found, script)],
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    try:
        rest, _ = done.communicate(timeout=_SECONDS)
    finally:
        _end(done)
    for number, block in enumerate(found):
        output = script / f"{number}.out"
        if block.runs:
            where = f"{page.relative_to(ROOT)}, line {block.line}"
            printed = output.read_text(encoding="utf-8", errors="replace") if output.exists() else rest
            assert (script / f"{number}.ok").exists(), f"{where} fails:\n{printed}"
            if number + 1 < len(found) and found[number + 1].language == "text":
                _compare(found[number + 1], printed, where)


def _script(found: list[Block], script: Path) -> str:
    lines = ["set -euo pipefail"]
    for number, block in enumerate(found):
        if block.mark == "file":
            (script / f"{number}.file").write_text(block.text, encoding="utf-8")
            lines.append(f'mkdir -p "$(dirname {block.value})"; cp {script}/{number}.file {block.value}')
        elif block.runs:
            command = block.text
            if block.language == "python":
                (script / f"{number}.py").write_text(block.text, encoding="utf-8")
                command = f"python {script}/{number}.py\n"
            lines.append(f"{{\n{command}}} >{script}/{number}.out 2>&1\ntouch {script}/{number}.ok")
    return "\n".join(lines)


def _environment(folder: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in uv_environment().items() if not name.startswith(("ORLOP_", "XDG_", "PYTEST_"))
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return kept | {"HOME": str(folder), "PATH": path, "LC_ALL": "C.UTF-8", "COLUMNS": "200", "TERM": "dumb"}


def _end(process: subprocess.Popen[str]) -> None:
    """End what the page has started and left running."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _compare(expected: Block, printed: str, where: str) -> None:
    pieces = re.split(r"\s*\.\.\.\s*", expected.text.strip())
    pattern = r".*?".join(r"\s+".join(map(re.escape, piece.split())) for piece in pieces)
    matched = re.fullmatch(pattern, printed.strip(), re.DOTALL)
    assert matched, f"{where} prints\n\n{printed}\nwhere the page says\n\n{expected.text}"
