"""Which characters a page's bytes mean: decided once, for everything that reads the page.

Evidence in the order of its worth: a byte order mark; the bytes themselves where they can only be
UTF-16 or UTF-8 (a text in an 8-bit charset that is valid UTF-8 by accident does not occur); the
HTTP header; the page's own <meta> or XML declaration; the usual charset of the page's language.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([\w:.-]{2,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w:.-]{2,40})""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w:.-]{2,40})""", re.IGNORECASE)
_LANG = re.compile(rb"""<html[^>]{0,400}?\slang\s*=\s*["']?([a-z]{2})\b""", re.IGNORECASE)
_PRESCAN = 8_192
"""Bytes searched for a declaration. Browsers stop at 1,024; pages with long heads declare later."""

_LANGUAGE_CHARSETS = {
    **dict.fromkeys(("pl", "cs", "sk", "hu", "sl", "hr", "ro", "bs", "sq"), "cp1250"),
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "sr"), "cp1251"),
    **dict.fromkeys(("et", "lv", "lt"), "cp1257"),
    **{"el": "cp1253", "tr": "cp1254", "he": "cp1255", "ar": "cp1256", "fa": "cp1256", "vi": "cp1258"},
    **{"ja": "cp932", "zh": "gb18030", "ko": "cp949", "th": "cp874"},
}
# Labels as browsers read them (WHATWG Encoding): Latin-1 means windows-1252, GB2312 means GB18030.
_LABELS = {
    **dict.fromkeys(
        ("iso-8859-1", "iso8859-1", "latin1", "latin-1", "l1", "us-ascii", "ascii", "cp1252"), "cp1252"
    ),
    **dict.fromkeys(("windows-1252", "ansi", "iso_8859-1", "x-cp1252"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "x-gbk", "gb_2312-80"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "ms932"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "korean", "windows-949"), "cp949"),
    **dict.fromkeys(("utf-16", "utf-16le", "unicode", "ucs-2"), "utf-16-le"),
    **dict.fromkeys(("utf-8", "utf8", "unicode-1-1-utf-8"), "utf-8"),
    **dict.fromkeys(("iso-8859-9", "latin5", "windows-1254"), "cp1254"),
    **dict.fromkeys(("iso-8859-11", "tis-620", "windows-874"), "cp874"),
    **{"utf-16be": "utf-16-be", "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp", "big5": "big5hkscs"},
    **{"koi8-r": "koi8_r", "koi8-u": "koi8_u", "macintosh": "mac_roman", "x-mac-roman": "mac_roman"},
    **{f"windows-125{i}": f"cp125{i}" for i in (0, 1, 3, 5, 6, 7, 8)},
    **{f"iso-8859-{i}": f"iso8859_{i}" for i in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{"latin2": "iso8859_2", "iso8859-15": "iso8859_15", "iso8859-2": "iso8859_2", "latin9": "iso8859_15"},
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page as characters."""

    text: str
    charset: str  # the codec that was used, as Python names it
    source: str  # "bom", "content", "header", "meta", "language" or "default"


def decode(body: bytes, content_type: str | None = None) -> Decoded | None:
    """The characters of a body, None when the bytes are no text in any charset."""
    for bom, codec in _BOMS:
        if body.startswith(bom):
            return _checked(body[len(bom) :].decode(codec, "replace"), codec, "bom")
    wide = _utf16_without_bom(body)
    if wide:
        return _checked(body.decode(wide, "replace"), wide, "content")
    declared = _declarations(body, content_type)
    if not body.isascii():
        text = _utf8(body)
        if text is not None:
            return _checked(text, "utf-8", "content")
    for label, source in declared:
        # What is no UTF-16 by its bytes is no UTF-16, whatever it declares; UTF-8 was tried above.
        named = _LABELS.get(label.strip().lower())
        if named and not named.startswith("utf-"):
            try:
                return _checked(body.decode(named), named, source)
            except UnicodeDecodeError:
                continue
    if body.isascii():
        return _checked(body.decode("ascii"), "utf-8", "content")
    return _guess(body)


def _declarations(body: bytes, content_type: str | None) -> list[tuple[str, str]]:
    found = []
    header = _HEADER.search(content_type or "")
    if header:
        found.append((header[1], "header"))
    head = body[:_PRESCAN]
    for pattern in (_XML, _META):
        match = pattern.search(head)
        if match:
            found.append((match[1].decode("ascii", "replace"), "meta"))
    return found


def _utf16_without_bom(body: bytes) -> str | None:
    """Markup is mostly ASCII, so half of the bytes of UTF-16 are zero, on one side."""
    head = body[:1024]
    if len(head) < 8 or b"\0" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 0.6 * len(head) / 2 and even < 0.1 * len(head):
        return "utf-16-le"
    if even > 0.6 * len(head) / 2 and odd < 0.1 * len(head):
        return "utf-16-be"
    return None


def _utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(body) - 3:  # cut at the reader's cap, inside a character
            return body[: error.start].decode("utf-8")
    return None


def _guess(body: bytes) -> Decoded | None:
    """Broken UTF-8 with a few foreign bytes, or an 8-bit charset that nobody declared."""
    text = body.decode("utf-8", "replace")
    broken = text.count("�")
    proper = sum(1 for _ in re.finditer(r"[^\x00-\x7f�]", text))
    if proper > 2 * broken:
        return _checked(body.decode("utf-8", _FOREIGN), "utf-8", "content")
    language = _LANG.search(body[:_PRESCAN])
    if language:
        named = _LANGUAGE_CHARSETS.get(language[1].decode("ascii").lower())
        if named:
            return _checked(body.decode(named, "replace"), named, "language")
    return _checked(body.decode("cp1252", "replace"), "cp1252", "default")


def _foreign_bytes(error: UnicodeError) -> tuple[str, int]:
    """Single bytes amid UTF-8 come from pasted or included windows-1252 text."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


_FOREIGN = "gazette-cp1252"
codecs.register_error(_FOREIGN, _foreign_bytes)


def _checked(text: str, charset: str, source: str) -> Decoded | None:
    """Refuse what is no text: one character in ten is unreadable or a control character."""
    sample = text[:20_000]
    bad = sum(sample.count(c) for c in _UNREADABLE)
    return None if bad * 10 > len(sample) else Decoded(text, charset, source)


_UNREADABLE = "�\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a"
