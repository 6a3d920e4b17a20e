"""What makes a machine call ``gazette crawl --due`` once a minute: systemd units and a crontab line."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from archive.errors import BadConfiguration

MARK = "# Written by `gazette schedule --install`; it may be written again."

_HARDENING = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
"""
_SYSTEM_HARDENING = """\
CapabilityBoundingSet=
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=read-only
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
"""
# A user's own manager may not make the name spaces that these need.


def of(archive: Path) -> str:
    """The line that says which archive a file is for."""
    return f"# Archive: {archive}\n"


def arguments(archive: Path) -> list[str]:
    """The command line that a timer calls: with whole paths, as a timer has no PATH to speak of."""
    return [*_program(), "--archive", str(archive), "crawl", "--due"]


def _program() -> list[str]:
    """This ``gazette``; or this Python with the command's module, when it is not installed as a program."""
    beside = Path(sys.executable).with_name("gazette")
    found = beside if beside.is_file() else Path(shutil.which("gazette") or "")
    return [str(found.absolute())] if found.is_file() else [sys.executable, "-m", "crawler.cli"]


def service(archive: Path, account: str | None) -> str:
    """A systemd service that crawls what is due; ``account`` is None for a user's own service."""
    command = " ".join(
        _quoted(part, variables=position > 0) for position, part in enumerate(arguments(archive))
    )
    place = _quoted(str(archive), variables=False)
    system = account is not None
    unit = f"Wants=network-online.target\nAfter=network-online.target\nRequiresMountsFor={place}\n"
    return (
        f"{MARK}\n{of(archive)}"
        "[Unit]\n"
        f"Description=Gazette crawls what is due in {_plain(str(archive))}\n"
        f"{unit if system else ''}"
        "\n[Service]\n"
        "Type=oneshot\n"
        f"ExecStart={command}\n"
        f"{f'User={account}' + chr(10) if system else ''}"
        "# A stop ends the crawl cleanly with code 11, and the next run goes on. The first process is\n"
        "# asked and ends the others; pages in flight come to their end, the WARC file is sealed.\n"
        "SuccessExitStatus=11\n"
        "KillMode=mixed\n"
        "TimeoutStopSec=3min\n"
        "# Secrets of site files that say env:NAME, as NAME=value lines:\n"
        "# EnvironmentFile=/etc/gazette.env\n"
        "Nice=10\n"
        "IOSchedulingPriority=7\n"
        f"{_HARDENING}"
        f"{_SYSTEM_HARDENING + f'ReadWritePaths={place}' + chr(10) if system else ''}"
    )


def timer(archive: Path) -> str:
    """The systemd timer of the service with the same name."""
    return (
        f"{MARK}\n{of(archive)}"
        "[Unit]\n"
        f"Description=Once a minute: {_plain(str(archive))}\n"
        "\n[Timer]\n"
        "# The site files say when what is due. What was missed is caught up once.\n"
        "OnCalendar=minutely\n"
        "AccuracySec=5s\n"
        "Persistent=true\n"
        "\n[Install]\n"
        "WantedBy=timers.target\n"
    )


def crontab(archive: Path, account: str | None) -> str:
    """Lines for a crontab; with ``account`` for a file in /etc/cron.d, whose lines name one."""
    # cron reads % as the end of the line, also in quotes (crontab(5)).
    command = shlex.join(arguments(archive)).replace("%", "\\%")
    return (
        f"{MARK}\n{of(archive)}"
        "# What goes wrong is mailed to MAILTO, what goes well is not. Gazette's own locks see to it that\n"
        "# no site is crawled twice at a time.\n"
        "# MAILTO=desk@example.org\n"
        f"* * * * * {f'{account} ' if account is not None else ''}{command} >/dev/null\n"
    )


def checked(archive: Path) -> Path:
    """An archive's path, when it can stand in these files. Raises BadConfiguration."""
    for part in arguments(archive):
        if not part.isprintable():
            raise BadConfiguration(
                f"{part!r}: a timer needs a path without line breaks and control characters"
            )
    return archive


def _quoted(text: str, *, variables: bool) -> str:
    """A word as systemd.syntax(7) and systemd.service(5) quote it; ``variables``: $ would begin one here."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    if variables:
        text = text.replace("$", "$$")
    return f'"{text}"' if not text or set(text) & set(" \t'\"\\;#") else text


def _plain(text: str) -> str:
    return text.replace("%", "%%").replace("\\", "\\\\")
