"""Credentials go to the site's own addresses over TLS, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import BadConfiguration
from archive.types import Site
from crawler.credentials import resolve
from crawler.handlers.cut import cut_request, names_cut

SITE = Site("one", seeds=("https://www.example.org/",), credentials=(("X-Key", "env:KEY"),))


def _with(*pairs: tuple[str, str], **changes: bool) -> Site:
    return Site("one", seeds=SITE.seeds, credentials=pairs, **changes)  # type: ignore[arg-type]


def test_a_site_without_credentials_has_none(tmp_path: Path) -> None:
    assert resolve(Site("one", seeds=SITE.seeds), tmp_path, {}) is None


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://www.example.org/a", True),
        ("http://www.example.org/a", False),
        ("https://example.org/a", False),
        ("https://www.example.org:8443/a", False),
        ("https://www.example.org.evil.example/", False),
        ("https://evil.example/?https://www.example.org/", False),
    ],
)
def test_they_go_to_named_addresses_over_tls(tmp_path: Path, url: str, sent: bool) -> None:
    found = resolve(SITE, tmp_path, {"KEY": " geheim\n"})
    assert found is not None
    assert found.sent_to(url) == ((("X-Key", "geheim"),) if sent else ())
    assert "geheim" not in repr(found)


def test_files_are_read_from_the_archive(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("geheim\n")
    found = resolve(_with(("Authorization", "file:key")), tmp_path, {})
    assert found is not None
    assert found.sent_to("https://www.example.org/") == (("Authorization", "geheim"),)


@pytest.mark.parametrize(
    ("site", "environment", "words"),
    [
        (_with(("X-Key", "env:KEY")), {}, "KEY is not set"),
        (_with(("X-Key", "env:KEY")), {"KEY": " "}, "KEY is not set"),
        (_with(("X-Key", "env:KEY")), {"KEY": "geheim\r\nHost: x"}, "one line"),
        (_with(("X-Key", "env:KEY")), {"KEY": "geheim" * 9000}, "one line"),
        (_with(("X-Key", "file:none")), {}, "can't be read"),
        (_with(("Host", "env:KEY")), {"KEY": "geheim"}, "set by the crawler"),
        (_with(("X-Key", "env:KEY"), verify_tls=False), {"KEY": "geheim"}, "verify_tls"),
    ],
)
def test_what_is_missing_ends_the_crawl_before_it_starts(
    tmp_path: Path, site: Site, environment: dict[str, str], words: str
) -> None:
    with pytest.raises(BadConfiguration, match=words) as caught:
        resolve(site, tmp_path, environment)
    assert str(caught.value).startswith("sites/one.toml: ")
    assert "geheim" not in str(caught.value)


def test_their_values_are_cut_from_what_is_kept() -> None:
    sent = b"GET / HTTP/1.1\r\nHost: a\r\nx-key: geheim\r\nAccept: */*\r\n\r\n"
    kept = cut_request(sent, frozenset({b"x-key"}))
    assert b"geheim" not in kept
    assert names_cut(kept) == ("x-key",)
