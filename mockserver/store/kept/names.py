"""Names of sessions as they are kept: by a digest, since a name may be a key."""

from __future__ import annotations

import re
from hashlib import blake2b

from mockserver.store.kept.encoding import to_bytes, to_text

# Names that a process knows by heart.
_MOST = 200_000
_STAND_IN = re.compile("#([0-9a-f]{32})$")


def digest_name(name: str) -> bytes:
    """What is kept of a session's name, which may be a key; of a stand-in, the digest in it."""
    found = _STAND_IN.search(name)
    return bytes.fromhex(found[1]) if found else blake2b(to_bytes(name), digest_size=16).digest()


class Names:
    """The names that this process has heard, and their digests."""

    def __init__(self) -> None:
        self.heard: dict[bytes, str] = {}
        self._digests: dict[str, bytes] = {}

    def digest(self, name: str) -> bytes:
        """The digest of a session's name, by which it is found."""
        found = self._digests.get(name)
        if found is None:
            if len(self._digests) >= _MOST:
                self._digests.clear()
                self.heard.clear()
            found = self._digests[name] = digest_name(name)
            if not _STAND_IN.search(name):
                self.heard[found] = name
        return found

    def show(self, digest: bytes, name: bytes | None, shown: str) -> str:
        """The name by which a session is listed: its own if somebody chose it or this process heard it, else a
        stand-in, which all operations take for it."""
        known = to_text(name) if name is not None else self.heard.get(digest)
        return f"{shown}#{digest.hex()}" if known is None else known
