"""Glance with a library: one virtual environment with ours, one with upstream's, and Glance's source with its tests."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from servers.missing import Missing
from servers.venvs import environment

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "build" / "sources"
GLANCE = "33.0.0"
_CHECKSUM = "f6483b580565836e412747ed247703e52a96b0cf168c732986ac595377c92678"
UPSTREAM = "5.7.0"
OURS_LOCAL = {"orlop": ROOT / "packages" / "orlop", "glance-store": ROOT / "packages" / "glance-store"}

# What Glance's tests import beside Glance, without what only its linters and its other databases want.
_TESTS = [
    "boto3", "coverage", "ddt", "fixtures", "oslo.privsep", "oslotest", "os-brick", "psutil", "PyMySQL",
    "python-cinderclient", "python-swiftclient", "requests", "stestr", "testresources", "testscenarios", "testtools",
    "xattr",
]  # fmt: skip


def ours() -> Path:
    """The folder of the environment with Glance and this repository's distributions."""
    for name, folder in OURS_LOCAL.items():
        if not (folder / "pyproject.toml").exists():
            raise Missing(f"{name} is not in {folder}")
    local = [f"{OURS_LOCAL['orlop']}[http,s3,swift]", str(OURS_LOCAL["glance-store"])]
    return environment("glance-ours", [*local, f"glance=={GLANCE}", *_TESTS])


def with_package(folder: Path) -> Path:
    """The same with a distribution of somebody else's, which may change without the environment being made anew."""
    local = [*map(str, OURS_LOCAL.values()), f"-e {folder.resolve()}"]
    return environment("glance-package", [*local, f"glance=={GLANCE}", *_TESTS])


def upstream() -> Path:
    """The folder of the environment with Glance and upstream's glance_store."""
    library = f"glance_store[s3,swift,cinder]=={UPSTREAM}"
    return environment("glance-upstream", [library, f"glance=={GLANCE}", *_TESTS])


LIBRARIES = {"ours": ours, "upstream": upstream}


def versions(venv: Path) -> dict[str, str]:
    """Every distribution that is installed in an environment, and its version."""
    program = (
        "import json, importlib.metadata as m; "
        "print(json.dumps({d.name.lower().replace('_', '-'): d.version for d in m.distributions()}))"
    )
    command = [str(venv / "bin" / "python"), "-I", "-c", program]
    installed: dict[str, str] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return dict(sorted(installed.items()))


def source() -> Path:
    """Glance's source distribution, unpacked: its tests read files beside them by the current folder."""
    SOURCES.mkdir(parents=True, exist_ok=True)
    tree = SOURCES / f"glance-{GLANCE}"
    with (SOURCES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tree.exists():
            with tempfile.TemporaryDirectory(dir=SOURCES) as folder:
                # Of a known checksum, so nothing in it is unexpected; Debian 12's tarfile has no filters.
                shutil.unpack_archive(_download(Path(folder)), folder)
                shutil.move(Path(folder) / tree.name, tree)
    return tree


def _download(folder: Path) -> Path:
    """Fetch the source distribution; pip refuses what has another checksum."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"glance=={GLANCE} --hash=sha256:{_CHECKSUM}\n", encoding="utf-8")
    words = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(folder), "-r", str(wanted)]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"could not download Glance's source: {done.stderr.strip()[-2000:]}")
    return folder / f"glance-{GLANCE}.tar.gz"
