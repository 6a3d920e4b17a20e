"""[notices] of gazette.toml: what is understood, and one clear line for what isn't."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archive.errors import BadConfiguration
from archive.layout import Layout
from crawler.cli.init import create
from crawler.notices.nouns import Command, Mail, Webhook
from crawler.notices.settings import channels
from crawler.sites import load_defaults

MAIL = '[notices.email]\nto = ["a@example.org"]\nfrom = "g@example.org"\nserver = "smtp.example.org"\n'


def archive(root: Path, text: str) -> Layout:
    layout = Layout(root / "a")
    create(layout)
    with layout.config.open("a", encoding="utf-8") as file:
        file.write(text)
    load_defaults(layout)  # the rest of the program takes the file, too
    return layout


def test_nothing_is_configured(tmp_path: Path) -> None:
    assert channels(archive(tmp_path, "")) == ()


def test_all_that_init_shows_can_be_used(tmp_path: Path) -> None:
    layout = archive(tmp_path, "")
    text = layout.config.read_text(encoding="utf-8")
    start = text.index("# [notices.email]")
    layout.config.write_text(text[:start] + re.sub(r"(?m)^# ", "", text[start:]), encoding="utf-8")
    assert channels(layout) == (
        Mail(
            ("desk@example.org",),
            "gazette@example.org",
            "smtp.example.org",
            587,
            "starttls",
            "gazette",
            "env:GAZETTE_SMTP",
        ),
        Webhook("https://chat.example.org/hooks/...", None),
        Command(("/usr/local/bin/alert",)),
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("notices = 1\n", "notices must be tables"),
        ("[notices.mail]\n", "unknown key 'mail'; did you mean 'email'?"),
        (MAIL.replace("server", "servr"), "unknown key 'servr'; did you mean 'server'?"),
        (MAIL.replace('["a@example.org"]', '"a@example.org"'), "to must be a list of mail addresses"),
        (MAIL.replace("a@example.org", "a@example.org\\nBcc: x@y.z"), "to must be a list of mail addresses"),
        (MAIL + 'tls = "maybe"\n', 'tls must be "starttls", "ssl" or "none"'),
        (MAIL + "port = 99999\n", "port must be a port"),
        (MAIL + 'user = "g"\n', "needs both user and password"),
        (MAIL + 'user = "g"\npassword = "geheim"\n', "password must be where it is found"),
        (MAIL + 'user = "g"\npassword = "env:P"\ntls = "none"\n', "would send a password in the clear"),
        ('[notices.webhook]\nurl = "ftp://x.example/"\n', "url must be an http or https URL"),
        (
            '[notices.webhook]\nurl = "https://x.example/"\nauthorization = "Bearer x"\n',
            "authorization must be",
        ),
        ('[notices.command]\nrun = "alert"\n', "run must be a list of words"),
        ("[notices.command]\nrun = []\n", "run must be a list of words"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, why: str, tmp_path: Path) -> None:
    # A key without a table has to stand before the first one.
    layout = archive(tmp_path, "")
    old = layout.config.read_text(encoding="utf-8")
    layout.config.write_text(text + old if text.startswith("notices") else old + text, encoding="utf-8")
    with pytest.raises(BadConfiguration, match=re.escape(why)) as error:
        channels(layout)
    assert str(error.value).startswith(str(layout.config))
    assert "\n" not in str(error.value)
    assert "geheim" not in str(error.value)
