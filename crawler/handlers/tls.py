"""TLS: the two ways to meet a certificate, and what went wrong in words that a person can act on."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import aiohttp
from scrapy.settings import BaseSettings
from scrapy.utils.ssl import _make_ssl_context

_CERTIFICATE = {
    9: "is not valid yet",
    10: "has expired",
    18: "is signed by itself alone",
    19: "is signed by an authority that nobody knows",
    20: "is signed by an authority that is not known here, or the server leaves out what lies between",
    21: "is signed by an authority that is not known here, or the server leaves out what lies between",
    23: "is revoked",
    62: "is for another host",
    64: "is for another address",
}
"""X509_V_ERR codes of OpenSSL's x509_vfy.h."""

_PROTOCOL = {
    "UNSUPPORTED_PROTOCOL": "the server speaks only versions older than TLS 1.2",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the server and we have no version of TLS in common",
    "WRONG_VERSION_NUMBER": "the server doesn't speak TLS on this port",
    "HTTP_REQUEST": "the server doesn't speak TLS on this port",
    "PACKET_LENGTH_TOO_LONG": "the server doesn't speak TLS on this port",
    "RECORD_LAYER_FAILURE": "the server doesn't speak TLS on this port",
    "BAD_RECORD_TYPE": "the server doesn't speak TLS on this port",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "no common cipher, or the server has no certificate",
    "SSL/TLS_ALERT_HANDSHAKE_FAILURE": "no common cipher, or the server has no certificate",
    "TLSV1_UNRECOGNIZED_NAME": "the server doesn't know this host name",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server asks for a certificate of ours",
}
_TRANSIENT = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""The connection ended: another attempt may fare better."""


class Contexts:
    """The two ways to meet a certificate, each made when it is first asked for: that takes 40 ms.

    aiohttp's pool is keyed by the context, so that no connection of one serves a request of the other.
    The setting DOWNLOAD_VERIFY_CERTIFICATES can only loosen what a site file asks for.
    """

    def __init__(self, settings: BaseSettings) -> None:
        self._settings = settings
        self._made: dict[bool, ssl.SSLContext] = {}

    def verified(self) -> ssl.SSLContext:
        """For a certificate that has to be right."""
        return self._of(strict=True)

    def loose(self) -> ssl.SSLContext:
        """For any certificate."""
        return self._of(strict=False)

    def _of(self, *, strict: bool) -> ssl.SSLContext:
        if strict not in self._made:
            context = self._made[strict] = _make_ssl_context(self._settings)
            if not strict:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
        return self._made[strict]


def tls_reason(error: BaseException) -> str | None:
    """Why TLS failed for good, None when it is not TLS that failed, or when it may succeed in a minute."""
    for found in causes(error):
        if isinstance(found, aiohttp.ClientError):  # some are errors of ssl by name, without what those tell
            continue
        if isinstance(found, ssl.SSLCertVerificationError):
            what = _CERTIFICATE.get(found.verify_code) or f"is not accepted: {found.verify_message}"
            return f"TLS: the certificate {what}"
        if isinstance(found, ssl.SSLError) and not isinstance(found, _TRANSIENT):
            return f"TLS: {_PROTOCOL.get(found.reason or '') or found.reason or found}"
    return None


def is_tls(error: BaseException) -> bool:
    """Whether TLS has a part in a failure, for good or for now."""
    return any(isinstance(found, ssl.SSLError) for found in causes(error))


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, each once."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        inner = getattr(found, "certificate_error", None) or getattr(found, "os_error", None)
        found = inner or found.__cause__ or found.__context__
