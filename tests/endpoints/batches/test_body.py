"""The form of a batch: read as a stream, and refused in the API's words."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.endpoints.batches.body import MOST_REQUESTS, read_body, read_requests
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.errors import ApiError
from mockserver.records.settings import Settings
from mockserver.records.spool import Spool
from mockserver.serving import assembly
from tests.endpoints.batches.calling import PATH, client, item

PARTS: Parts = assembly.build(Settings(profile="anthropic", max_body=2000))


class Lines(list[bytes]):
    """What is written of a body."""

    size = 0

    def write(self, data: bytes) -> None:
        self.append(data)

    def finish(self) -> str:
        return ""

    def discard(self) -> None:
        self.clear()


def read(body: bytes, **headers: str) -> tuple[str, list[Any]]:
    """The objection to a body, and its requests."""
    call = Call("POST", PATH, {"anthropic-version": "2023-06-01", **headers}, body)
    lines = Lines()
    try:
        envelope = read_body(call, PARTS, lines)
    except ApiError as error:
        return error.finding.message, []
    found = [(each.custom_id, each.params and orjson.loads(each.params)) for each in read_requests(lines)]
    return envelope.finding.message if envelope.finding else "", found


GOOD = {"custom_id": "a", "params": {}}
REFUSED: dict[str, Any] = {
    "requests: Field required": {},
    "requests: Input should be a valid list": {"requests": {}},
    "requests: List should have at least 1 item after validation, not 0": {"requests": []},
    "requests.1: Input should be a valid dictionary": {"requests": [GOOD, 7]},
    "requests.0.custom_id: Field required": {"requests": [{"params": {}}]},
    "requests.0.params: Field required": {"requests": [{"custom_id": "a"}]},
    "requests.0.params: Input should be a valid dictionary": {"requests": [{"custom_id": "a", "params": [1]}]},
    "requests.2.custom_id: Input should be a valid string": {
        "requests": [GOOD, {**GOOD, "custom_id": "b"}, {**GOOD, "custom_id": 1}]
    },
    "requests.0.custom_id: String should have at most 64 characters": {"requests": [{**GOOD, "custom_id": "a" * 65}]},
    "requests.0.custom_id: String should have at least 1 character": {"requests": [{**GOOD, "custom_id": ""}]},
    "requests.0.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'": {
        "requests": [{**GOOD, "custom_id": "ä"}]
    },
    "requests.0.more: Extra inputs are not permitted": {"requests": [{**GOOD, "more": {"deep": [1]}}]},
    "more: Extra inputs are not permitted": {"more": [{"a": 1}], "requests": [GOOD]},
    "requests: custom_id's must be unique within a batch. Duplicate custom_id found: b": {
        "requests": [{**GOOD, "custom_id": name} for name in "abcb"]
    },
    "Input does not match the expected shape.": [GOOD],
}


@pytest.mark.parametrize("message", REFUSED)
def test_form_is_refused_as_the_api_does(message: str) -> None:
    assert read(orjson.dumps(REFUSED[message]))[0] == message


def test_first_mistake_of_the_list_is_told() -> None:
    wrong = [GOOD, GOOD, {**GOOD, "custom_id": "?"}, 7]
    assert read(orjson.dumps({"x": 1, "requests": wrong}))[0].startswith("requests.2.custom_id: String should match")


@pytest.mark.parametrize("over", [0, 1])
def test_100_000_requests_are_the_most(over: int) -> None:
    items = b",".join(b'{"custom_id":"%d","params":{}}' % number for number in range(MOST_REQUESTS + over))
    wanted = f"requests: List should have at most 100000 items after validation, not {MOST_REQUESTS + 1}"
    message, found = read(b'{"requests":[' + items + b"]}")
    assert (message, len(found)) == (wanted if over else "", MOST_REQUESTS)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"requests":[}',
        b'{"requests":[' + orjson.dumps(GOOD) + b"]",
        b'{"requests":[' + orjson.dumps(GOOD) + b"]} x",
        b'\xff{"requests":[]}',
        b'{"requests":[{"custom_id":"a","params":{"n":' + b"9" * 5000 + b"}}]}",
        b"nothing",
        b"[1,",
    ],
)
def test_broken_json_is_told(body: bytes) -> None:
    message, found = read(body)
    assert message.startswith("The request body is not valid JSON: ") or "9999" in body.decode("latin-1")
    assert found == []


def test_large_request_is_left_out_alone() -> None:
    large = {"custom_id": "b", "params": {"text": "x" * 3000}}
    message, found = read(orjson.dumps({"requests": [GOOD, large, {"custom_id": "c", "params": {"a": 1}}]}))
    assert (message, found) == ("", [("a", {}), ("b", None), ("c", {"a": 1})])


def test_deep_request_is_written_as_it_is() -> None:
    deep = b"[" * 900 + b"]" * 900
    body = b'{"requests":[{"custom_id":"a","params":{"x":' + deep + b"}}]}"
    lines = Lines()
    assert read_body(Call("POST", PATH, {"anthropic-version": "2023-06-01"}, body), PARTS, lines).finding is None
    assert deep in lines[0]


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=9,
    )
)
def test_parameters_are_kept_as_they_are(value: Any) -> None:
    try:
        body = orjson.dumps({"requests": [{"params": {"value": value}, "custom_id": "a"}]})
    except orjson.JSONEncodeError:
        return  # no text
    assert read(body) == ("", [("a", {"value": value})])


def test_charset_is_heeded() -> None:
    body = '{"requests":[{"custom_id":"a","params":{"x":"é"}}]}'.encode("latin-1")
    assert read(body, **{"content-type": "application/json; charset=iso-8859-1"}) == ("", [("a", {"x": "é"})])


def test_spooled_body_is_read_from_its_file() -> None:
    spool = Spool()
    spool.write(orjson.dumps({"requests": [GOOD]}))
    lines = Lines()
    call = Call("POST", PATH, {"anthropic-version": "2023-06-01"}, spool=spool)
    assert (read_body(call, PARTS, lines).total, len(lines)) == (1, 1)


def test_packed_body_is_unpacked() -> None:
    with client() as caller:
        packed = gzip.compress(orjson.dumps({"requests": [item("a"), item("b", x="y" * 2_000_000)]}))
        answer = caller.post(PATH, content=packed, headers={"content-encoding": "gzip"}).raise_for_status()
        assert answer.json()["request_counts"]["processing"] == 2


NUMBERS = ("0", "-0", "1.0", "1e2", "0.1", "-5e-324", str(2**53), str(-(2**63)), str(2**64 - 1), str(2**64), "1" * 300)


@pytest.mark.parametrize("number", [*NUMBERS, "1e400", "-1e400", "1" * 400, "1" * 5000])
def test_numbers_are_those_of_single_requests(number: str) -> None:
    text = f'{{"a": {number}, "b": [{number}]}}'
    finding, found = read(f'{{"requests": [{{"custom_id": "a", "params": {text}}}]}}'.encode())
    if number in NUMBERS:
        assert (repr(found[0][1]), finding) == (repr(orjson.loads(text)), "")
    else:
        assert "number is infinity" in finding


HALVES = (r"\ud800", r"\uD83Dx", r"\\\ud83d", r"\ud83d\ud83d\ude00", r"\ud83d\n", r"\ud83d\u0041", r"\\ud83d\ud83d")


@pytest.mark.parametrize("size", [0, 65_430, 65_450, 1_048_576])
@pytest.mark.parametrize("text", [*HALVES, r"\ud83d\ude00", r"\\ud800", r"\uD83D\uDE00\ud83d\ude00"])
def test_half_of_a_character_breaks_the_body(text: str, size: int) -> None:
    """As JavaScript sends it of a text that was cut inside of an emoji."""
    body = f'{{"requests": [{{"custom_id": "a", "params": {{"a": "{"x" * size}", "b": "{text}"}}}}]}}'.encode()
    assert ("surrogate" in read(body)[0]) is (text in HALVES)


def test_empty_body_is_told_as_by_other_endpoints() -> None:
    with client() as caller:
        texts = {caller.post(path, content=b"").json()["error"]["message"] for path in (PATH, "/v1/messages")}
    assert len(texts) == 1
