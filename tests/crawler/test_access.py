"""What a site file grants, in real crawls: cookies, credentials, a certificate that nobody signed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from archive.layout import Layout
from crawler.cli.init import create
from tests.crawler.licensed_site import LicensedSite
from tests.crawler.support import rows, run

SECRET = "schluessel-zum-lesesaal"


def _archive(root: Path, site: LicensedSite, *lines: str) -> Layout:
    layout = Layout(root)
    create(layout)
    text = [f'seeds = ["{site.base}/"]', f'sections = ["{site.other}/elsewhere"]', "delay = 0.0"]
    text += ["allow_private = true", *lines]
    (layout.sites / "lesesaal.toml").write_text("\n".join(text) + "\n", encoding="utf-8")
    return layout


def _states(layout: Layout) -> dict[str, tuple[str, str | None]]:
    return {
        url: (state, reason)
        for url, state, reason in rows(layout.crawl_db, "SELECT url, state, reason FROM urls")
    }


def _kept(layout: Layout) -> bytes:
    return b"".join(gzip.decompress(path.read_bytes()) for path in layout.warc.glob("*.warc.gz"))


@pytest.mark.parametrize("asked", [True, False])
def test_cookies_are_sent_back_where_the_site_file_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    with LicensedSite(str(tmp_path)) as site:
        monkeypatch.setenv("SSL_CERT_FILE", f"{tmp_path}/authority.pem")
        layout = _archive(tmp_path / "a", site, *(["cookies = true"] if asked else []))
        run(layout, index=False)
        sent = site.sent("cookie", site.base)
    assert sent["/"] is None
    assert sent["/one"] == ("visit=kekse-im-glas" if asked else None)
    kept = _kept(layout)
    # The answer is kept as it came; what we send is ours, and is cut.
    assert b"Set-Cookie: visit=kekse-im-glas" in kept
    assert (b"Cookie: [cut]" in kept.replace(b"Set-Cookie", b"")) is asked
    assert kept.count(b"kekse-im-glas") == 1


def test_credentials_go_to_the_sites_authority_and_into_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LESESAAL", SECRET)
    with LicensedSite(str(tmp_path)) as site:
        monkeypatch.setenv("SSL_CERT_FILE", f"{tmp_path}/authority.pem")
        layout = Layout(tmp_path / "a")
        create(layout)
        text = f'seeds = ["{site.base}/"]\ndelay = 0.0\nallow_private = true\n'
        text += '[credentials]\nX-Key = "env:LESESAAL"\n'
        (layout.sites / "lesesaal.toml").write_text(text, encoding="utf-8")
        run(layout, index=False)
        assert site.sent("x-key", site.base)["/one"] == SECRET
        # The redirect was followed as far as its row: another authority is another site, and was not asked.
        assert site.sent("x-key", site.base)["/away"] == SECRET
        assert _states(layout)[f"{site.other}/elsewhere"] == ("refused", "redirect: off site")
        assert site.sent("x-key", site.other) == {}
    kept = _kept(layout)
    assert b"X-Key: [cut]" in kept
    for path in (path for path in layout.root.rglob("*") if path.is_file()):
        assert SECRET.encode() not in path.read_bytes(), path
    assert SECRET.encode() not in kept


@pytest.mark.parametrize("verified", [True, False])
def test_a_certificate_that_nobody_signed(tmp_path: Path, verified: bool) -> None:
    with LicensedSite(str(tmp_path), "self-signed") as site:
        layout = _archive(tmp_path / "a", site, *([] if verified else ["verify_tls = false"]))
        run(layout, index=False)
        state, reason = _states(layout)[f"{site.base}/robots.txt"]
        if verified:
            assert (state, reason) == ("failed", "TLS: the certificate is signed by itself alone")
            assert site.seen == []
        else:
            assert _states(layout)[f"{site.base}/one"] == ("expanded", None)
