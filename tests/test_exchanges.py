"""The comparison of exchanges: what it reports and what it does not, and that there is enough to compare."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.exchanges.comparing import Difference, compare, report
from tests.exchanges.exchange import Answer, Outcome
from tests.exchanges.listing import SERVERS, groups
from tests.exchanges.replay import dump, read
from tests.exchanges.wire import mask

ANSWER = Answer(
    200, (("date", "_"), ("content-type", "text/plain"), ("x-a", "1")), b"It is \xff as it was.", "complete"
)


def compare_changed(**changes: Any) -> list[Difference]:
    """The differences when the answer to one of two exchanges changes."""
    before = {"one": Outcome((ANSWER,)), "two": Outcome((ANSWER,))}
    return compare(before, {**before, "two": Outcome((replace(ANSWER, **changes),))})


def test_same_answers_do_not_differ() -> None:
    assert compare_changed() == []


@pytest.mark.parametrize(
    ("changes", "what", "before", "after"),
    [
        ({"status": 201}, "status", "200 It is", "201 It is"),
        ({"headers": ANSWER.headers[::-1]}, "header order", "date, content-type, x-a", "x-a, content-type, date"),
        ({"headers": ANSWER.headers[:2]}, "headers", "date, content-type, x-a", "date, content-type"),
        ({"headers": (*ANSWER.headers[:2], ("x-a", "2"))}, "header x-a", "1", "2"),
        (
            {"headers": (*ANSWER.headers[:2], ("X-A", "1"))},
            "headers",
            "date, content-type, x-a",
            "date, content-type, X-A",
        ),
        ({"body": b"It is \xfe as it was."}, "body", r"It is \xff", r"It is \xfe"),
        ({"body": b"It is"}, "body", "It is", "It is"),
        ({"end": "cut"}, "how it ended", "200, complete", "200, cut"),
    ],
)
def test_every_change_is_reported(changes: dict[str, Any], what: str, before: str, after: str) -> None:
    (found,) = compare_changed(**changes)
    assert (found.name, found.what) == ("two", what)
    assert found.before.startswith(before)
    assert found.after.startswith(after)


def test_missing_answers_and_exchanges_are_reported() -> None:
    before = {"one": Outcome((ANSWER, ANSWER)), "two": Outcome((ANSWER,)), "three": Outcome()}
    found = compare(before, {"one": Outcome((ANSWER,)), "three": Outcome(trouble="ValueError()")})
    assert [each.what for each in found] == ["number of answers", "exchange", "could not be sent"]


def test_differences_of_one_kind_are_told_together() -> None:
    before = {f"exchange {number}": b"x" * (number + 1) * 50 + b'"id": "msg_%d"}' % number for number in range(12)}
    seen = {name: Outcome((replace(ANSWER, body=body),)) for name, body in before.items()}
    changed = {name: Outcome((replace(ANSWER, body=body.replace(b": ", b":")),)) for name, body in before.items()}
    told = report([*compare(seen, changed), Difference("other", "status", "200", "400")])
    assert told.startswith("body: 12 exchanges: exchange 0; exchange 1;")
    assert told.count("before: ") == 2


def test_reports_have_an_end() -> None:
    told = report(Difference("x", f"header {number}", "", "") for number in range(100))
    assert told.endswith("and 60 more kinds")


def test_what_the_clock_tells_is_masked() -> None:
    told = b'{"duration_ms": 12.75, "first_byte_ms": 3.5, "x": 1}'
    answer = Answer(200, (("Date", "today"), ("content-length", "30")), told, "complete")
    assert mask(answer, of_control=False) == replace(answer, headers=(("Date", "_"), ("content-length", "30")))
    hidden = mask(answer, of_control=True)
    assert (hidden.headers, hidden.body) == (
        (("Date", "_"), ("content-length", "_")),
        b'{"duration_ms": 0, "first_byte_ms": 0, "x": 1}',
    )


def test_what_was_seen_can_be_kept() -> None:
    found = {"one": Outcome((ANSWER, ANSWER)), "two": Outcome(trouble="ValueError()")}
    assert read(dump(found)) == found


def test_there_are_many_exchanges_and_each_has_its_own_name() -> None:
    names: Counter[str] = Counter()
    for group in groups():
        assert group.server in SERVERS
        names.update(f"{group.name}: {exchange.name}" for exchange in group.exchanges)
    assert names.most_common(1)[0][1] == 1
    assert len(names) >= 3000


def test_exchanges_need_nothing_of_the_server() -> None:
    """They are sent to the servers of other checkouts, which may be older."""
    code = "import sys, tests.exchanges.replay; print(*(name for name in sys.modules if name.startswith('mockserver')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
