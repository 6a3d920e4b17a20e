"""The environment in which pywb and wacz run: made on a person's demand, from the lock file beside this one.

They can't live in Gazette's own: pywb pins redis, werkzeug and pyOpenSSL, and brings brotlipy, which shadows
the module ``brotli``. The environment stands in the user's data folder under a name made of the lock file and
of the Python, so another Gazette or another Python has another one.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections import deque
from collections.abc import Callable
from pathlib import Path

from archive.errors import ArchiveError
from archive.locks import held

LOCK = Path(__file__).with_name("requirements.lock")
"""Exact versions of everything in it, with hashes; ``scripts/lock`` makes it."""

INSTALL = "gazette replay --install"
"""What makes the environment."""

_NEWEST = (3, 14)
"""pywb 2.10 states Python < 3.15."""

_BUILT = "surt"
"""Comes as source only: it is built here, by the locked setuptools, without fetching anything more."""

_FINISHED = "gazette-finished"
"""Written last: an environment without this file is half made."""

_UNREACHED = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|NameResolution|Connection refused|ProxyError|SSLError"
    r"|Network is unreachable|Could not fetch URL|from versions: none"
)


def find() -> Path | None:
    """The environment's Python, None when the environment isn't there or isn't finished."""
    folder = home()
    python = folder / "bin" / "python"
    return python if (folder / _FINISHED).is_file() and python.exists() else None


def require(what: str = "replay") -> Path:
    """The environment's Python. Raises ArchiveError with what to do; ``what`` needs it."""
    if (python := find()) is None:
        raise ArchiveError(
            f"{what} needs pywb and wacz, which live in an environment of their own that is not made yet;"
            f" make it once with: {INSTALL}"
        )
    return python


def home() -> Path:
    """Where the environment of this Gazette and this Python lies, made or not."""
    data = os.environ.get("XDG_DATA_HOME", "")
    # The XDG base directory specification: a relative path there is to be ignored.
    base = Path(data) if data.startswith("/") else Path.home() / ".local" / "share"
    key = LOCK.read_bytes() + str(sys.implementation.cache_tag).encode()
    return base / "gazette" / f"replay-{hashlib.sha256(key).hexdigest()[:12]}"


def install(progress: Callable[[int, int], None]) -> Path:
    """Make the environment, unless it is there already, and return its Python.

    ``progress(done, total)`` counts packages. Raises ArchiveError when another run is making it, this Python
    is too new, the disk or the package index denies something, or a hash is not what the lock file says.
    """
    if sys.version_info[:2] > _NEWEST:
        raise ArchiveError(
            f"{sys.executable}: pywb runs on Python 3.11 to {_NEWEST[0]}.{_NEWEST[1]}, this is"
            f" {sys.version_info[0]}.{sys.version_info[1]}; use an older Python for Gazette"
        )
    folder = home()
    with held(folder.with_suffix(".lock"), "the environment of replay"):
        if (python := find()) is None:
            python = _make(folder, progress)
    return python


def _make(folder: Path, progress: Callable[[int, int], None]) -> Path:
    """Begin anew, whatever a run that was killed has left there."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        venv.create(folder, symlinks=True, with_pip=True)
    except subprocess.CalledProcessError:
        # Debian takes ensurepip out of Python's package.
        raise ArchiveError(
            f"{sys.executable}: can't make an environment with pip in it; install Python's venv module"
            " (Debian and Ubuntu: apt install python3-venv) and run it again"
        ) from None
    except OSError as error:
        raise ArchiveError(
            f"{error.filename or folder}: {error.strerror}; make room or set XDG_DATA_HOME"
        ) from None
    python = folder / "bin" / "python"
    locked = LOCK.read_text(encoding="utf-8")
    total = len(re.findall(r"^[a-z0-9].*==", locked, re.MULTILINE))
    with tempfile.TemporaryDirectory() as temporary:
        first = Path(temporary) / "setuptools.lock"
        first.write_text(_block(locked, "setuptools"), encoding="utf-8")
        _pip(python, ["--only-binary", ":all:", "-r", str(first)], lambda done: progress(done, total))
        _pip(
            python,
            ["--only-binary", ":all:", "--no-binary", _BUILT, "--no-build-isolation", "-r", str(LOCK)],
            lambda done: progress(done, total),
        )
    (folder / _FINISHED).write_text(f"{LOCK.name}\n", encoding="ascii")
    progress(total, total)
    return python


def _block(locked: str, name: str) -> str:
    """One package's lines of the lock file: its version and its hashes."""
    found = re.search(rf"^{name}==.*(?:\n .*)*", locked, re.MULTILINE)
    assert found is not None, f"{LOCK}: {name} is locked"
    return found[0] + "\n"


def _pip(python: Path, arguments: list[str], progress: Callable[[int], None]) -> None:
    """``pip install`` of what is locked; ``progress`` hears how many packages were looked at."""
    command = [
        *(str(python), "-m", "pip", "install", "--require-hashes", "--no-deps"),
        *("--no-input", "--disable-pip-version-check", "--retries", "2", "--timeout", "30"),
    ]
    said: deque[str] = deque(maxlen=200)
    count = 0
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    with subprocess.Popen(
        [*command, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.strip())
            if line.startswith(("Collecting ", "Processing ")):
                count += 1
                progress(count)
    if process.returncode != 0:
        raise ArchiveError(_fault(list(said), process.returncode))


def _fault(said: list[str], code: int) -> str:
    """What pip said, in one line that a person can act on."""
    lines = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")]
    reason = lines[-1] if lines else next((line for line in reversed(said) if line), f"it ended with {code}")
    text = "\n".join(said)
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in text:
        return f"pip: a package is not the one that {LOCK.name} names; nothing of it was used: {reason}"
    if _UNREACHED.search(text):
        return f"pip: the package index was not reached or lacks a package ({reason}); run it again later"
    return f"pip: {reason}; nothing was left half made: {INSTALL} begins anew"
