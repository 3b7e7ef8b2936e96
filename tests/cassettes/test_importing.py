"""Recorded exchanges that are imported and replayed to the requests they came from give the recorded answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import httpx2 as httpx
import pytest

from mockserver.cassettes.formats.table import read_data
from mockserver.cassettes.importing import Importer
from mockserver.recordings.cassette import Match
from mockserver.recordings.comparing import make_key
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.testing.server import MockServer
from tests.cassettes.forms import FORMS, Row, lines_rows, recorded_rows, recordings, response_body
from tests.cassettes.replaying import find_difference, play


def arrange(rows: Iterable[Row]) -> list[dict[str, Sequence[Row]]]:
    """Recordings on as many shelves as are needed so that no request is in two recordings of one: a server would not
    know whose answer is meant.
    """
    shelves: list[tuple[set[bytes], dict[str, Sequence[Row]]]] = []
    for name, recording in recordings(rows).items():
        exchanges = read_data(lines_rows(recording)).exchanges
        keys = {each.request.path.encode() + make_key(each, Match(), exchanges) for each in exchanges}
        shelf = next((each for each in shelves if not each[0] & keys), None)
        if shelf is None:
            shelves.append(shelf := (set(), {}))
        shelf[0].update(keys)
        shelf[1][name] = recording
    return [shelf for _, shelf in shelves]


def import_shelf(shelf: Mapping[str, Sequence[Row]], form: str, folder: Path) -> Path:
    """The folder with the cassettes of a shelf, each recording imported from a file in some form."""
    (folder / "in").mkdir(parents=True)
    importer = Importer(folder / "cassettes", assembly.build(Settings()))
    for number, recording in enumerate(shelf.values()):
        source = folder / "in" / f"recording-{number}"
        source.write_bytes(FORMS[form](recording))
        done = importer.import_file(source)
        assert (done.error, done.reading.broken) == ("", ())
        assert sum(len(each.exact) + each.turns > 0 for each in done.made) == len(done.made)
    return folder / "cassettes"


def replay(shelf: Mapping[str, Sequence[Row]], cassettes: Path) -> list[str]:
    """What is wrong with the answers to the requests of a shelf."""
    wrong = []
    with MockServer(cassettes) as server, httpx.Client(base_url=server.url, timeout=30) as client:
        for number, (name, recording) in enumerate(shelf.items()):
            for row, answer in play(client, f"sk-recording-{number}", recording):
                if words := find_difference(row, answer):
                    wrong.append(f"{row['id']} of {name}: {words}")
    return wrong


@pytest.mark.parametrize("form", ["vcr_packed", "har_text"])
def test_300_exchanges_are_replayed(form: str, tmp_path: Path) -> None:
    wrong = []
    for number, shelf in enumerate(arrange(recorded_rows())):
        wrong += replay(shelf, import_shelf(shelf, form, tmp_path / str(number)))
    assert wrong == []


def test_exchanges_are_replayed_byte_for_byte(tmp_path: Path) -> None:
    shelf = dict([*arrange(recorded_rows())[0].items()][::4])
    cassettes = import_shelf(shelf, "vcr_json", tmp_path)
    with MockServer(cassettes, replay="exact") as server, httpx.Client(base_url=server.url) as client:
        for number, recording in enumerate(shelf.values()):
            for row, answer in play(client, f"sk-recording-{number}", recording):
                assert (answer.status_code, answer.text) == (row["status"], response_body(row)), row["id"]
