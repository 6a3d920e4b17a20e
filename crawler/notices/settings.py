"""[notices] of gazette.toml. Every error is a BadConfiguration that begins with the file's path."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any

from archive.errors import BadConfiguration
from archive.layout import Layout, read_config
from archive.urls import is_loopback
from crawler.notices.nouns import Channel, Command, Mail, Webhook

COMMENTED = """\

# Who is told when a site, a run or the disk is in trouble, and when that is over: gazette help operation
# [notices.email]
# to = ["desk@example.org"]
# from = "gazette@example.org"
# server = "smtp.example.org"
# tls = "starttls"               # or "ssl", or "none" for a server on this machine
# user = "gazette"
# password = "env:GAZETTE_SMTP"  # or "file:PATH"; never the password itself
# [notices.webhook]
# url = "https://chat.example.org/hooks/..."  # gets JSON by POST; or "env:NAME", "file:PATH"
# [notices.command]
# run = ["/usr/local/bin/alert"]  # gets JSON on its stdin
"""
"""What ``gazette init`` writes into gazette.toml."""

_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")
_HOST = re.compile(r"[A-Za-z0-9.:_-]+|\[[0-9A-Fa-f:.]+\]")
_PORTS = {"starttls": 587, "ssl": 465, "none": 25}


def channels(layout: Layout) -> tuple[Channel, ...]:
    """Where notices go; () when nothing is configured. Raises BadConfiguration or NoArchive."""
    table = read_config(layout).get("notices", {})
    if not isinstance(table, dict):
        raise BadConfiguration(f"{layout.config}: notices must be tables: [notices.email] and the like")
    known: dict[str, Callable[[_Table], Channel]] = {"email": _mail, "webhook": _webhook, "command": _command}
    _check(f"{layout.config}: [notices]", table, tuple(known))
    found = []
    for name, read in known.items():
        if name in table:
            place = f"{layout.config}: [notices.{name}]"
            if not isinstance(table[name], dict):
                raise BadConfiguration(f"{place} must be a table")
            found.append(read(_Table(place, table[name])))
    return tuple(found)


class _Table:
    """One table of gazette.toml, read key by key."""

    def __init__(self, place: str, table: Mapping[str, Any]) -> None:
        self.place, self.table = place, table

    def only(self, *keys: str) -> None:
        _check(self.place, self.table, keys)

    def wrong(self, key: str, must: str) -> BadConfiguration:
        # Never the value: it may be a secret in the wrong place.
        return BadConfiguration(f"{self.place} {key} must be {must}")

    def text(self, key: str, pattern: re.Pattern[str], must: str) -> str:
        value = self.table.get(key)
        if not isinstance(value, str) or not value.isprintable() or not pattern.fullmatch(value):
            raise self.wrong(key, must)
        return value

    def reference(self, key: str) -> str | None:
        if key not in self.table:
            return None
        return self.text(key, _REFERENCE, 'where it is found, "env:NAME" or "file:PATH", never the secret')

    def texts(self, key: str, pattern: re.Pattern[str], must: str) -> tuple[str, ...]:
        value = self.table.get(key)
        good = isinstance(value, list) and all(isinstance(v, str) and pattern.fullmatch(v) for v in value)
        if not good or not value:
            raise self.wrong(key, must)
        return tuple(value)


def _check(place: str, table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            close = difflib.get_close_matches(key, keys, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(keys)}"
            raise BadConfiguration(f"{place}: unknown key {key!r}; {hint}")


def _mail(table: _Table) -> Mail:
    table.only("to", "from", "server", "port", "tls", "user", "password")
    tls = table.table.get("tls", "starttls")
    if tls not in _PORTS:
        raise table.wrong("tls", '"starttls", "ssl" or "none"')
    port = table.table.get("port", _PORTS[tls])
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65_536:
        raise table.wrong("port", "a port, 1 to 65535")
    host = table.text("server", _HOST, "the name of a mail server, without its port")
    user = table.text("user", re.compile(".+"), "a name") if "user" in table.table else None
    password = table.reference("password")
    if (user is None) != (password is None):
        raise BadConfiguration(f"{table.place} needs both user and password, or none of them")
    if password is not None and tls == "none" and not is_loopback(host):
        raise BadConfiguration(f'{table.place} would send a password in the clear; set tls = "starttls"')
    to = table.texts("to", _ADDRESS, 'a list of mail addresses, ["desk@example.org"]')
    sender = table.text("from", _ADDRESS, "a mail address")
    return Mail(to, sender, host, port, tls, user, password)


def _webhook(table: _Table) -> Webhook:
    table.only("url", "authorization")
    pattern = re.compile(rf"https?://\S+|{_REFERENCE.pattern}")
    url = table.text("url", pattern, 'an http or https URL, or where it is found, "env:NAME" or "file:PATH"')
    return Webhook(url, table.reference("authorization"))


def _command(table: _Table) -> Command:
    table.only("run")
    return Command(table.texts("run", re.compile(r"[^\0]+"), 'a list of words, ["/usr/local/bin/alert"]'))
