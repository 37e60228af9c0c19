"""Running commands in front of an audience: each is shown before its output, and its exit code is checked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs
from orlop.configuration import configuration_file


class Unexpected(Exception):
    """Something in the demo is not as it should be."""


class Stage:
    """A folder in which commands are run, and the account of what they have shown."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder / "scratch", ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("ORLOP_")}
        self._environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"])
        self._environment["LC_ALL"] = "C.UTF-8"
        self._environment.setdefault("COLUMNS", "120")
        self._shown: list[str] = []
        self._left_out: list[str] = []
        for path in [
            *folder.glob("back-*"),
            *folder.glob("part*"),
            *folder.glob("rescue.qcow2"),
            *folder.glob("damaged"),
        ]:
            path.unlink()

    def title(self, text: str) -> None:
        """Announce what comes."""
        print(f"\n== {text}\n", flush=True)

    def run(self, command: str, why: str = "", *, exits: int = 0) -> str:
        """Show a command, run it, show its output, and return that.

        Raises:
            Unexpected: it exits with another code than `exits`.
        """
        print(f"$ {command}" + (f"    # {why}" if why else ""), flush=True)
        done = self._done(command)
        for line in done.stdout.splitlines():
            print(f"  {line}", flush=True)
        if done.returncode != exits:
            raise Unexpected(f"'{command}' exits with {done.returncode}, not with {exits}")
        if exits:
            print(f"  (exit code {exits}, as it should be)", flush=True)
        return done.stdout

    def succeeds(self, command: str) -> bool:
        """Whether a command succeeds; nothing is shown."""
        return self._done(command).returncode == 0

    def use_the_embedded_default(self) -> None:
        """Work as on a machine without any configuration; one that is there is left alone."""
        self._environment.pop("ORLOP_CONFIG", None)
        if (file := configuration_file()) is not None:
            print(f"You have a configuration, {file}. The demo leaves it alone and uses what would be without it.")
            self._environment["ORLOP_CONFIG"] = self._write_configuration("default.toml", {})

    def configure_a_second_store(self, name: str) -> None:
        """Add a file store in the demo's folder, by a configuration file."""
        path = self._write_configuration("two-stores.toml", {name: self.folder / name})
        self._environment["ORLOP_CONFIG"] = path
        print("$ export ORLOP_CONFIG=two-stores.toml")
        self.run("cat two-stores.toml")

    def flip_a_bit(self, file: str, offset: int) -> None:
        """Damage a file as an ageing disk does: size and time stay as they are."""
        path = self.folder / file
        status = path.stat()
        with path.open("r+b") as opened:
            opened.seek(offset)
            byte = opened.read(1)[0]
            opened.seek(offset)
            opened.write(bytes([byte ^ 1]))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        print(f"(byte {offset} of {file} was {byte}, and is {byte ^ 1} now)")

    def shown(self, text: str) -> None:
        """Note for the end what has been shown."""
        self._shown.append(text)

    def left_out(self, text: str) -> None:
        """Say what cannot be shown here, now and at the end."""
        print(f"Left out: {text}")
        self._left_out.append(text)

    def sum_up(self) -> None:
        """Say what was shown."""
        shutil.rmtree(self.folder / "scratch", ignore_errors=True)
        self.title("What you have seen")
        for text in self._shown:
            print(f"  yes  {text}")
        for text in self._left_out:
            print(f"  no   {text}")
        print("\nEverything was as it should be. Read on in docs/how-to/.")

    def _write_configuration(self, name: str, more: dict[str, Path]) -> str:
        stores = {"local": platformdirs.user_data_path("orlop") / "images"} | more
        tables = [f"[stores.{store}]\ndriver = 'file'\npath = '{path}'\n" for store, path in stores.items()]
        file = self.folder / name
        file.write_text("\n".join(["default_store = 'local'\n", *tables]), encoding="utf-8")
        return str(file)

    def _done(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
