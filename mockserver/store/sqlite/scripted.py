"""Scripts as rows: a text that several scripts share is written once, and read as one text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mockserver.store.kept.encoding import pack, to_bytes, to_text, unpack
from mockserver.store.kept.scripts import StoredScript, fill, list_documents, strip
from mockserver.store.scripts import Script
from mockserver.store.sqlite.database import Database


def load_scripts(database: Database, ids: Sequence[int], texts: dict[int, str]) -> tuple[Script, ...]:
    """The scripts with these ids, in this order, but for those that another process removes meanwhile; ``texts`` are
    those known by their ids, and grow.
    """

    def load(text_id: int) -> str | None:
        if text_id not in texts:
            for (text,) in database.run("SELECT text FROM texts WHERE id = ?", text_id):
                texts[text_id] = to_text(text)
        return texts.get(text_id)

    loaded = []
    for number in ids:
        for (data,) in database.run("SELECT data FROM scripts WHERE id = ?", number):
            stored = unpack(data, StoredScript[int])
            found = [text for each in stored.texts if (text := load(each)) is not None]
            if len(found) == len(stored.texts):
                loaded.append(fill(stored.script, found))
    return tuple(loaded)


def save_scripts(database: Database, owner: int, texts: dict[int, str], scripts: Sequence[Script]) -> None:
    """Write scripts that were added; inside a transaction. ``texts`` are those known by their ids, and grow."""
    known = {text: number for number, text in texts.items()}
    for script in scripts:
        numbers = []
        for each in list_documents(script):
            if each.text not in known:
                known[each.text] = number = database.next("text")
                texts[number] = each.text
                database.run("INSERT INTO texts VALUES (?, ?, ?)", number, owner, to_bytes(each.text))
            numbers.append(known[each.text])
        stored = StoredScript(strip(script), tuple(numbers))
        database.run("INSERT INTO scripts VALUES (?, ?, ?)", script.id, owner, pack(stored))


def drop_scripts(database: Database, texts: dict[int, str], dropped: Sequence[Script], kept: Iterable[Script]) -> None:
    """Delete scripts, with the texts that none of ``kept`` has; inside a transaction."""
    database.run_many("DELETE FROM scripts WHERE id = ?", [(script.id,) for script in dropped])
    needed = {each.text for script in kept for each in list_documents(script)}
    for number in [number for number, text in texts.items() if text not in needed]:
        del texts[number]
        database.run("DELETE FROM texts WHERE id = ?", number)
