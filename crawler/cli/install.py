"""``gazette schedule --install``: writes what makes the machine call ``gazette crawl --due``."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
from collections.abc import Mapping
from pathlib import Path

import click

from archive.errors import ArchiveError, BadConfiguration
from archive.layout import Layout
from crawler.cli import units
from crawler.cli.exits import Exit

_SYSTEM = Path("/etc/systemd/system")


def install(
    layout: Layout, way: str, *, user: bool, account: str | None, directory: Path | None, dry_run: bool
) -> int:
    """Write the files (or print them, or the crontab line) and say what to type next: an exit code.

    Raises BadConfiguration for what can't be, ArchiveError where it can't be written.
    """
    archive = units.checked(layout.root)
    if user and (way == "cron" or account is not None):
        other = "--install cron" if way == "cron" else "--as"
        raise click.UsageError(f"--user and {other} don't go together: leave one of them out")
    owner = None if user else _account(archive, account)
    if way == "cron":
        return _cron(archive, owner, directory, dry_run=dry_run)
    own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd/user"
    target = directory or (own if user else _SYSTEM)
    name = _name(archive, target, ".service")
    files = {
        target / f"{name}.service": units.service(archive, owner),
        target / f"{name}.timer": units.timer(archive),
    }
    _write(files, dry_run=dry_run)
    if not dry_run:
        control = "systemctl --user" if user else "systemctl"
        _next(
            f"{control} daemon-reload && {control} enable --now {name}.timer",
            *(["loginctl enable-linger"] if user else []),
            f"journalctl {'--user ' if user else ''}-u {name}    (what it says)",
        )
        if owner == "root":
            click.echo(
                "it runs as root; better an account of its own that owns the archive: --as NAME", err=True
            )
    return Exit.OK


def _cron(archive: Path, owner: str | None, directory: Path | None, *, dry_run: bool) -> int:
    if directory is None:
        click.echo(units.crontab(archive, None), nl=False)
        if not dry_run:
            click.echo("add this with: crontab -e", err=True)
        return Exit.OK
    path = directory / _name(archive, directory, "")
    _write({path: units.crontab(archive, owner)}, dry_run=dry_run)
    if not dry_run:
        _next(f"nothing, if cron reads {directory}; otherwise: crontab -e")
    return Exit.OK


def _account(archive: Path, name: str | None) -> str:
    """The account to run as: the one named, or the archive's owner. Raises BadConfiguration."""
    try:
        if name is not None:
            return pwd.getpwnam(name).pw_name
        return archive.owner()
    except KeyError:
        raise BadConfiguration(
            f"{name or archive}: no such account"
            if name
            else f"{archive}: its owner has no name; say --as NAME"
        ) from None


def _name(archive: Path, directory: Path, suffix: str) -> str:
    """The files' name: after the archive's directory; where another archive has that, after its path too."""
    stem = re.sub(r"[^a-z0-9]+", "-", archive.name.lower()).strip("-") or "archive"
    name = f"gazette-{stem}"
    path = directory / (name + suffix)
    if not path.exists() or units.of(archive) in path.read_text(encoding="utf-8", errors="replace"):
        return name
    return f"{name}-{hashlib.sha256(os.fsencode(archive)).hexdigest()[:6]}"


def _write(files: Mapping[Path, str], *, dry_run: bool) -> None:
    if dry_run:
        for path, text in files.items():
            click.echo(f"# {path}\n{text}")
        return
    for path in files:
        if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(units.MARK):
            raise BadConfiguration(f"{path}: was not written by Gazette; move it away, or say another --dir")
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ArchiveError(
                f"{path}: {error.strerror}; run it with sudo, or say --user, or another --dir"
            ) from None
        click.echo(str(path))


def _next(*lines: str) -> None:
    click.echo("next:", err=True)
    for line in lines:
        click.echo(f"  {line}", err=True)
