"""No key, token or ``Authorization`` can be read in the folder of a store, and views show what they always show."""

from __future__ import annotations

import stat
from base64 import b64encode
from pathlib import Path

import pytest

from mockserver.records.call import Call
from mockserver.records.errors import Finding
from mockserver.records.reply import Failure, Raw, StoredReply, Value
from mockserver.records.settings import Settings
from mockserver.store import CallRecord, Departure, Document, Entry, Script, Store, Thread
from mockserver.store.calls import JournalEntry
from mockserver.store.kept.concealing import conceal_record
from mockserver.store.kept.encoding import pack
from mockserver.store.kept.names import digest_name
from mockserver.store.reports import find_model
from mockserver.store.sqlite import open_store
from mockserver.store.sqlite.entries import StoredEntry
from tests.recordings.planting import OTHERS
from tests.serving.planting import POSITIONS

KEY, SHORT, TOKEN = "sk-ant-api03-verysecret-abcd", "my-short-1", "a-token-without-any-form-0815"
QUERY, OWN, CONTROL = "0123456789abcdef-query", "a-key-of-the-server-itself", "the-control-token-4711"
SECRETS = (KEY, SHORT, TOKEN, QUERY, OWN, CONTROL, b64encode(f"user:{TOKEN}".encode()).decode())
LARGE = b"x" * 100_000


def make_calls() -> list[Call]:
    """Calls that carry secrets in every place, some in bodies that are too large to be searched for anything else."""
    body = f'{{"a": "{KEY} {TOKEN} {OWN}", "password": "{KEY}"}}'.encode()
    named = {"x-api-key": KEY, "authorization": f"Bearer {TOKEN}"}
    basic = {"authorization": f"Basic {b64encode(f'user:{TOKEN}'.encode()).decode()}", "cookie": f"session={TOKEN}"}
    return [
        Call("POST", f"/v1/{TOKEN}/{KEY}", named, body, f"key={QUERY}&a={TOKEN}"),
        Call("POST", "/v1/messages", {"x-api-key": SHORT, "user-agent": f"me {KEY}", "x-other": CONTROL}, body),
        Call("POST", "/v1/messages", {"authorization": SHORT}),
        Call("POST", "/v1/messages", basic, LARGE + body + LARGE, local_path=f"/{KEY}", root=f"/{KEY}"),
        Call("POST", "/v1/messages", {**named, "x-mock-session": "my-test"}, body),
        Call("POST", "/v1/messages", {**named, "x-mock-session": KEY}, body),
    ]


def fill(store: Store) -> None:
    """Keep something of every kind in sessions named by keys."""
    text = f'{{"a": "{KEY} {TOKEN}"}}'.encode()
    outcomes = (
        StoredReply(text),
        Failure(400, "invalid", f"{KEY} {TOKEN}", headers={"a": TOKEN}),
        Raw(200, LARGE + text),
        Value(text),
    )
    for call in make_calls():
        session = call.session
        store.sessions.begin_call(session)
        thread = Thread(text, (b"[" + text + b"]",), (KEY, TOKEN))
        for outcome in outcomes:
            findings = (Finding(f"{KEY} {TOKEN}", "rule", "source", f"{KEY}", hint=TOKEN, details={"a": TOKEN}),)
            if isinstance(outcome, StoredReply):
                outcome = StoredReply(text, form={"model": f"{KEY} {TOKEN}", "n": 1})
            record = CallRecord(call, thread, findings=findings, outcome=outcome, model=f"{KEY} {TOKEN}", read=text)
            number = store.journal.append(session, record)
            store.journal.finish(number, Departure())
            store.stats.count(session, record, Departure())
        store.counters.take(session, "a", None)
        store.threads.add(session, "msg_1", Thread(text, (text + LARGE,), (KEY, TOKEN)))
        store.overrides.change(session, {"unmatched": "error"})
        store.scripts.add(session, [Script("a", Document("words", "{}"))])
        store.objects.add(session, "file", "f_1", b"{}")
        store.fingerprints.exchange(session, "msg_1", b"print", None, 0.0)
        store.prompt_cache.consult(session, [b"a"], [(b"a", 300.0)], 1.0)
        store.sessions.reveal(session) if session == KEY else None
    store.reset(SHORT)


def find_secrets(folder: Path) -> set[str]:
    """The secrets that stand in any file of a folder."""
    data = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert any(map(len, data))
    return {secret for secret in SECRETS for each in data if secret.encode() in each}


