"""Makes the clients of ``mockserver run`` trust a certificate that is signed by itself."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mockserver.serving.tls import Tls

# Node adds the certificates of a file to its own. OpenSSL, Python and httpx read another file instead of their own, so
# that one holds the public authorities too (sources: Node's documentation of the command line; that of OpenSSL's
# SSL_CERT_FILE; 2026-11).
NODE, OPENSSL = "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"


@contextmanager
def trust(tls: Tls | None, inherited: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environment variables by which clients take the certificate.

    None for one that others have signed: clients know its authority, or their user has to name it. A variable that the
    user has set is kept, with the certificates of its file in front of ours.
    """
    if tls is None or not tls.is_self_signed:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="mockserver-") as folder:
        ours = Path(tls.certfile).read_bytes()
        yield {
            name: _write(Path(folder) / f"{name}.pem", _read(known), ours)
            for name, known in (
                (NODE, inherited.get(NODE)),
                (OPENSSL, inherited.get(OPENSSL) or _find_authorities()),
            )
        }


def _find_authorities() -> str | None:
    """The file of the authorities that Python's clients know: httpx brings one of its own."""
    try:
        import certifi
    except ModuleNotFoundError:
        return ssl.get_default_verify_paths().cafile
    return str(certifi.where())


def _read(path: str | None) -> bytes:
    try:
        return Path(path).read_bytes() if path else b""
    except OSError:
        return b""


def _write(path: Path, known: bytes, ours: bytes) -> str:
    path.write_bytes(known.rstrip() + b"\n" + _keep_certificates(ours))
    return os.fspath(path)


def _keep_certificates(pem: bytes) -> bytes:
    """The certificates of a file alone: it may hold their key."""
    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    pieces = [piece.partition(end)[0] for piece in pem.split(begin)[1:]]
    return b"".join(begin + piece + end + b"\n" for piece in pieces)
