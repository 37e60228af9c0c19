"""Installed by pip beside Glance from PyPI: ours stays, and all of Glance's programs find it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from servers.venvs import ROOT

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]
GLANCE = "glance==33.0.0"


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment with Glance, and the wheels of both distributions in place of the one it brought."""
    folder = tmp_path_factory.mktemp("install") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install(folder, GLANCE, "glance_store==5.7.0")
    change_over(folder)
    return folder


def install(venv: Path, *words: str) -> None:
    run(venv, "pip", "install", "-q", "--disable-pip-version-check", *words)


def change_over(venv: Path) -> None:
    """As docs/how-to/glance.md has it."""
    install(venv, "--upgrade", f"{ROOT}/packages/orlop[http,s3,swift]", f"{ROOT}/packages/glance-store[s3,swift]")


def run(venv: Path, program: str, *words: str) -> str:
    command = [str(venv / "bin" / program), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


def python(venv: Path, program: str) -> str:
    return run(venv, "python", "-I", "-W", "ignore", "-c", program)


def test_pip_keeps_ours_and_finds_nothing_wrong(venv: Path) -> None:
    installed = {one["name"]: one["version"] for one in json.loads(run(venv, "pip", "list", "--format=json"))}
    assert installed["glance"] == "33.0.0"
    assert installed["glance-store"].startswith("6.")
    assert "glance_store" not in installed
    assert "No broken requirements" in run(venv, "pip", "check")


def test_what_is_imported_is_ours(venv: Path) -> None:
    said = python(venv, "import glance_store, orlop; print(glance_store.get.__module__, orlop.Store.__module__)")
    assert said.split() == ["glance_store.multi_backend", "orlop.store"]


def test_the_files_for_rootwrap_are_there(venv: Path) -> None:
    assert (venv / "etc/glance/rootwrap.conf").is_file()
    assert (venv / "etc/glance/rootwrap.d/glance_cinder_store.filters").is_file()
    assert (venv / "bin/glance-rootwrap").is_file()


def test_the_sample_configuration_is_generated_with_sorted_options(venv: Path) -> None:
    words = ("--namespace", "glance.store", "--namespace", "glance.multi_store", "--namespace", "glance.api")
    sample = run(venv, "oslo-config-generator", *words)
    groups = [line.strip("[]") for line in sample.splitlines() if line.startswith("[")]
    drivers = [group for group in groups if group in {"cinder", "file", "http", "rbd", "s3", "swift", "vmware"}]
    assert drivers == ["cinder", "file", "http", "rbd", "s3", "swift", "vmware"]
    assert sample.count("#filesystem_store_datadir = /var/lib/glance/images") == 2
    assert "#default_backend = " in sample
    assert sample == run(venv, "oslo-config-generator", *words), "it is the same each time"


def test_glance_manage_and_the_wsgi_application(venv: Path, tmp_path: Path) -> None:
    config = tmp_path / "glance-api.conf"
    config.write_text(
        f"[DEFAULT]\nenabled_backends = fast:file, web:http\nlog_dir =\n"
        f"[database]\nconnection = sqlite:///{tmp_path}/glance.db\n"
        f"[glance_store]\ndefault_backend = fast\n[fast]\nfilesystem_store_datadir = {tmp_path}/fast\n"
        f"[os_glance_staging_store]\nfilesystem_store_datadir = {tmp_path}/staging\n"
        f"[os_glance_tasks_store]\nfilesystem_store_datadir = {tmp_path}/tasks\n"
        f"[paste_deploy]\nconfig_file = {venv}/etc/glance/glance-api-paste.ini\n"
    )
    run(venv, "glance-manage", "--config-file", str(config), "db_sync")
    program = (
        f"import os; os.environ['OS_GLANCE_CONFIG_DIR'] = {str(tmp_path)!r}\n"
        "from glance.wsgi.api import application\n"
        "import glance_store, webob\n"
        "answer = webob.Request.blank('/v2/info/stores').get_response(application)\n"
        "print(answer.status_int, type(glance_store.get_store_from_store_identifier('fast').orlop).__module__)"
    )
    assert python(venv, program).split()[-2:] in (["401", "orlop.store"], ["200", "orlop.store"])
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["fast", "staging", "tasks"]


def test_there_and_back_again(venv: Path) -> None:
    """The commands of docs/how-to/glance.md: what runs, the way back, and the way there once more."""
    shown = (
        "import glance_store, importlib.metadata as m; "
        'print(m.version("glance-store"), glance_store.get.__module__, m.version("orlop"))'
    )
    page = (ROOT / "docs/how-to/glance.md").read_text()
    assert shown in page
    assert python(venv, shown).split() == ["6.0.0", "glance_store.multi_backend", "0.1.0"]
    assert "pip install 'glance-store[s3,swift]<6'" in page
    install(venv, "glance-store[s3,swift]<6")
    version = "import importlib.metadata as m, glance_store; print(m.version('glance_store'), glance_store.__file__)"
    assert python(venv, version).startswith("5.")
    install(venv, "glance-store")
    assert python(venv, version).startswith("5."), "a name that is installed is not installed again"
    change_over(venv)
    assert python(venv, version).startswith("6.0.0")
