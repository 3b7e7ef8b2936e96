"""What a mock holds on an engine, for those who look at it or clear it from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import valkey
from valkey.exceptions import ValkeyError

from mockserver.store.errors import StoreError
from mockserver.store.kept.holdings import Holdings
from mockserver.store.valkey.address import Address, read_address

VERSION = 1
# Keys that are looked at in one go.
_AT_ONCE = 500
# Seconds without a sign of life after which a replica is gone, as the script has it.
_SILENCE = 10
_SECONDS = 5.0


def read_holdings(url: str) -> Holdings:
    """What the mock at a URL holds; servers may be using it meanwhile.

    Raises:
        StoreError: it is no such URL, or the engine cannot be asked.
    """
    address = read_address(url)
    with _asking(address) as client:
        return _read(client, address)


def clear(url: str) -> Holdings:
    """Remove what the mock at a URL holds; returns what that was.

    Raises:
        StoreError: it is no such URL, the engine cannot be asked, or a server uses the mock.
    """
    address = read_address(url)
    with _asking(address) as client:
        held = _read(client, address)
        if held.is_in_use:
            raise StoreError(
                f"store: expected a mock that no server uses, but some use {address.shown}; stop them, or wait "
                f"{_SILENCE} seconds for those that were killed."
            )
        for keys in _list_keys(client, address):
            client.unlink(*keys)
    for file in _list_files(address):
        with suppress(OSError):
            file.unlink()
    return held


def _read(client: Any, address: Address) -> Holdings:
    counts, objects, size = Counter[str](sessions=0, entries=0, scripts=0), Counter[str](), 0
    begin = len(address.prefix) + 1
    for keys in _list_keys(client, address):
        with client.pipeline(transaction=False) as asked:
            for key in keys:
                asked.memory_usage(key)
            size += sum(found or 0 for found in asked.execute())
        for key in keys:
            kind, _, rest = key.decode()[begin:].partition(":")
            if kind == "i":
                _count_owned(client, key, rest.rpartition(":")[2], counts, objects)
            counts["sessions"] += kind == "s" and rest != "server"
            counts["entries"] += kind == "e"
    size += sum(file.stat().st_size for file in _list_files(address))
    seconds, _ = client.time()
    replicas = client.zcount(f"{address.prefix}:replicas", f"({seconds - _SILENCE}", "+inf")
    return Holdings(VERSION, dict(counts), dict(sorted(objects.items())), size, bool(replicas))


def _count_owned(client: Any, key: bytes, what: str, counts: Counter[str], objects: Counter[str]) -> None:
    if what == "scripts":
        counts["scripts"] += client.hlen(key)
    elif what == "object_kinds":
        objects.update({kind.decode(): int(number) for kind, number in client.hgetall(key).items()})


def _list_keys(client: Any, address: Address) -> Iterator[list[bytes]]:
    """The keys of a mock, some at a time."""
    keys: list[bytes] = []
    pattern = "".join(f"\\{letter}" if letter in "*?[]\\" else letter for letter in address.prefix)
    for key in client.scan_iter(match=f"{pattern}:*", count=_AT_ONCE):
        keys.append(key)
        if len(keys) >= _AT_ONCE:
            yield keys
            keys = []
    if keys:
        yield keys


def _list_files(address: Address) -> list[Path]:
    folder = address.folder
    return [] if folder is None else [file for file in sorted(folder.rglob("*")) if file.is_file()]


@contextmanager
def _asking(address: Address) -> Iterator[Any]:
    client = valkey.Valkey.from_url(address.url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)
    try:
        yield client
    except (ValkeyError, OSError) as error:
        raise StoreError(f"store: {address.shown} cannot be asked: {error}.") from error
    finally:
        client.close()  # type: ignore[no-untyped-call]