def test_nothing_on_the_disk_tells_a_secret(tmp_path: Path) -> None:
    store = open_store(tmp_path, Settings(api_keys=(OWN,), control_token=CONTROL))
    try:
        fill(store)
        store.journal.entries()
        # In the log, before it is moved into the database.
        assert find_secrets(tmp_path) == set()
    finally:
        store.close()
    assert find_secrets(tmp_path) == set()


@pytest.mark.parametrize("call", make_calls(), ids=str)
def test_views_show_the_same_of_what_was_written(call: Call) -> None:
    outcome = StoredReply(f'{{"id": "msg_1", "content": [{{"type": "text", "text": "{KEY} {TOKEN}"}}]}}'.encode())
    record = CallRecord(call, outcome=outcome, findings=(Finding(f"{KEY} is no key", "rule", "source"),))
    kept = conceal_record(record, ())
    shown, before = (Entry(JournalEntry(1, each)) for each in (kept, record))
    assert shown.session == before.session
    assert shown.headers == before.headers
    assert shown.summary() == before.summary()
    assert conceal_record(kept, ()) == kept
    # Scripts of a session are found by the session of its calls.
    if call.headers.get("x-mock-session") != KEY:
        assert digest_name(kept.call.session) == digest_name(call.session)


@pytest.mark.parametrize(("call", "secret"), [pytest.param(*each[1:], id=each[0]) for each in POSITIONS])
def test_secret_in_any_place_is_hidden_as_in_views(call: Call, secret: str) -> None:
    record = CallRecord(call, model=find_model(call.body))
    kept = conceal_record(record, ())
    assert secret.encode() not in pack(StoredEntry(kept))
    shown, before = (Entry(JournalEntry(1, each)).as_dict() for each in (kept, record))
    assert {name: shown[name] for name in shown if shown[name] != before[name]} == {}


@pytest.mark.parametrize("key", OTHERS)
def test_keys_of_others_are_not_kept(key: str) -> None:
    record = CallRecord(Call("POST", "/v1/messages", {}, f'{{"text": "use {key}"}}'.encode()))
    assert key.encode() not in conceal_record(record, ()).call.body


def test_harmless_records_are_kept_as_they_are() -> None:
    headers = {"anthropic-version": "2023-06-01", "user-agent": "Anthropic/Python 2.14.0", "content-type": "a"}
    call = Call("POST", "/v1/messages", headers, b'{"max_tokens": 5, "messages": []}', "beta=true")
    record = CallRecord(call, outcome=StoredReply(b'{"usage": {"input_tokens": 1}}'), model="claude-a")
    assert conceal_record(record, (CONTROL,)) == record


def test_sessions_named_by_keys_have_stand_ins_after_a_restart(tmp_path: Path) -> None:
    store = open_store(tmp_path, Settings())
    fill(store)
    assert {KEY, SHORT, "my-test"} <= {*store.sessions.names()}
    labels = [store.sessions.label(name) for name in store.sessions.names()]
    store.close()
    store = open_store(tmp_path, Settings())
    try:
        names = store.sessions.names()
        assert KEY not in names
        assert "my-test" in names
        assert [store.sessions.label(name) for name in names] == labels
        # Every operation takes the stand-in for the session, as well as the name.
        stand_in = next(name for name in names if store.sessions.label(name) == store.sessions.label(KEY))
        calls = store.sessions.begin_call(KEY)
        assert store.sessions.begin_call(stand_in) == calls + 1
        assert store.counters.take(stand_in, "a", None) == store.counters.counts(KEY)["a"] - 1
        assert store.journal.entries(stand_in) == store.journal.entries(KEY) != ()
        assert KEY in store.sessions.names()
        store.forget(stand_in)
        assert store.journal.entries(KEY) == ()
    finally:
        store.close()


def test_only_the_owner_reads_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "store"
    store = open_store(folder, Settings())
    try:
        fill(store)
        writer = store.blobs.create()
        writer.write(b"content")
        store.objects.add("s", "file", "f_2", b"{}", blobs=[writer.finish()])
        modes = {path.relative_to(folder): stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
        assert {mode for path, mode in modes.items() if (folder / path).is_dir()} == {0o700}
        assert {mode for path, mode in modes.items() if (folder / path).is_file()} == {0o600}
        assert len(modes) > 5
    finally:
        store.close()
