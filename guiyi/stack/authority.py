"""证书 (certificates): an authority of the installation's own, made when TLS is asked for.

It vouches for servers on this machine alone. Keys stay in the secrets. Clients believe the
authority, and check that the name they asked for is in the certificate.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from guiyi.stack.files import write

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397
RENEWED_DAYS = 30
"""A certificate that ends so soon is made anew at the next start."""
_SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Certificate:
    """证书: what a server shows, and whose word it is."""

    keystore: Path
    """PEM: the server's private key and its certificate."""
    authority: Path
    """PEM: the certificate of the authority, for clients."""


def certificate(secrets: Path, shown: Path, name: str, host: str) -> Certificate:
    """A certificate for the server `name` at an IP address; made if there is none that lasts.

    Keys are in the folder `secrets`; `shown` is the authority's certificate, which all may read.
    """
    keystore = secrets / f"{name}.pem"
    key = _key(secrets / "authority.key")
    if not _lasts(shown):
        write(shown, _authority(key).public_bytes(Encoding.PEM))
        shown.chmod(0o644)
        keystore.unlink(missing_ok=True)
    if not _lasts(keystore):
        own = ec.generate_private_key(ec.SECP256R1())
        signed = _server(own, key, x509.load_pem_x509_certificate(shown.read_bytes()), host)
        write(keystore, _pem(own) + signed.public_bytes(Encoding.PEM))
    return Certificate(keystore, shown)


def _key(file: Path) -> ec.EllipticCurvePrivateKey:
    """The authority's own key, from its file; made at the first time."""
    if not file.exists():
        write(file, _pem(ec.generate_private_key(ec.SECP256R1())))
    key = load_pem_private_key(file.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Guiyi, this machine")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _draft(name, name, key.public_key(), AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )


def _server(
    own: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    host: str,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    names = [x509.IPAddress(ipaddress.ip_address(host)), x509.DNSName("localhost")]
    # A node of Kafka also comes to itself, as a client.
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return (
        _draft(name, authority.subject, own.public_key(), SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, SHA256())
    )


def _draft(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + timedelta(days=days))
    )


def _lasts(file: Path) -> bool:
    """Whether the certificate in the file is there, and good for a while yet."""
    if not file.exists():
        return False
    (last, *_) = x509.load_pem_x509_certificates(file.read_bytes())
    return last.not_valid_after_utc > datetime.now(UTC) + timedelta(days=RENEWED_DAYS)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
