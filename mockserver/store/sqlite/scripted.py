"""Scripts as rows: a text that several scripts share is written once, and read as one text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from mockserver.store.kept.encoding import pack, to_bytes, to_text, unpack
from mockserver.store.scripts import Document, Script
from mockserver.store.sqlite.database import Database


class StoredScript(Struct, frozen=True, array_like=True):
    """A script without its texts, and the ids of these: that of its document, then those of the appended ones."""

    script: Script
    texts: tuple[int, ...]


def load_scripts(database: Database, ids: Sequence[int], texts: dict[int, str]) -> tuple[Script, ...]:
    """The scripts with these ids, in this order; ``texts`` are those known by their ids, and grow."""

    def fill(document: Document, text_id: int) -> Document:
        if text_id not in texts:
            texts[text_id] = to_text(database.run("SELECT text FROM texts WHERE id = ?", text_id)[0][0])
        return replace(document, text=texts[text_id])

    loaded = []
    for number in ids:
        for (data,) in database.run("SELECT data FROM scripts WHERE id = ?", number):
            stored = unpack(data, StoredScript)
            script, (first, *more) = stored.script, stored.texts
            documents = tuple(map(fill, script.more, more))
            loaded.append(replace(script, document=fill(script.document, first), more=documents))
    return tuple(loaded)


def save_scripts(database: Database, owner: int, texts: dict[int, str], scripts: Sequence[Script]) -> None:
    """Write scripts that were added; inside a transaction. ``texts`` are those known by their ids, and grow."""
    known = {text: number for number, text in texts.items()}
    for script in scripts:
        numbers = []
        for each in (script.document, *script.more):
            if each.text not in known:
                known[each.text] = number = database.next("text")
                texts[number] = each.text
                database.run("INSERT INTO texts VALUES (?, ?, ?)", number, owner, to_bytes(each.text))
            numbers.append(known[each.text])
        bare = replace(script, document=_strip(script.document), more=tuple(map(_strip, script.more)))
        database.run("INSERT INTO scripts VALUES (?, ?, ?)", script.id, owner, pack(StoredScript(bare, tuple(numbers))))


def drop_scripts(database: Database, texts: dict[int, str], dropped: Sequence[Script], kept: Iterable[Script]) -> None:
    """Delete scripts, with the texts that none of ``kept`` has; inside a transaction."""
    database.run_many("DELETE FROM scripts WHERE id = ?", [(script.id,) for script in dropped])
    needed = {each.text for script in kept for each in (script.document, *script.more)}
    for number in [number for number, text in texts.items() if text not in needed]:
        del texts[number]
        database.run("DELETE FROM texts WHERE id = ?", number)


def _strip(document: Document) -> Document:
    return replace(document, text="")
