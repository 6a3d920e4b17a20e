"""Certificates with something wrong, and an authority of our own that the crawl is told to trust."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)


def contexts(folder: str) -> dict[str, ssl.SSLContext]:
    """A server's side of TLS for each kind of certificate; ``authority.pem`` is what may be trusted."""
    place = Path(folder)
    authority, stranger = _authority("gazette test authority"), _authority("nobody")
    (place / "authority.pem").write_bytes(authority[1].public_bytes(serialization.Encoding.PEM))
    now = datetime.datetime.now(datetime.UTC)
    made = {
        "good": _signed(authority, now - _DAY, now + _DAY),
        "expired": _signed(authority, now - 9 * _DAY, now - 2 * _DAY),
        "early": _signed(authority, now + 2 * _DAY, now + 9 * _DAY),
        "other host": _signed(authority, now - _DAY, now + _DAY, "127.0.0.99"),
        "self-signed": _signed(None, now - _DAY, now + _DAY),
        "unknown authority": _signed(stranger, now - _DAY, now + _DAY),
        "old": _signed(authority, now - _DAY, now + _DAY),
    }
    found = {}
    for name, pem in made.items():
        path = place / f"{name.replace(' ', '-')}.pem"
        path.write_bytes(pem)
        found[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found[name].load_cert_chain(path)
    found["old"].set_ciphers("ALL:@SECLEVEL=0")
    found["old"].minimum_version = ssl.TLSVersion.TLSv1
    found["old"].maximum_version = ssl.TLSVersion.TLSv1_1
    found["none"] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    return found


Signer = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def _authority(name: str) -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        _builder(subject, subject, key.public_key(), now - 30 * _DAY, now + 30 * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, made


def _signed(
    signer: Signer | None, begins: datetime.datetime, ends: datetime.datetime, address: str = "127.0.0.1"
) -> bytes:
    """Key and certificate of a server in PEM; signed by itself without a signer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hostile")])
    issuer = signer[1].subject if signer else subject
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    made = (
        _builder(subject, issuer, key.public_key(), begins, ends)
        .add_extension(names, critical=False)
        .sign(signer[0] if signer else key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begins: datetime.datetime,
    ends: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
