"""What a notice says, to people as text and to programs as JSON. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from zoneinfo import ZoneInfo

from crawler.health.advice import ADVICE
from crawler.notices.nouns import Event, Notice

_MAX_LINE = 500
"""Characters of what a server said: it is text of somebody else."""


def subject(notice: Notice) -> str:
    """One line: the site by its title, and what is the matter."""
    trouble = notice.trouble
    if notice.event is Event.TEST:
        return "Gazette: this is a test"
    words = {Event.FOUND: "", Event.OVER: "over: ", Event.BACK: "comes and goes: "}[notice.event]
    return _line(f"Gazette: {notice.title}: {words}{trouble.cause}: {trouble.what}")[:200]


def text(notice: Notice) -> str:
    """The whole notice for people."""
    if notice.event is Event.TEST:
        return f"This is a test. Notices about the archive {notice.archive} come by this way.\n"
    trouble = notice.trouble
    where = f"{notice.title} ({trouble.site})" if trouble.site else f"the archive {notice.archive}"
    lines = [
        f"{where}: {trouble.what}.",
        "",
        f"cause: {trouble.cause}",
        f"since: {_time(trouble.since, notice)}",
    ]
    if notice.over_at is not None:
        lines.append(f"over:  {_time(notice.over_at, notice)}")
    if trouble.url:
        lines.append(f"example: {trouble.url}")
    if trouble.said:
        lines.append(f"it said: {_line(trouble.said)[:_MAX_LINE]}")
    if notice.event is not Event.OVER:
        lines += ["", f"What to do: {ADVICE[trouble.cause]}."]
    if notice.event is Event.BACK:
        lines.append("It comes and goes: the next word comes when it has been over for two days.")
    lines += ["", f"More: gazette --archive {notice.archive} health; gazette help operation"]
    return "\n".join(lines) + "\n"


def _time(at: datetime, notice: Notice) -> str:
    return f"{at.astimezone(ZoneInfo(notice.zone)):%A, %d %B %Y, %H:%M} ({notice.zone})"


def _line(said: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())


def as_json(notice: Notice) -> bytes:
    """The notice for programs; ``text`` is what chats show. Times are ISO 8601 in UTC."""
    trouble = notice.trouble
    fields = {
        "event": notice.event,
        "archive": notice.archive,
        "site": trouble.site or None,
        "title": notice.title,
        "cause": trouble.cause if notice.event is not Event.TEST else None,
        "since": _utc(trouble.since),
        "over_at": _utc(notice.over_at) if notice.over_at else None,
        "what": trouble.what,
        "url": trouble.url,
        "said": _line(trouble.said)[:_MAX_LINE] if trouble.said else None,
        "todo": ADVICE[trouble.cause],
        "text": f"{subject(notice)}\n\n{text(notice)}",
    }
    return json.dumps(fields, ensure_ascii=False).encode()


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def mail(notice: Notice, sender: str, to: tuple[str, ...], now: datetime) -> EmailMessage:
    """The notice as a mail: UTF-8, and marked so that no out-of-office answers it (RFC 3834, 5)."""
    message = EmailMessage()
    message["Subject"] = subject(notice)
    message["From"] = Address("Gazette", addr_spec=sender)
    message["To"] = ", ".join(to)
    message["Date"] = format_datetime(now.astimezone(UTC))
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text(notice))
    return message
