"""Every fault: what it does to a stream and to a whole answer, how several combine, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.delivery import FAULTS, check_fault, deliver_stream, deliver_whole, parse_fault
from mockserver.records.delivery import Delivery
from mockserver.records.reply import Fault, Pace, Reply
from mockserver.wires.messages import unfolding as messages

HEADERS = (("content-type", "text/event-stream; charset=utf-8"), ("request-id", "req_01"))
DOCS = Path(__file__).parent.parent.parent / "docs" / "faults.md"
MESSAGE = {
    "model": "claude-sonnet-4-5-20250929",
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "content": [
        {"type": "thinking", "thinking": "天気を見よう。", "signature": "EqQB"},
        {"type": "text", "text": "Let me look that up for you."},
        {"type": "tool_use", "id": "toolu_01", "name": "weather", "input": {"city": "Oslo", "days": 3}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 20, "cache_creation": {"ephemeral_5m_input_tokens": 4}, "output_tokens": 60},
}
EVENTS = messages.unfold(Reply(MESSAGE, seed=1))
CLEAN = b"".join(event.encode() for event in EVENTS)
BODY = messages.body(Reply(MESSAGE))
# The shortest way to write each fault that needs more than its name.
NEEDED: dict[str, dict[str, Any]] = {"split": {"bytes": 5}, "drop_event": {"event": "usage"}}


def fault(name: str, /, **options: Any) -> Fault:
    return parse_fault({"then": name, **NEEDED.get(name, {}), **{key.rstrip("_"): options[key] for key in options}})


def stream(*faults: Fault, pace: Pace | None = None) -> Delivery:
    return deliver_stream(EVENTS, headers=HEADERS, faults=faults, pace=pace)


def whole(*faults: Fault, pace: Pace | None = None) -> Delivery:
    return deliver_whole(BODY, headers=HEADERS, faults=faults, pace=pace, events=EVENTS)


def sent(delivery: Delivery) -> bytes:
    return b"".join(piece.data for piece in delivery.pieces)


def events(delivery: Delivery) -> list[Mapping[str, Any]]:
    """The events that a lenient client reads: by the data's own type."""
    lines = re.findall(rb"^data: (\{.*\})", sent(delivery), re.MULTILINE)
    return [orjson.loads(line) for line in lines]


def names(delivery: Delivery) -> list[str]:
    return [str(data["type"]) for data in events(delivery)]


def body(delivery: Delivery) -> dict[str, Any]:
    found = orjson.loads(sent(delivery))
    assert isinstance(found, dict)
    return found


ALL = [event.name for event in EVENTS]


