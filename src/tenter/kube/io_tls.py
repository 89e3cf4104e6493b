"""Makes the TLS context of one connection: whom to trust, and the certificate to show."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

from tenter.errors import CredentialError, KubeconfigError
from tenter.kube.io_credentials import Authentication
from tenter.kube.kubeconfig import Connection


def tls_context(connection: Connection, authentication: Authentication) -> ssl.SSLContext:
    """Return the context for ``connection`` as the holder of ``authentication``'s certificate.

    Raises KubeconfigError for authorities that cannot be read, CredentialError for a certificate
    or key that cannot.
    """
    try:
        context = ssl.create_default_context(
            cafile=connection.ca_file if not connection.ca_data else None,
            cadata=connection.ca_data or None,
        )
    except (OSError, ssl.SSLError) as error:
        raise KubeconfigError(
            f"the certificate authority for {connection} cannot be read: {error}. Correct "
            "certificate-authority in the kubeconfig"
        ) from error
    # Python 3.13 refuses authorities without a key identifier by default; clusters have them, and
    # no other Kubernetes client minds.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if connection.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if authentication.certificate:
        _show(context, connection, authentication)
    return context


def _show(context: ssl.SSLContext, connection: Connection, authentication: Authentication) -> None:
    # OpenSSL takes them from files only: they exist for this moment, for this user alone.
    with tempfile.TemporaryDirectory(prefix="tenter-") as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        for file, text in ((certificate, authentication.certificate), (key, authentication.key)):
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")
        try:
            # Without a password OpenSSL would ask for one on the terminal.
            context.load_cert_chain(certificate, key, password="")
        except (OSError, ssl.SSLError) as error:
            raise CredentialError(
                f"the client certificate for {connection} cannot be used ({error}): certificate "
                "and key must be PEM, belong together, and the key must not be encrypted"
            ) from error
