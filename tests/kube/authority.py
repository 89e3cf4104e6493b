"""A certificate authority for tests of TLS: what a cluster's own would issue."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """Issues certificates, all as PEM. It has no key identifiers, like those of older clusters."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.certificate = self._issue(self._key.public_key(), self._name, [], authority=True)

    def issue(self, name: str, *addresses: str) -> tuple[str, str]:
        """Return a certificate for ``addresses`` (names or IPs) and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        text = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        return self._issue(key.public_key(), subject, list(addresses)), text

    def server(self, folder: Path, *addresses: str, client: bool = False) -> ssl.SSLContext:
        """Return what a server at ``addresses`` needs; ``client``: it demands a certificate."""
        certificate, key = self.issue("server", *addresses)
        (folder / "server.pem").write_text(certificate + key)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=self.certificate)
        context.load_cert_chain(folder / "server.pem")
        if client:
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _issue(
        self,
        key: ec.EllipticCurvePublicKey,
        subject: x509.Name,
        addresses: list[str],
        *,
        authority: bool = False,
    ) -> str:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if addresses:
            names = [_general_name(address) for address in addresses]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _general_name(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)
