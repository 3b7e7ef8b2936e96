"""Side files: what is written is read again, conversations are written once, and mistakes are told with their line."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mockserver.recordings import side_file
from mockserver.recordings.sharing import minify
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from tests.recordings.making import ask, record, respond

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
BODIES = st.one_of(
    st.binary(max_size=60),
    st.fixed_dictionaries({"messages": st.lists(JSON, max_size=3), "tools": JSON}).map(
        lambda body: json.dumps(body, ensure_ascii=False).encode()
    ),
)
SECONDS = st.integers(0, 86_400 * 10**6).map(lambda millionths: round(millionths / 10**6, 6))
CHUNKS = st.lists(st.builds(Chunk, st.binary(max_size=30), SECONDS), max_size=4).map(tuple)
EXCHANGES = st.builds(
    RecordedExchange,
    st.builds(RecordedRequest, TEXT, TEXT, st.dictionaries(TEXT, TEXT, max_size=2), BODIES, TEXT),
    st.builds(
        RecordedResponse,
        st.integers(200, 599),
        st.lists(st.tuples(st.from_regex("[a-z0-9-]+", fullmatch=True), VALUES), max_size=3).map(tuple),
        CHUNKS,
        st.none(),
        st.none() | SECONDS,
        st.sampled_from(["close", "abort"]),
    ),
    st.just(0.0) | st.integers(10**9, 2 * 10**9).map(float),
    st.just(0),
    TEXT,
)


def conversation(turns: int) -> list[RecordedExchange]:
    """Requests of which each repeats the messages before, with tools that stay the same."""
    messages: list[dict[str, str]] = []
    tools = [{"name": "look", "description": "Looks. " * 100, "input_schema": {"type": "object"}}]
    exchanges = []
    for number in range(1, turns + 1):
        messages.append({"role": "user", "content": f"Question {number}. " + "And so on. " * 50})
        body = orjson.dumps({"model": "m", "messages": messages, "tools": tools})
        exchanges.append(record(respond(b"{}"), body, number=number))
        messages.append({"role": "assistant", "content": "An answer. " * 50})
    return exchanges


@settings(max_examples=60)
@given(st.lists(EXCHANGES, max_size=4))
def test_what_is_written_is_read(exchanges: list[RecordedExchange]) -> None:
    numbered = [replace(each, id=number) for number, each in enumerate(exchanges, 1)]
    expected = [
        replace(each, request=replace(each.request, body=minify(each.request.body) or each.request.body))
        for each in numbered
    ]
    data = side_file.write(numbered)
    assert [*side_file.read(data).values()] == expected
    assert all(isinstance(orjson.loads(line), dict) for line in data.split(b"\n") if line)
    assert data.count(b"\n") == len(exchanges)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1.0,"b":1e400,"c":123456789012345678901234567890,"d":-0}',
        b'{"a":1,"a":2}',
        b'{"messages":[{"role":"user","role":"user","content":1.50}]}',
        b'{"text":"\\u00e4\\/"}',
        b'{"text":"\\ud800"}',
        b'{"text": "half \\udc00", "number": 1.0}',
        b"[" * 2000 + b"]" * 2000,
        b"[1,",
        b" 1 ",
        b'"text"',
        b'--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n\x00\xff\r\n--b--\r\n',
        b'{"custom_id":"a"}\n{"custom_id":"b"}\n',
        "käse".encode("utf-16"),
        b"",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_body_keeps_its_meaning(body: bytes) -> None:
    """Each token of JSON stays as it was sent; what cannot be JSON in a line is kept byte for byte."""
    (read,) = side_file.read(side_file.write([record(respond(), body)])).values()
    assert read.request.body == body


def test_space_between_tokens_goes() -> None:
    (read,) = side_file.read(side_file.write([record(respond(), b'{\n  "a": [1.0, "b  c"]\n}')])).values()
    assert read.request.body == b'{"a":[1.0,"b  c"]}'


def test_conversation_is_written_once() -> None:
    """A hundred turns take little more than a hundred times what is new in each; all are read again whole."""
    exchanges = conversation(100)
    data = side_file.write(exchanges)
    assert [*side_file.read(data).values()] == exchanges
    once = len(exchanges[-1].request.body)
    assert len(data) < 2 * once < sum([len(each.request.body) for each in exchanges]) / 20
    shared = orjson.loads(data.split(b"\n")[2])["request"]
    assert shared["shared"] == {"messages": [2, 3], "tools": 1}
    assert shared["json"]["tools"] is None
    assert len(shared["json"]["messages"]) == 2


def test_further_line_refers_to_earlier_ones() -> None:
    *earlier, last = conversation(3)
    data = side_file.write(earlier) + side_file.Writer(earlier).write(last)
    assert data == side_file.write([*earlier, last])


def test_values_that_differ_are_not_shared() -> None:
    first, second = conversation(2)
    body = second.request.body.replace(b"Looks.", b"Sees.", 1).replace(b"Question 1", b"Question 9")
    changed = replace(second, request=replace(second.request, body=body))
    data = side_file.write([first, changed])
    assert b"shared" not in data
    assert side_file.read(data)[2].request.body == body


def test_large_bodies_have_files(tmp_path: Path) -> None:
    content = tmp_path / "now"
    content.write_bytes(b"answer")
    upload = b"\xff" * (side_file.LARGE + 1)
    exchange = record(respond(content=content), upload)
    exchange = replace(exchange, response=replace(exchange.response, chunks=()))
    data = side_file.write([exchange], "weather.exchanges")
    files = side_file.list_files([exchange], "weather.exchanges")
    assert files == {"weather.exchanges/1.request": upload, "weather.exchanges/1.body": content}
    assert len(data) < 500
    (tmp_path / "weather.exchanges").mkdir()
    (tmp_path / "weather.exchanges/1.request").write_bytes(upload)
    (read,) = side_file.read(data, side_file.Files(tmp_path)).values()
    assert read.request.body == upload
    assert read.response.content == tmp_path / "weather.exchanges/1.body"


GOOD = side_file.write([record(respond(b"{}"), ask())])


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        (b"{", "line 2 is no recorded exchange: "),
        (b"[]", "line 2 is no recorded exchange: Expected `object`, got `array`"),
        (GOOD.replace(b'"id":1', b'"id":0'), "line 2 is no recorded exchange: Expected `int` >= 1 - at `$.id`"),
        (GOOD, "line 2: there is an exchange 1 already"),
        (GOOD.replace(b"200", b"101"), "Expected `int` >= 200 - at `$.response.status`"),
        (GOOD.replace(b"[0.0", b"[-1.0"), "Expected `float` >= 0.0 - at `$.response.chunks[0][0]`"),
        (GOOD.replace(b'"headers":[]', b'"headers":[["a b","c"]]'), "matching regex"),
        (GOOD.replace(b'"headers":[]', b'"headers":[["a","b\\r\\nc"]]'), "matching regex"),
        (GOOD.replace(b"200", b'"200"'), "Expected `int`, got `str` - at `$.response.status`"),
        (GOOD.replace(b'"close"', b'"hang"'), "Invalid enum value 'hang' - at `$.response.end`"),
        (GOOD.replace(b'"json"', b'"shared":{"tools":1},"json"'), "shared: there is no tools in json"),
        (
            GOOD.replace(b'"json"', b'"shared":{"messages":[7,1]},"json"'),
            "there is no earlier exchange 7 with messages",
        ),
        (GOOD.replace(b'"json"', b'"shared":{"messages":[1,9]},"json"'), "exchange 1 has no 9 first messages"),
        (GOOD.replace(b'"json"', b'"file":"../secret","old"'), "expected a path such as NAME.exchanges/7.body"),
        (GOOD.replace(b'"json"', b'"file":"/etc/passwd","old"'), "expected a path such as NAME.exchanges/7.body"),
        (GOOD.replace(b'"json"', b'"base64":"!","old"'), "line 2 is no recorded exchange: "),
        (GOOD.replace(b'"at":null', b'"at":"yesterday"'), "expected a time such as"),
    ],
)
def test_mistake_is_told_with_its_line(line: bytes, mistake: str) -> None:
    line = line if line == GOOD else line.replace(b'"id":1', b'"id":2')
    with pytest.raises(ValueError, match="line 2") as caught:
        side_file.read(GOOD + line.rstrip() + b"\n")
    assert mistake in str(caught.value)


def test_what_is_written_can_be_read() -> None:
    """Whatever a recorder made of headers and times."""
    headers = (("a b", "1"), ("x-b", "1\r\nx-c: 2"), ("x-d", "3"))
    made = record(respond((Chunk(b"a", -1.0), Chunk(b"b", 1e9)), *headers, first=-2.0), ask())
    (read,) = side_file.read(side_file.write([made])).values()
    assert read.response.headers == (("x-d", "3"),)
    assert (read.response.first, [chunk.delay for chunk in read.response.chunks]) == (0.0, [0.0, 86_400.0])


def test_editors_of_windows_may_have_saved_it() -> None:
    exchanges = [record(respond({"id": "msg_1"}), ask("Grüße"), number=number) for number in (1, 2)]
    data = side_file.write(exchanges)
    assert side_file.read(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")) == side_file.read(data)


def test_line_that_was_not_written_whole_is_left_out() -> None:
    """A process that is killed while it appends leaves a line without its end."""
    line = GOOD.replace(b'"id":1', b'"id":2')
    for end in range(1, len(line) - 1):
        assert [*side_file.read(GOOD + line[:end])] == [1]
    assert [*side_file.read(GOOD + line.rstrip())] == [1, 2]


def test_bodies_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file cannot stand for bodies without end."""
    data = side_file.write(conversation(20))
    monkeypatch.setattr(side_file, "MAX_BODIES", len(data))
    with pytest.raises(ValueError, match="come to more than"):
        side_file.read(data)
