"""Virtual environments filled from PyPI, made once and kept under build/venvs."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from uv import find_uv_bin

from servers.missing import Missing

ROOT = Path(__file__).parent.parent
VENVS = ROOT / "build" / "venvs"
_MARKER = "made-of.json"
_EDITABLE = "-e "


def environment(name: str, requirements: Sequence[str], *, under: Path = VENVS) -> Path:
    """Return the folder of a virtual environment that holds these requirements, and no others.

    A requirement is what pip takes on a line: `glance==33.0.0`, the absolute path of a local distribution, or `-e` and
    such a path. What is there already is returned as it is, unless the requirements have changed, or a local
    distribution has: of an editable one its pyproject.toml, of another one any file. Processes that ask at the same
    time wait for one another; what an interrupted one has left half made is made anew.
    """
    under.mkdir(parents=True, exist_ok=True)
    venv = under.resolve() / name
    made_of = json.dumps({"python": sys.version, "requirements": [_identity(one) for one in requirements]}, indent=1)
    with _only_one(under / f"{name}.lock"):
        marker = venv / _MARKER
        if not marker.exists() or marker.read_text() != made_of:
            shutil.rmtree(venv, ignore_errors=True)
            _make(venv, requirements)
            marker.write_text(made_of)
    return venv


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # closing the file gives it up, and so does any end of the process
        yield


def _make(venv: Path, requirements: Sequence[str]) -> None:
    # uv and not pip: for Glance with its ninety dependencies it takes four seconds, and pip three quarters of a minute.
    _uv("venv", "--python", sys.executable, str(venv))
    python = str(venv / "bin" / "python")
    # What is named by its path is built anew, also when uv has it in its cache.
    _uv("pip", "install", "--python", python, *(word for one in requirements for word in _words(one)))


def uv_environment() -> dict[str, str]:
    """Return the environment in which uv asks the index that pip asks, and trusts whom pip trusts.

    uv has a variable of its own for a mirror. By itself it knows the public authorities only, and not those of the
    system, which a network that inspects TLS has added to (uv, "TLS certificates"; older releases: UV_NATIVE_TLS).
    """
    mirror = {"UV_DEFAULT_INDEX": os.environ["PIP_INDEX_URL"]} if "PIP_INDEX_URL" in os.environ else {}
    return {"UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"} | mirror | os.environ


def _uv(*words: str) -> None:
    command = [find_uv_bin(), "--quiet", "--no-config", *words]
    done = subprocess.run(command, env=uv_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"could not make a virtual environment: uv {' '.join(words)}: {done.stderr.strip()[-2000:]}")


def _words(requirement: str) -> list[str]:
    return requirement.split(maxsplit=1) if requirement.startswith(_EDITABLE) else [requirement]


def _local(requirement: str) -> Path | None:
    """Return the folder of a local distribution, without the extras asked of it; of others None."""
    path = Path(requirement.removeprefix(_EDITABLE).strip().partition("[")[0])
    return path if path.is_absolute() else None


def _identity(requirement: str) -> list[str]:
    """Return the requirement, and what tells a changed local distribution from what it was before."""
    folder = _local(requirement)
    if folder is None:
        return [requirement]
    if requirement.startswith(_EDITABLE):
        files = [folder / "pyproject.toml"]
    else:
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _made_by_building(folder, path)]
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return [requirement, digest.hexdigest()]


def _made_by_building(folder: Path, path: Path) -> bool:
    return any(
        part in {"build", "__pycache__"} or part.endswith(".egg-info") for part in path.relative_to(folder).parts
    )
