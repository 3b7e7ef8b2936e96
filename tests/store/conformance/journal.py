"""The journal: numbers, departures, retries, and readers that wait."""

from __future__ import annotations

import threading

from msgspec.structs import replace

from mockserver.records.reply import StoredReply
from mockserver.store import Departure
from mockserver.store.calls import Holding
from tests.store.conformance.subject import WORKERS, Subject, at_once, record

LEFT = Departure(4, True, 12.5)


class Journals(Subject):
    """See `mockserver.store.protocols.JournalStore`; bounds are in `tests.store.conformance.bounds`."""

    def test_numbers_count_over_all_sessions(self) -> None:
        journal = self.open().journal
        assert [journal.append(session, record()) for session in ("a", "b", "a")] == [1, 2, 3]
        assert [entry.number for entry in journal.entries()] == [1, 2, 3]
        assert [entry.number for entry in journal.entries("a")] == [1, 3]
        assert journal.entries("nobody") == ()
        assert (journal.received(), journal.latest()) == (3, 3)

    def test_records_come_back_as_they_were(self) -> None:
        journal = self.open().journal
        given = record(b'{"a": "\xc3\xbc"}', query="x=1", size=9, x_my_header="value")
        number = journal.append("a", given)
        found = journal.get(number)
        assert found is not None
        assert (found.number, found.record, found.departure, found.retry_of) == (number, given, None, None)
        assert journal.get(number + 1) is None

    def test_what_was_read_and_who_was_asked_come_back(self) -> None:
        journal = self.open().journal
        form = {"created": 7, "n": 2, "include_usage": True, "model": "m"}
        for size in (10, 200_000):
            given = replace(
                record(b"b" * size),
                endpoint="chat/completions",
                wire="chat",
                read=b'{"a": "' + b"r" * size + b'"}',
                gateway="new-api",
                channel="second",
                tries=(("first", 429), ("other", 500)),
                outcome=StoredReply(b'{"id": "' + b"m" * size + b'"}', form=form),
            )
            found = journal.get(journal.append("a", given))
            assert found is not None
            assert found.record == given

    def test_entries_after_a_number(self) -> None:
        journal = self.open().journal
        for session in "abab":
            journal.append(session, record())
        assert [entry.number for entry in journal.entries(after=2)] == [3, 4]
        assert [entry.number for entry in journal.entries("a", after=1)] == [3]

    def test_how_much_it_holds_of_a_session(self) -> None:
        journal = self.open().journal
        for session in "aba":
            journal.append(session, record())
        assert [journal.held(session) for session in "abc"] == [Holding(2, 3), Holding(1, 2), Holding()]
        journal.clear("a")
        assert journal.held("a") == Holding()
        journal.append("a", record())
        assert journal.held("a") == Holding(1, 4)

    def test_departure_is_noted(self) -> None:
        journal = self.open().journal
        number = journal.append("a", record())
        begun = journal.get(number)
        journal.finish(number, LEFT)
        finished = journal.get(number)
        assert begun is not None
        assert finished is not None
        assert (begun.departure, finished.departure) == (None, LEFT)
        assert finished.record == begun.record

    def test_departure_may_come_with_the_record(self) -> None:
        journal = self.open().journal
        (found,) = [journal.get(journal.append("a", record(), LEFT))]
        assert found is not None
        assert found.departure == LEFT

    def test_finishing_an_entry_that_is_gone_is_harmless(self) -> None:
        journal = self.open().journal
        number = journal.append("a", record())
        journal.clear()
        journal.finish(number, LEFT)
        assert journal.entries() == ()

    def test_clearing_is_for_one_session_or_all(self) -> None:
        journal = self.open().journal
        for session in "aab":
            journal.append(session, record())
        assert (journal.clear("nobody"), journal.clear("a")) == (0, 2)
        assert [entry.number for entry in journal.entries()] == [3]
        assert journal.clear() == 1
        assert journal.append("a", record()) == 4

    def test_retry_is_linked_to_the_same_body(self) -> None:
        journal = self.open().journal
        first = journal.append("a", record(b"1"))
        journal.append("a", record(b"2"))
        journal.append("b", record(b"1"))
        second = journal.append("a", record(b"1", x_stainless_retry_count="1"))
        journal.append("a", record(b"1", x_stainless_retry_count="2"))
        journal.append("a", record(b"3", x_stainless_retry_count="1"))
        journal.append("a", record(b"1", x_stainless_retry_count="0"))
        journal.finish(second, LEFT)
        linked = [None, None, None, first, second, None, None]
        assert [entry.retry_of for entry in journal.entries()] == linked

    def test_watching_ends_with_a_change(self) -> None:
        journal = self.open().journal
        seen = journal.watch(-1, 0)
        assert journal.watch(seen, 0) == seen
        number = journal.append("a", record())
        after = journal.watch(seen, 60)
        assert after > seen
        finisher = threading.Thread(target=journal.finish, args=(number, LEFT))
        finisher.start()
        assert journal.watch(after, 60) > after
        finisher.join()

    def test_news_are_what_came_and_what_has_finished(self) -> None:
        journal = self.open().journal
        for session in ("a", "b", "a"):
            journal.append(session, record())
        journal.append("b", record(), LEFT)
        news = journal.follow(None, 1, (1,), 9)
        assert [(entry.number, entry.departure) for entry in news.entries] == [(2, None), (3, None), (4, LEFT)]
        assert (news.left_out, news.latest, sorted(news.unfinished)) == (0, 4, [1, 2, 3])
        journal.finish(1, LEFT)
        journal.finish(3, LEFT)
        news = journal.follow(None, 4, (1, 2, 3), 9)
        assert [(entry.number, entry.departure) for entry in news.entries] == [(1, LEFT), (3, LEFT)]
        assert (news.left_out, news.latest, news.unfinished) == (0, 4, (2,))
        nothing = journal.follow(None, 4, (2,), 9)
        assert (nothing.entries, nothing.left_out, nothing.unfinished) == ((), 0, (2,))

    def test_news_are_of_one_session_or_all(self) -> None:
        journal = self.open().journal
        for session in ("a", "b", "a"):
            journal.append(session, record())
        news = journal.follow("a", 0, (), 9)
        assert ([entry.number for entry in news.entries], news.unfinished, news.latest) == ([1, 3], (1, 3), 3)
        assert journal.follow("nobody", 0, (), 9).entries == ()

    def test_news_of_a_session_that_is_gone_are_its_own(self) -> None:
        store = self.open(max_sessions=1)
        for session in ("a", "b", "c"):
            store.sessions.touch(session)
            store.overrides.change(session, {"validation": "off"})
        for session in ("a", "b", "a"):
            store.journal.append(session, record(x_mock_session=session))
        assert [entry.number for entry in store.journal.follow("a", 0, (), 9).entries] == [1, 3]

    def test_newest_news_are_given_and_the_others_counted(self) -> None:
        journal = self.open().journal
        for _ in range(5):
            journal.append("a", record())
        for number in (1, 5):
            journal.finish(number, LEFT)
        for most, numbers in ((2, [4, 5]), (0, [])):
            news = journal.follow(None, 2, (1, 2), most)
            assert [entry.number for entry in news.entries] == numbers
            assert (news.left_out, sorted(news.unfinished)) == (4 - most, [2, 3, 4])

    def test_clearings_are_counted_but_not_what_makes_room(self) -> None:
        store = self.open(journal_entries=2, max_sessions=2)
        journal = store.journal

        def clearings() -> int:
            return journal.follow(None, 0, (), 0).clearings

        before = clearings()
        for session in ("a", "a", "a", "b", "c"):
            store.sessions.touch(session)
            journal.append(session, record())
        assert (clearings(), journal.follow(None, 5, (1, 2), 9).unfinished) == (before, ())
        cleared = 0
        for clear in (lambda: journal.clear("b"), lambda: store.reset("c"), lambda: store.reset(), journal.clear):
            store.sessions.touch("c")
            journal.append("c", record())
            clear()
            assert clearings() > before + cleared
            cleared = clearings() - before
        journal.append("d", record())
        store.forget("d")
        assert clearings() > before + cleared

    def test_entries_of_many_writers_are_all_there(self) -> None:
        journal = self.open(journal_bytes=10**9).journal

        def work(number: int) -> list[int]:
            numbers = [journal.append(f"s{number % 3}", record()) for _ in range(50)]
            for each in numbers:
                journal.finish(each, LEFT)
            return numbers

        numbers = sorted(number for each in at_once(work) for number in each)
        assert numbers == list(range(1, 50 * WORKERS + 1))
        entries = journal.entries()
        assert [entry.number for entry in entries] == numbers
        assert all(entry.departure == LEFT for entry in entries)
