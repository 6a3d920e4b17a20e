"""Notices by the ways that there are: a real mail server, a real web server, a real command."""

from __future__ import annotations

import json
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from archive.errors import BadConfiguration
from crawler.health.nouns import Cause, Trouble
from crawler.notices.channels import deliver
from crawler.notices.nouns import Channel, Command, Event, Mail, Notice, Undelivered, Webhook
from tests.crawler.hostile_tls import contexts

SINCE = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
TROUBLE = Trouble(
    "bote",
    Cause.ROBOTS,
    SINCE,
    "robots.txt forbids what the site file names",
    "https://bötä.example/",
    "Disallow: /\r\nBcc: x",
)
NOTICE = Notice(Event.FOUND, TROUBLE, "/srv/news", "Münsterländer Bote", "Europe/Berlin")


class Inbox:
    """What an SMTP server takes in."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.to = envelope.rcpt_tos
        return "250 OK"


class _FreePort(Controller):
    """Takes a port that is free, and says which: aiosmtpd would ask port 0."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def smtp(**options: Any) -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    controller = _FreePort(inbox, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield inbox, controller.port
    finally:
        controller.stop()


def send(
    channel: Channel, root: Path, environment: dict[str, str] | None = None, seconds: float = 10
) -> None:
    deliver(channel, NOTICE, root, environment or {}, seconds)


def mail(port: int, **more: Any) -> Mail:
    values: dict[str, Any] = {"tls": "none", "user": None, "password": None} | more
    return Mail(("a@example.org", "b@example.org"), "gazette@example.org", "127.0.0.1", port, **values)


def test_a_mail_with_umlauts(tmp_path: Path) -> None:
    with smtp() as (inbox, port):
        send(mail(port), tmp_path)
    (got,) = inbox.mails
    assert inbox.to == ["a@example.org", "b@example.org"]
    assert (
        got["Subject"] == "Gazette: Münsterländer Bote: robots: robots.txt forbids what the site file names"
    )
    assert got["From"] == "Gazette <gazette@example.org>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Bcc"] is None
    text = got.get_content()
    assert "Münsterländer Bote (bote)" in text
    assert "since: Friday, 20 November 2026, 00:30 (Europe/Berlin)" in text
    assert "https://bötä.example/" in text
    assert "it said: Disallow: / Bcc: x" in text
    assert "What to do:" in text


def test_a_mail_with_a_password_over_starttls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secure = contexts(str(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    seen = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"geheim", handled=False)

    def sent(context: ssl.SSLContext, secret: str) -> Inbox:
        with smtp(tls_context=context, require_starttls=True, authenticator=authenticate) as (inbox, port):
            channel = mail(port, tls="starttls", user="gazette", password="env:SMTP")
            send(channel, tmp_path, {"SMTP": secret})
        return inbox

    assert len(sent(secure["good"], "geheim").mails) == 1
    assert seen == [(b"gazette", b"geheim")]
    with pytest.raises(Undelivered, match="SMTPAuthenticationError") as refused:
        sent(secure["good"], "falsch")
    assert "falsch" not in str(refused.value)
    with pytest.raises(Undelivered, match="certificate"):
        sent(secure["expired"], "geheim")


def test_a_mail_over_tls_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secure = contexts(str(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with smtp(ssl_context=secure["good"]) as (inbox, port):
        send(mail(port, tls="ssl"), tmp_path)
    assert len(inbox.mails) == 1


def test_no_mail_server(tmp_path: Path) -> None:
    with pytest.raises(Undelivered, match=r"mail by 127\.0\.0\.1:9: ConnectionRefusedError"):
        send(mail(9), tmp_path)


class Hook(BaseHTTPRequestHandler):
    """Answers by its path, and notes what it was sent."""

    seen: ClassVar[list[tuple[str, str | None, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, self.headers["Authorization"], body))
        if self.path == "/slow":
            time.sleep(1.5)
        status = {"/away": 302, "/no": 403, "/long": 500}.get(self.path, 204)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/good")
        self.end_headers()
        try:
            self.wfile.write({"/no": b"token revoked", "/long": b"x" * (4 << 20)}.get(self.path, b""))
        except OSError:
            pass  # nobody reads so much

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def hook() -> Iterator[str]:
    Hook.seen.clear()
    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_webhook_gets_json(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("Bearer abc\n", encoding="utf-8")
    with hook() as base:
        send(Webhook("env:HOOK", "file:token"), tmp_path, {"HOOK": f"{base}/good"})
    ((path, authorization, body),) = Hook.seen
    assert (path, authorization) == ("/good", "Bearer abc")
    got = json.loads(body)
    assert (got["event"], got["site"], got["title"], got["cause"], got["since"]) == (
        "found",
        "bote",
        "Münsterländer Bote",
        "robots",
        "2026-11-19T23:30:00Z",
    )
    assert "Münsterländer Bote" in got["text"]
    assert "Münsterländer".encode() in body


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/no", "answers 403 token revoked$"),
        ("/away", "answers 302$"),  # it may lead anywhere
        ("/long", "answers 500 x{200}$"),
        ("/slow", "no answer within 1 s"),
    ],
)
def test_a_webhook_that_does_not_take_it(path: str, why: str, tmp_path: Path) -> None:
    with hook() as base, pytest.raises(Undelivered, match=f"^webhook at 127.0.0.1: {why}") as refused:
        send(Webhook(base + path, None), tmp_path, seconds=1)
    assert path not in str(refused.value)  # the path may be the secret
    assert len(Hook.seen) == 1


def test_a_secret_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="the environment variable HOOK is not set"):
        send(Webhook("env:HOOK", None), tmp_path)


def script(code: str) -> Command:
    return Command((sys.executable, "-c", code))


def test_a_command_gets_json_on_stdin(tmp_path: Path) -> None:
    send(script("import sys; open('got.json', 'wb').write(sys.stdin.buffer.read())"), tmp_path)
    assert json.loads((tmp_path / "got.json").read_bytes())["title"] == "Münsterländer Bote"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (script("import sys; sys.exit('no route')"), "ended with 1 no route$"),
        (Command(("/no/such/program",)), "No such file or directory$"),
    ],
)
def test_a_command_that_fails(command: Command, why: str, tmp_path: Path) -> None:
    with pytest.raises(Undelivered, match=why):
        send(command, tmp_path)


def test_a_command_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "open('pid', 'w').write(str(child.pid)); time.sleep(60)"
    )
    with pytest.raises(Undelivered, match="not done within 2 s, and killed"):
        send(script(code), tmp_path, seconds=2)
    pid = int((tmp_path / "pid").read_text())
    _eventually(lambda: not Path(f"/proc/{pid}").exists() or _is_zombie(pid))


def _is_zombie(pid: int) -> bool:
    return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()


def _eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
