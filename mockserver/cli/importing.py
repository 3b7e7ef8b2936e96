"""``mockserver import``: makes cassettes of files in which others keep exchanges, and says what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mockserver.cassettes.importing import Import, Importer, Made, find_sources
from mockserver.cli.output import count, tell, tell_error
from mockserver.recordings.cassette import Match
from mockserver.records.masks import show_line
from mockserver.records.settings import Settings
from mockserver.serving import assembly

# All is in; some of it is not; nothing is.
WHOLE, PARTLY, NOTHING = 0, 1, 2
_MOST_EXACT = 10


def import_files(files: Sequence[Path], to: Path, redact: Sequence[str], *, replaces: bool, is_dry: bool) -> int:
    """Import files and folders; returns the exit status."""
    parts = assembly.build(Settings())
    try:
        importer = Importer(to, parts, Match(redact=tuple(redact)), replaces=replaces, writes=not is_dry)
        done = []
        for source, is_named in find_sources(files, to):
            found = importer.import_file(source, is_named=is_named)
            done.append(found)
            tell_import(found, is_dry=is_dry)
    finally:
        parts.store.close()
    return summarize(done, is_dry=is_dry)


def summarize(done: Sequence[Import], *, is_dry: bool = False) -> int:
    """Say how much was imported, or would be; returns the exit status."""
    exchanges = sum(len(each.reading.exchanges) + len(each.reading.scenarios) for each in done if not each.error)
    made = sum(len(each.made) for each in done if not each.error)
    unknown = sum(bool(each.error) and each.is_whole for each in done)
    words = [f"{count('exchange', exchanges)} in {count('file', made)}"]
    words += [f"{count('file', unknown)} of other kinds"] if unknown else []
    tell_error(f"{'would be ' * is_dry}imported: {', '.join(words)}")
    if not exchanges:
        return NOTHING
    return WHOLE if all(each.is_whole for each in done) else PARTLY


def tell_import(found: Import, *, is_dry: bool = False) -> None:
    """Print what became of a file; of one in a folder that is of another kind, nothing."""
    if found.error and found.is_whole:
        return
    for line in _describe(found, is_dry=is_dry):
        (tell_error if found.error else tell)(show_line(line))


def _describe(found: Import, *, is_dry: bool) -> Iterable[str]:
    reading = found.reading
    if found.error:
        yield f"{found.source}: {found.error}"
    else:
        number = len(reading.exchanges) + len(reading.scenarios)
        yield f"{found.source} ({reading.format}): {count('exchange', number)}{' would go' * is_dry}"
        for made in found.made:
            yield f"  -> {made.path}: {count('turn', made.turns)}"
            yield from _list_exact(made)
    for words, number in sorted(reading.left_out.items()):
        yield f"  left out: {words}{f', {number} times' if number > 1 else ''}"
    for words in reading.broken:
        yield f"  {words}"


def _list_exact(made: Made) -> Iterable[str]:
    """The turns that have no words to edit."""
    for name, note in made.exact[:_MOST_EXACT]:
        yield f"     {name}: {note}"
    if len(made.exact) > _MOST_EXACT:
        yield f"     and {count('turn', len(made.exact) - _MOST_EXACT)} more like these"