def test_disconnect_cuts_half_way() -> None:
    delivery = stream(fault("disconnect"))
    assert delivery.end == "abort"
    assert names(delivery) == ALL[: (len(ALL) + 1) // 2]
    cut = whole(fault("disconnect"))
    assert (cut.end, sent(cut)) == ("abort", BODY[: len(BODY) // 2])
    assert ("content-length", str(len(BODY))) in cut.headers


@pytest.mark.parametrize(
    ("place", "count"),
    [
        ({"after_events": 0}, 0),
        ({"after_events": 4}, 4),
        ({"after_events": 999}, len(ALL)),
        ({"at_block": 0}, 2),
        ({"at": "block 1"}, ALL.index("content_block_start", 2) + 1),
        ({"at_block": 9}, len(ALL)),
        ({"after_ms": 700}, len(ALL) - 1),
    ],
)
def test_places_say_where_it_strikes(place: dict[str, Any], count: int) -> None:
    delivery = stream(fault("disconnect", **place))
    assert len(names(delivery)) == count
    assert sum(piece.events for piece in delivery.pieces) == count


def test_moments_are_kept() -> None:
    """An unpaced stream keeps its last event back; a paced one is cut where it has come to."""
    unpaced = stream(fault("disconnect", after_ms="700ms"))
    assert [piece.delay for piece in unpaced.pieces] == [0.0, 0.7]
    pace = Pace(first=0.2, tokens_per_second=60)
    paced = stream(fault("disconnect", after_ms=700), pace=pace)
    assert sum(piece.delay for piece in paced.pieces) == pytest.approx(0.7)
    assert 0 < len(names(paced)) < len(ALL) - 1
    late = whole(fault("disconnect", after_ms=700), pace=pace)
    assert (late.delay, late.pieces) == (0.7, ())
    assert [piece.delay for piece in whole(fault("truncate", after_ms=700)).pieces] == [0.0, 0.7]


def test_stall_is_silent_for_good_or_a_while() -> None:
    for_good = stream(fault("stall", after_events=3))
    assert (for_good.end, names(for_good)) == ("hang", ALL[:3])
    a_while = stream(fault("stall", after_events=3, for_="2s"))
    assert (a_while.end, sent(a_while)) == ("close", CLEAN)
    assert [(piece.delay, piece.events) for piece in a_while.pieces] == [(0.0, 3), (2.0, len(ALL) - 3)]
    assert [piece.delay for piece in stream(fault("stall", after_events=99, for_=1)).pieces] == [0.0, 1.0]
    assert [piece.delay for piece in whole(fault("stall", for_="1m")).pieces] == [0.0, 60.0]
    assert whole(fault("stall")).end == "hang"


def test_truncate_ends_cleanly() -> None:
    delivery = stream(fault("truncate"))
    assert (delivery.end, names(delivery)) == ("close", ALL[:-1])
    assert names(stream(fault("truncate", after_events=5))) == ALL[:5]
    assert names(stream(fault("comment_keepalive"), fault("done_marker"), fault("truncate"))) == ALL[:-1]
    half = whole(fault("truncate"))
    assert ("content-length", str(len(BODY) // 2)) in half.headers
    assert half.end == "close"


def test_error_ends_the_stream() -> None:
    delivery = stream(fault("error", after_events=4))
    assert names(delivery) == [*ALL[:4], "error"]
    assert events(delivery)[-1]["error"] == {"details": None, "type": "overloaded_error", "message": "Overloaded"}
    other = events(stream(fault("error", type="api_error", message="Internal server error")))[-1]["error"]
    assert (other["type"], other["message"]) == ("api_error", "Internal server error")


def test_malformed_breaks_one_event() -> None:
    delivery = stream(fault("malformed", after_events=4))
    lines = re.findall(rb"^data: (.*)$", sent(delivery), re.MULTILINE)
    assert [place for place, line in enumerate(lines) if not is_json(line)] == [4]
    assert sent(whole(fault("malformed"))) == BODY[:-1]


def is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(set(ALL)))
def test_drop_event_leaves_one_name_out(name: str) -> None:
    assert names(stream(fault("drop_event", event=name))) == [given for given in ALL if given != name]


def test_drop_event_may_spare_other_blocks() -> None:
    delivery = stream(fault("drop_event", event="content_block_stop", at_block=1))
    assert [data["index"] for data in events(delivery) if data["type"] == "content_block_stop"] == [0, 2]


def test_drop_event_takes_parts_away() -> None:
    assert b"usage" not in sent(stream(fault("drop_event", event="usage")))
    assert b"signature_delta" not in sent(stream(fault("drop_event", event="signature")))
    assert "usage" not in body(whole(fault("drop_event", event="usage")))
    assert body(whole(fault("drop_event", event="signature")))["content"][0]["signature"] == ""


def test_unknown_event_is_added() -> None:
    assert names(stream(fault("unknown_event"))) == [*ALL[:2], "future_event", *ALL[2:]]
    assert names(stream(fault("unknown_event", name="news", after_events=0)))[0] == "news"


@pytest.mark.parametrize("place", [None, 0, 1, 7])
def test_unknown_block_moves_the_others(place: int | None) -> None:
    given = fault("unknown_block", name="hologram", **({} if place is None else {"at_block": place}))
    delivery, message = stream(given), body(whole(given))
    types = ["thinking", "text", "tool_use"]
    types.insert(3 if place is None else place, "hologram")
    starts = [data for data in events(delivery) if data["type"] == "content_block_start"]
    assert [data["content_block"]["type"] for data in starts] == types
    assert [data["index"] for data in starts] == [0, 1, 2, 3]
    assert [block["type"] for block in message["content"]] == types
    assert messages.fold(events(delivery))["content"] == message["content"]


def test_split_tears_events_and_characters() -> None:
    delivery = stream(fault("split", bytes=5, pause="1ms"))
    assert sent(delivery) == CLEAN
    assert {len(piece.data) for piece in delivery.pieces[:3]} == {5}
    assert {piece.delay for piece in delivery.pieces} == {0.001}
    assert sum(piece.events for piece in delivery.pieces) == len(ALL)
    assert any(is_torn(piece.data) for piece in delivery.pieces), "no UTF-8 character was torn"
    assert [len(piece.data) for piece in whole(fault("split", bytes=200)).pieces][:-1] == [200] * (len(BODY) // 200)


def is_torn(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False


def test_crlf_changes_line_ends_only() -> None:
    assert sent(stream(fault("crlf"))) == CLEAN.replace(b"\n", b"\r\n")


def test_comments_keep_alive() -> None:
    assert sent(stream(fault("comment_keepalive"))).count(b": keepalive\n\n") == len(ALL) + 1
    assert sent(stream(fault("comment_keepalive", every=5, text="WAIT"))).count(b": WAIT\n\n") == len(ALL) // 5 + 1
    once = stream(fault("comment_keepalive", after_events=1))
    assert sent(once).count(b": keepalive\n\n") == 1
    assert names(once) == ALL


def test_slow_headers_delay_the_status() -> None:
    assert stream(fault("slow_headers")).delay == 3.0
    assert whole(fault("slow_headers", for_="500ms")).delay == 0.5


def test_no_event_names_leaves_data_lines() -> None:
    assert b"event:" not in sent(stream(fault("no_event_names")))
    assert names(stream(fault("no_event_names"))) == ALL


def test_done_markers_end_the_stream() -> None:
    assert sent(stream(fault("done_marker"))) == CLEAN + b"data: [DONE]\n\n"
    instead = stream(fault("done_for_message_stop"))
    assert sent(instead).endswith(b"data: [DONE]\n\n")
    assert names(instead) == ALL[:-1]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("no_message_start", "message_start"),
        ("no_ping", "ping"),
        ("no_content_block_start", "content_block_start"),
        ("no_content_block_stop", "content_block_stop"),
    ],
)
def test_gateways_lose_events(name: str, missing: str) -> None:
    assert names(stream(fault(name))) == [given for given in ALL if given != missing]


def test_gateways_start_twice() -> None:
    assert names(stream(fault("duplicate_message_start"))) == ["message_start", *ALL]


def test_gateways_count_blocks_wrongly() -> None:
    assert {data.get("index", 0) for data in events(stream(fault("index_zero")))} == {0}


def test_gateways_lose_usage() -> None:
    start, *_, end, _stop = events(stream(fault("no_start_usage")))
    assert "usage" not in start["message"]
    assert "usage" in end
    start, *_, end, _stop = events(stream(fault("no_delta_usage")))
    assert "usage" in start["message"]
    assert "usage" not in end


def test_gateways_count_nothing() -> None:
    zeros = {"input_tokens": 0, "cache_creation": {"ephemeral_5m_input_tokens": 0}, "output_tokens": 0}
    start, *_, end, _stop = events(stream(fault("zero_usage")))
    assert start["message"]["usage"] == body(whole(fault("zero_usage")))["usage"] == zeros
    assert end["usage"] == {"input_tokens": 0, "output_tokens": 0}
    nulls = {"input_tokens": None, "cache_creation": None, "output_tokens": 60}
    assert body(whole(fault("null_usage")))["usage"] == nulls


def test_gateways_mistell_the_stop_reason() -> None:
    for name, reason in (
        ("null_stop_reason", None),
        ("openai_stop_reason", "tool_calls"),
        ("end_turn_for_tools", "end_turn"),
    ):
        assert events(stream(fault(name)))[-2]["delta"]["stop_reason"] == reason
        assert body(whole(fault(name)))["stop_reason"] == reason
        assert events(stream(fault(name)))[0]["message"]["stop_reason"] is None


def test_gateways_drop_signatures() -> None:
    delivery = stream(fault("no_signature"))
    assert b"signature" not in sent(delivery)
    assert "signature" not in body(whole(fault("no_signature")))["content"][0]


def tool_events(name: str) -> tuple[Any, str]:
    """The input in the tool's content_block_start, and what its deltas write."""
    found = [data for data in events(stream(fault(name))) if data.get("index") == 2]
    pieces = [data["delta"]["partial_json"] for data in found if "delta" in data]
    return found[0]["content_block"]["input"], "".join(pieces)


def test_gateways_mangle_tool_inputs() -> None:
    written = '{"city": "Oslo", "days": 3}'
    assert tool_events("tool_input_string") == (written, "")
    assert tool_events("tool_input_at_start") == ({"city": "Oslo", "days": 3}, "")
    assert tool_events("tool_input_twice") == ({}, written * 2)
    assert tool_events("tool_input_cut") == ({}, written[: len(written) * 2 // 3])
    assert body(whole(fault("tool_input_string")))["content"][2]["input"] == '{"city":"Oslo","days":3}'


@pytest.mark.parametrize(
    ("name", "header", "value", "start"),
    [
        ("html_page", "content-type", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        ("error_200", "content-type", "application/json", b'{"error":'),
        ("wrong_content_type", "content-type", "text/plain; charset=utf-8", b""),
        ("gzip_mislabel", "content-encoding", "gzip", b""),
    ],
)
def test_gateways_answer_something_else(name: str, header: str, value: str, start: bytes) -> None:
    for delivery in (stream(fault(name)), whole(fault(name))):
        assert delivery.status == 200
        assert [given for key, given in delivery.headers if key == header] == [value]
        assert sent(delivery).startswith(start)


def test_gateways_forget_the_body_or_the_end() -> None:
    assert (stream(fault("empty_body")).pieces, stream(fault("empty_body")).end) == ((), "close")
    assert ("content-length", "0") in whole(fault("empty_body")).headers
    open_end = stream(fault("left_open"))
    assert (sent(open_end), open_end.end) == (CLEAN, "hang")


@pytest.mark.parametrize("name", FAULTS)
def test_whole_answers_are_struck_or_left_alone(name: str) -> None:
    struck = whole(fault(name)) != whole()
    assert struck is FAULTS[name].whole or (name == "split" and struck)


@pytest.mark.parametrize("name", FAULTS)
def test_streams_are_struck(name: str) -> None:
    assert stream(fault(name)) != stream()


def test_missing_events_leave_their_time() -> None:
    pace = Pace(first=0.4, tokens_per_second=60)
    total = sum(piece.delay for piece in stream(pace=pace).pieces)
    for name in ("no_message_start", "tool_input_string"):
        assert sum(piece.delay for piece in stream(fault(name), pace=pace).pieces) == pytest.approx(total)


def test_errors_and_pages_survive_content_faults() -> None:
    """A body that is no message is left alone by faults that change messages."""
    for other in (b'{"type":"error"}', b"<html>", b"[]", b""):
        assert sent(deliver_whole(other, headers=HEADERS, faults=(fault("zero_usage"),))) == other


def test_faults_combine() -> None:
    """Content first, then writing, then cuts, then tearing: whatever the order in which they are given."""
    given = (fault("split", bytes=7), fault("error", after_events=6), fault("crlf"), fault("no_ping"))
    delivery = stream(*given)
    text = sent(delivery)
    assert delivery == stream(*reversed(given))
    assert len(delivery.pieces) > 50
    assert b"ping" not in text
    assert text.count(b"event: ") == 7
    assert text.count(b"\r\n\r\n") == 6, "what comes at the cut is the server's own writing"


CHOSEN = st.sampled_from(sorted(FAULTS)).flatmap(
    lambda name: st.fixed_dictionaries(
        {"then": st.just(name), **{key: st.just(value) for key, value in NEEDED.get(name, {}).items()}},
        optional={place: st.integers(0, 40) for place in FAULTS[name].places[:1]},
    )
)


@settings(max_examples=50, deadline=None)
@given(chosen=st.lists(CHOSEN, max_size=4), pace=st.none() | st.just(Pace(first=0.1, tokens_per_second=50, jitter=0.3)))
def test_any_faults_make_a_delivery(chosen: list[dict[str, Any]], pace: Pace | None) -> None:
    faults = tuple(parse_fault(given) for given in chosen)
    for delivery in (stream(*faults, pace=pace), whole(*faults, pace=pace)):
        assert delivery.end in ("close", "abort", "hang")
        assert all(piece.delay >= 0 for piece in delivery.pieces)
    assert stream(*faults, pace=pace) == stream(*faults, pace=pace)


def test_short_and_long_forms_are_read() -> None:
    assert parse_fault("disconnect") == Fault("disconnect")
    assert parse_fault({"then": "disconnect", "after_events": 4}) == Fault("disconnect", after_events=4)
    assert parse_fault({"then": "stall", "at": "block 2", "for": "1.5s"}) == Fault(
        "stall", at_block=2, options={"for": 1.5}
    )
    assert parse_fault({"then": "error", "after_ms": "2s"}).after_ms == 2000


MISTAKES: list[tuple[Any, str]] = [
    ("disconect", "unknown fault 'disconect'; did you mean 'disconnect'?"),
    (7, "expected the name of a fault or a mapping with 'then', got 7"),
    ({"after_events": 3}, "'then' is missing: it names the fault"),
    ({"then": 5}, "unknown fault 5; known: disconnect"),
    ("split", "split needs 'bytes'"),
    ({"then": "split", "bytes": 0}, "bytes: expected a whole number from 1, got 0"),
    ({"then": "split", "bytes": True}, "bytes: expected a whole number from 0, got True"),
    ({"then": "stall", "for": "soon"}, "for: expected a duration such as 300ms, 1.5s or 2m, got 'soon'"),
    ({"then": "stall", "at": "event 2"}, "at: expected 'block N', got 'event 2'"),
    ({"then": "stall", "after_events": -1}, "after_events: expected a whole number from 0, got -1"),
    (
        {"then": "disconnect", "after_events": 1, "after_ms": 2},
        "after_events and after_ms exclude each other: give one",
    ),
    ({"then": "crlf", "after_events": 3}, "crlf takes no after_events"),
    ({"then": "error", "mesage": "x"}, "unknown option 'mesage' of error; did you mean 'message'?"),
    ({"then": "crlf", "bytes": 1}, "unknown option 'bytes' of crlf; it has none"),
    ({"then": "error", "type": "oops"}, "type: expected one of api_error"),
    ({"then": "unknown_event", "name": ""}, "name: expected a text, got ''"),
]


@pytest.mark.parametrize(("given", "said"), MISTAKES, ids=[said for _, said in MISTAKES])
def test_mistakes_are_explained(given: Any, said: str) -> None:
    problems = check_fault(given)
    assert len(problems) == 1
    assert problems[0].startswith(said)
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_fault(given)


def test_right_faults_have_no_problems() -> None:
    assert [name for name in FAULTS if check_fault({"then": name, **NEEDED.get(name, {})})] == []


def rows() -> dict[str, list[str]]:
    """The rows of the tables of faults in the docs: name to its other cells."""
    found = {}
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found[cells[0].strip("`")] = cells[1:]
    return found


def test_the_docs_show_faults_that_work() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    calls = yaml.safe_load(example)["scenarios"][0]["calls"]
    faults = [call["fault"] for call in calls]
    each = [one for given in faults for one in (given if isinstance(given, list) else [given])]
    assert len(each) == 4
    assert [check_fault(one) for one in each] == [[]] * 4


def test_the_docs_tell_every_fault() -> None:
    assert list(rows()) == list(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_the_docs_tell_every_option(name: str) -> None:
    kind = FAULTS[name]
    options, says, answers = rows()[name][:3]
    assert re.findall(r"`(\w+)`", options) == [*kind.options, *kind.places]
    assert says == kind.says
    assert answers == ("yes" if kind.whole else "–")


def test_docs_name_where_defects_were_seen() -> None:
    told = {name: cells[-1] for name, cells in rows().items() if FAULTS[name].seen}
    assert all(FAULTS[name].seen in cell for name, cell in told.items())


def test_every_strike_keeps_its_input() -> None:
    """Strikes make new drafts: the events they were given stay as they were."""
    before = [orjson.dumps(event.data) for event in EVENTS]
    strikes: list[Callable[..., Any]] = [stream, whole]
    for strike in strikes:
        for name in FAULTS:
            strike(fault(name))
    assert [orjson.dumps(event.data) for event in EVENTS] == before
