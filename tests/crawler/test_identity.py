"""Who asks, and what must be said before anybody is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.errors import BadConfiguration
from archive.layout import Layout
from archive.types import Site
from crawler.identity import may_start, user_agent, warcinfo_fields

OPEN = Site("one", seeds=("https://www.outlet.example/",))


def archive(root: Path, text: str) -> Layout:
    (root / "gazette.toml").write_text(f"format = 1\n{text}\n", encoding="utf-8")
    return Layout(root)


@pytest.mark.parametrize(
    ("config", "agent"),
    [
        ('contact = "desk@outlet.example"', "(+desk@outlet.example)"),
        (
            'user_agent = "Archivbot/2"\ncontact = "https://a.example/bot"',
            "Archivbot/2 (+https://a.example/bot)",
        ),
        (
            'user_agent = "Archivbot (desk@a.example)"\ncontact = "desk@a.example"',
            "Archivbot (desk@a.example)",
        ),
        ('user_agent = "Archivbot"', "Archivbot"),
    ],
)
def test_the_contact_stands_in_the_user_agent_once(tmp_path: Path, config: str, agent: str) -> None:
    assert user_agent(archive(tmp_path, config)).endswith(agent)


@pytest.mark.parametrize("contact", ["", "me", "desk@", "@outlet", "ftp://a.example/"])
def test_without_a_contact_nothing_but_this_machine_is_asked(tmp_path: Path, contact: str) -> None:
    layout = archive(tmp_path, f'contact = "{contact}"')
    with pytest.raises(BadConfiguration, match=r"gazette\.toml: contact is"):
        may_start(layout, [OPEN])
    may_start(layout, [Site("two", feeds=("http://localhost:8000/feed",), allow_private=True)])


@pytest.mark.parametrize("contact", ["desk@outlet.example", "https://a.example/bot"])
def test_with_a_contact_the_open_web_is_asked(tmp_path: Path, contact: str) -> None:
    layout = archive(tmp_path, f'contact = "{contact}"')
    may_start(layout, [OPEN])
    assert user_agent(layout).endswith(f"(+{contact})")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8101/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0/",
        "http://10.0.0.8/",
        "http://169.254.169.254/latest/",
        "http://192.168.1.1/feed",
    ],
)
def test_an_address_inside_a_network_is_meant_or_refused(tmp_path: Path, url: str) -> None:
    layout = archive(tmp_path, 'contact = "desk@outlet.example"')
    with pytest.raises(BadConfiguration, match="allow_private = true"):
        may_start(layout, [Site("one", sitemaps=(url,))])
    may_start(layout, [Site("one", sitemaps=(url,), allow_private=True)])


def test_a_warc_file_says_who_asked(tmp_path: Path) -> None:
    layout = archive(tmp_path, 'contact = "desk@outlet.example"\noperator = "Stadtarchiv"')
    fields = warcinfo_fields(layout, "run-1", datetime(2026, 3, 1, tzinfo=UTC))
    assert fields["operator"] == "Stadtarchiv"
    assert fields["http-header-user-agent"] == user_agent(layout)
    assert fields["isPartOf"] == "run-1"
