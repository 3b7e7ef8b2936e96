"""Scripts as the engine has them: each by its id, without its texts, which are found by digests.

Scripts never change, so that a replica reads each of them once: those that it knows are found by id, and by the epoch
of the engine, which gives ids anew when it has lost all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from struct import pack as pack_numbers

from msgspec.structs import replace

from mockserver.store.kept.encoding import pack, to_bytes, to_text, unpack
from mockserver.store.kept.scripts import StoredScript, fill, list_documents, strip
from mockserver.store.scripts import Document, Script
from mockserver.store.valkey.link import Link

# Scripts, and documents of them, that a replica knows by heart.
_MOST_KNOWN = 100_000


class KnownScripts:
    """Scripts and texts known to this replica, for any thread: what one forgets, another one reads again.

    Args:
        link: the connection to the engine.
        most: characters of texts that are known by heart.
    """

    def __init__(self, link: Link, most: int) -> None:
        self._link, self._most = link, most
        self._scripts: dict[tuple[int, int], Script] = {}
        self._texts: dict[bytes, str] = {}
        self._digests: dict[str, bytes] = {}
        self._size = 0
        # Versions of a script have most of their documents in common.
        self._documents: dict[Document, Document] = {}

    def load(self, digest: str, epoch: int, ids: Sequence[int]) -> tuple[Script, ...]:
        """The scripts with these ids, in this order, of that session; those that are gone are missing."""
        each_known = ((number, self._scripts.get((epoch, number))) for number in ids)
        found = {number: script for number, script in each_known if script is not None}
        lacking = [number for number in ids if number not in found]
        if lacking:
            rows = self._link.call("script_rows", digest, " ".join(map(str, lacking)))
            stored = {
                number: unpack(row, StoredScript[bytes])
                for number, row in zip(lacking, rows, strict=False)
                if row is not None
            }
            texts = self._load_texts(digest, {each for script in stored.values() for each in script.texts})
            for number, each in stored.items():
                if all(text in texts for text in each.texts):
                    found[number] = self._hold(epoch, fill(each.script, [texts[text] for text in each.texts]))
        return tuple(found[number] for number in ids if number in found)

    def add(self, epoch: int, script: Script) -> Script:
        """Know a script that is to be written; returns it."""
        texts = [self._share(each.text) for each in list_documents(script)]
        self._hold(epoch, fill(script, texts))
        return script

    def digest(self, text: str) -> bytes:
        """The digest by which a text is found."""
        found = self._digests.get(text)
        return blake2b(to_bytes(text), digest_size=16).digest() if found is None else found

    def digests(self, scripts: Iterable[Script]) -> dict[bytes, str]:
        """The texts of scripts by their digests."""
        texts = {each.text for script in scripts for each in list_documents(script)}
        return {self.digest(text): text for text in texts}

    def unused(self, dropped: Iterable[Script], kept: Iterable[Script]) -> list[bytes]:
        """The digests of texts that only the dropped scripts have."""
        left = self.digests(dropped)
        for script in kept:
            if not left:
                break
            for each in list_documents(script):
                left.pop(self.digest(each.text), None)
        return list(left)

    def write(self, script: Script) -> bytes:
        """A script as the engine has it."""
        texts = tuple(self.digest(each.text) for each in list_documents(script))
        return pack(StoredScript(strip(script), texts))

    def _load_texts(self, digest: str, names: Iterable[bytes]) -> Mapping[bytes, str]:
        names = tuple(names)
        each_known = ((name, self._texts.get(name)) for name in names)
        found = {name: text for name, text in each_known if text is not None}
        lacking = [name for name in names if name not in found]
        if lacking:
            for name, text in zip(lacking, self._link.call("script_texts", digest, pack_list(lacking)), strict=False):
                if text is not None:
                    found[name] = to_text(text)
                    self._hold_text(name, found[name])
        return found

    def _share(self, text: str) -> str:
        """The same text as it is known already."""
        name = self.digest(text)
        self._hold_text(name, text)
        return self._texts.get(name, text)

    def _hold(self, epoch: int, script: Script) -> Script:
        if max(len(self._scripts), len(self._documents)) >= _MOST_KNOWN:
            self._forget()
        first, *more = [self._documents.setdefault(each, each) for each in list_documents(script)]
        shared = self._scripts[epoch, script.id] = replace(script, document=first, more=tuple(more))
        return shared

    def _hold_text(self, name: bytes, text: str) -> None:
        if name in self._texts:
            return
        if self._size + len(text) > self._most:
            self._forget()
        self._texts[name], self._digests[text] = text, name
        self._size += len(text)

    def _forget(self) -> None:
        # What lists hold on of them stays there.
        self._scripts.clear()
        self._texts.clear()
        self._digests.clear()
        self._documents.clear()
        self._size = 0


def pack_list(items: Sequence[bytes]) -> bytes:
    """A list of bytes as the engine's scripts read it: MessagePack of the time before it knew bytes from texts."""
    return _head(items) + b"".join([_pack_bytes(item) for item in items])


def pack_lists(*lists: Sequence[bytes]) -> bytes:
    """A list of such lists."""
    return _head(lists) + b"".join(map(pack_list, lists))


def _head(items: Sequence[object]) -> bytes:
    return b"\xdd" + pack_numbers(">I", len(items))


def _pack_bytes(item: bytes) -> bytes:
    return b"\xdb" + pack_numbers(">I", len(item)) + item
