"""Lines that are told from text by their words alone, and the text that comes near to them."""

from __future__ import annotations

import pytest

from archive.extract import clean, reasons

NOTHING = clean.Known({}, frozenset(), "", frozenset(), (), frozenset())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("MORE : Der Turm der Stadt wird zwei Jahre lang saniert", reasons.FURNITURE),
        ("© 2019 Talkurier GmbH. Alle Rechte vorbehalten. Nachdruck nur mit Erlaubnis.", reasons.FURNITURE),
        ("Ich bin damit einverstanden, dass mir Inhalte von Talvideo angezeigt werden.", reasons.CONSENT),
        ("Ich stimme zu, dass mir externe Inhalte angezeigt werden.", reasons.CONSENT),
        ("Bitte aktivieren Sie JavaScript: JavaScript ist deaktiviert.", reasons.CONSENT),
        ("有料会員になると会員限定の有料記事もお読みいただけます。", reasons.PROMOTION),
        ("More than one bridge was closed on Tuesday.", None),
        ("Copyright ist ein Recht, das seit 2019 anders gilt.", None),
        ("JavaScript bleibt die Sprache der Browser.", None),
    ],
)
def test_line(line: str, reason: str | None) -> None:
    assert clean.reason(line, NOTHING) == reason
