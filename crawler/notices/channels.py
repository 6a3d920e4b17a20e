"""The ways of a notice: a mail server, a webhook, a command. Each raises Undelivered within its time."""

from __future__ import annotations

import asyncio
import os
import signal
import smtplib
import ssl
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from archive.urls import host
from crawler.credentials import read_reference
from crawler.notices.message import as_json, mail
from crawler.notices.nouns import Channel, Command, Mail, Notice, Undelivered, Webhook

SECONDS = 30.0
"""Within which a channel has to take a notice; the crawl that found the trouble has ended by then."""
_MAX_ANSWER = 4_096
"""Bytes of a webhook's answer that are read, to be shown when it says no."""


def deliver(
    channel: Channel,
    notice: Notice,
    root: Path,
    environment: Mapping[str, str] = os.environ,
    seconds: float = SECONDS,
) -> None:
    """Hand a notice on. ``root``: the archive, from which a relative ``file:`` is read.

    Raises Undelivered when it was not taken, and BadConfiguration when a secret is missing.
    """
    if isinstance(channel, Mail):
        _send_mail(channel, notice, root, environment, seconds)
    elif isinstance(channel, Webhook):
        url = _secret("webhook: url", channel.url, root, environment)
        token = channel.authorization
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Gazette"}
        if token is not None:
            headers["Authorization"] = _secret("webhook: authorization", token, root, environment)
        asyncio.run(_post(url, headers, as_json(notice), seconds))
    else:
        _run(channel, as_json(notice), root, seconds)


def _secret(what: str, source: str, root: Path, environment: Mapping[str, str]) -> str:
    if not source.startswith(("env:", "file:")):
        return source
    return read_reference(f"gazette.toml: notices: {what}", source, root, environment)


def _send_mail(
    channel: Mail, notice: Notice, root: Path, environment: Mapping[str, str], seconds: float
) -> None:
    message = mail(notice, channel.sender, channel.to, datetime.now(UTC))
    password = _secret("email: password", channel.password, root, environment) if channel.password else None
    context = ssl.create_default_context()
    try:
        server: smtplib.SMTP
        if channel.tls == "ssl":
            server = smtplib.SMTP_SSL(channel.host, channel.port, timeout=seconds, context=context)
        else:
            server = smtplib.SMTP(channel.host, channel.port, timeout=seconds)
        with server:
            if channel.tls == "starttls":
                server.starttls(context=context)
            if channel.user is not None and password is not None:
                server.login(channel.user, password)
            refused = server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise Undelivered(f"mail by {channel.host}:{channel.port}: {_said(error)}") from None
    if refused:
        raise Undelivered(f"mail by {channel.host}:{channel.port}: refused for {', '.join(sorted(refused))}")


def _said(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


async def _post(url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> None:
    # The host alone: an address of a chat holds its secret in the path.
    place = f"webhook at {host(url)}"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds), trust_env=True) as session,
            # A redirect could lead the notice, and the secret with it, anywhere.
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            if not 200 <= response.status < 300:
                said = (await response.content.read(_MAX_ANSWER)).decode("utf-8", "replace")
                raise Undelivered(
                    f"{place}: answers {response.status} {' '.join(said.split())[:200]}".rstrip()
                )
    except TimeoutError:
        raise Undelivered(f"{place}: no answer within {seconds:.0f} s") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        cause = getattr(error, "os_error", None) or error
        raise Undelivered(f"{place}: {type(cause).__name__}") from None


def _run(channel: Command, body: bytes, root: Path, seconds: float) -> None:
    name = channel.words[0]
    # Not a pipe: what the command leaves running would hold it open.
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                channel.words,
                cwd=root,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,  # a group of its own, to be killed with all that it starts
            )
        except OSError as error:
            raise Undelivered(f"command {name}: {error.strerror}") from None
        try:
            process.communicate(body, timeout=seconds)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise Undelivered(f"command {name}: not done within {seconds:.0f} s, and killed") from None
        if process.returncode != 0:
            said.seek(0)
            last = said.read(_MAX_ANSWER).decode("utf-8", "replace").strip().splitlines()[-1:]
            raise Undelivered(
                f"command {name}: ended with {process.returncode} {' '.join(last)[:200]}".rstrip()
            )


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it has just ended
    process.wait()
