"""Where a store on Valkey or Redis is: the URL of ``--store``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from msgspec import Struct

from mockserver.store.errors import StoreError
from mockserver.store.kept.addresses import show_address

# The name of a mock, where none is given.
NAME = "mock"


class Address(Struct, frozen=True):
    """An engine, and the name space of a mock on it.

    ``url`` is what the client connects to. ``name`` tells mocks on one engine apart. ``files`` is the folder that all
    replicas share, for the contents of files and batches; None: there is none. ``shown`` is as it may be shown.
    """

    url: str
    name: str
    files: Path | None
    shown: str

    @property
    def prefix(self) -> str:
        """What the keys of the mock begin with; the braces put all of them in one slot of a cluster."""
        return f"{{mockserver:{self.name}}}"

    @property
    def folder(self) -> Path | None:
        """The folder of this mock, below that which may be given to mocks of several names."""
        return None if self.files is None else self.files / f"mock-{quote(self.name, safe='')}"


def read_address(store: str) -> Address:
    """The address in a URL: ``valkey://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE][?name=NAME&files=DIR]``.

    Raises:
        StoreError: it is no such URL; the error says what was expected.
    """
    parts, shown = urlsplit(store), show_address(store)
    options = _read_options(parts.query)
    try:
        port, database = parts.port, int(parts.path.strip("/") or 0)
    except ValueError:
        raise StoreError(f"store: expected HOST:PORT and a database's number behind it, got {shown}") from None
    if not parts.hostname or port == 0 or database < 0:
        raise StoreError(f"store: expected valkey://HOST:PORT, got {shown}")
    name = options.get("name", NAME)
    if not name or set(name) & set("{}\0"):
        raise StoreError(f"store: expected a name without braces behind name=, got {name!r}")
    files = Path(options["files"]) if options.get("files") else None
    url = urlunsplit((parts.scheme, parts.netloc, f"/{database}", "", ""))
    return Address(url, name, files, shown)


def _read_options(query: str) -> Mapping[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = options.keys() - {"name", "files"}
    if unknown:
        raise StoreError(f"store: expected name= and files= behind the ?, got {min(unknown)}=")
    return options
