"""The certificate of a server that speaks https."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver.records.masks import show_line
from mockserver.records.settings import Settings

if TYPE_CHECKING:
    from mockserver.serving.https_notice import HttpsNotice

# What OpenSSL says of a client that speaks plain HTTP (source: its error codes, SSL_R_HTTP_REQUEST).
_PLAIN = "HTTP_REQUEST"
# Steps of a handshake in memory: TLS 1.3 takes two on each side.
_STEPS = 10


class Tls:
    """A certificate and its key.

    Args:
        certfile: the certificate with its chain, as PEM.
        keyfile: its key, as PEM; "" when it stands in the same file.
        password: the key's password.

    Raises:
        ValueError: they cannot be read, or do not belong together.
    """

    def __init__(self, certfile: str, keyfile: str = "", password: str = "") -> None:
        self.certfile = certfile
        self._files = (certfile, keyfile or certfile, password)
        self.make_context()

    def make_context(self, notice: HttpsNotice | None = None) -> ssl.SSLContext:
        """A context for a server. Of clients that speak plain http it tells ``notice``.

        Raises:
            ValueError: the files cannot be read, or do not belong together.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certfile, keyfile, password = self._files
        for name, path in (("ssl_certfile", certfile), ("ssl_keyfile", keyfile)):
            if not Path(path).is_file():
                raise ValueError(f"{name}: there is no file {show_line(path)}")
        try:
            # Without a function of ours OpenSSL would ask at the terminal.
            context.load_cert_chain(certfile, keyfile, lambda: password)
        except (OSError, ValueError) as error:
            raise ValueError(_explain(error, certfile, keyfile, password)) from error
        context.set_alpn_protocols(["http/1.1"])
        if notice is not None:
            context.sslobject_class = _make_watched(notice)
        return context

    def choose_name(self, host: str) -> str:
        """The host, or ``localhost`` when the certificate holds that name and not the host's."""
        names = (host, *(("localhost",) if host in ("127.0.0.1", "::1") else ()))
        return next((name for name in names if self._is_taken(name, is_partial=True)), host)

    @property
    def is_self_signed(self) -> bool:
        """Whether a client that trusts the certificate's file takes the certificate, and one that does not refuses."""
        return self._is_taken(None, is_partial=False)

    def _is_taken(self, name: str | None, *, is_partial: bool) -> bool:
        """Whether a client takes the certificate, for a name if one is given, that trusts what its file holds: with
        ``is_partial`` all of it, else only what is signed by itself. Asked of OpenSSL, by a handshake in memory.
        """
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = name is not None
        try:
            client.load_verify_locations(self.certfile)
            if is_partial:
                client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            _shake_hands(client, self.make_context(), name)
        except (ValueError, OSError):
            return False
        return True


def make_tls(settings: Settings) -> Tls | None:
    """The certificate of the settings; None when they name none.

    Raises:
        ValueError: it cannot be read.
    """
    if not settings.ssl_certfile:
        return None
    return Tls(settings.ssl_certfile, settings.ssl_keyfile, settings.ssl_keyfile_password)


def _explain(error: Exception, certfile: str, keyfile: str, password: str) -> str:
    """The reason in words: OpenSSL says "PEM lib" to most."""
    certificate, key = show_line(certfile), show_line(keyfile)
    if getattr(error, "reason", "") == "KEY_VALUES_MISMATCH":
        return f"ssl_keyfile: expected the key of {certificate}, got another one in {key}"
    try:
        if b"-----BEGIN CERTIFICATE-----" not in Path(certfile).read_bytes():
            return f"ssl_certfile: expected a certificate in PEM, there is none in {certificate}"
        found = Path(keyfile).read_bytes()
    except OSError as unreadable:
        return f"ssl_certfile: cannot read {certificate} or {key}: {unreadable.strerror}"
    if b"PRIVATE KEY-----" not in found:
        return f"ssl_keyfile: expected a private key in PEM, there is none in {key}"
    if b"ENCRYPTED" in found:
        # The password itself is not repeated.
        return f"ssl_keyfile_password: expected the password of {key}, got {'another one' if password else 'none'}"
    return f"ssl_certfile: cannot use {certificate} with the key in {key}: {show_line(str(error))}"


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, name: str | None) -> None:
    """Shake hands in memory.

    Raises:
        ssl.SSLError: one of them refuses.
    """
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (client.wrap_bio(back, there, server_hostname=name), server.wrap_bio(there, back, server_side=True))
    for _ in range(_STEPS):
        waiting = [_is_waiting(end) for end in ends]
        if not any(waiting):
            return
    raise ssl.SSLError("the handshake does not end")


def _is_waiting(end: ssl.SSLObject) -> bool:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return True
    return False


def _make_watched(notice: HttpsNotice) -> type[ssl.SSLObject]:
    """The class of the server's ends of connections: uvicorn hears of a connection only after its handshake."""

    class WatchedEnd(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except ssl.SSLError as error:
                if error.reason == _PLAIN:
                    notice.tell_plain()
                raise

    return WatchedEnd
