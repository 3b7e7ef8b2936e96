"""Fingerprints of requests: held for an hour by the id of their answer, in their session."""

from __future__ import annotations

from collections.abc import Callable

from tests.store.conformance.subject import WORKERS, Subject, at_once

HOUR = 3600.0


class Fingerprints(Subject):
    """See `mockserver.store.protocols.FingerprintStore`."""

    def test_fingerprint_of_an_earlier_request_is_found(self) -> None:
        held = self.open().fingerprints
        assert held.exchange("s", "msg_1", b"a", None, 0.0) is None
        assert held.exchange("s", "msg_2", b"b", "msg_1", 1.0) == b"a"
        assert held.exchange("s", "msg_3", b"c", "msg_1", 2.0) == b"a"
        assert held.exchange("s", "msg_4", b"d", "msg_3", 3.0) == b"c"

    def test_request_does_not_find_itself(self) -> None:
        held = self.open().fingerprints
        assert held.exchange("s", "msg_1", b"a", "msg_1", 0.0) is None
        assert held.exchange("s", "msg_1", b"b", "msg_1", 0.0) == b"a"

    def test_sessions_have_fingerprints_of_their_own(self) -> None:
        held = self.open().fingerprints
        held.exchange("s", "msg_1", b"a", None, 0.0)
        assert held.exchange("other", "msg_2", b"b", "msg_1", 0.0) is None

    def test_fingerprint_expires(self) -> None:
        held = self.open().fingerprints
        held.exchange("s", "msg_1", b"a", None, 100.0)
        assert held.exchange("s", "msg_2", b"b", "msg_1", 99.0 + HOUR) == b"a"
        assert held.exchange("s", "msg_3", b"c", "msg_1", 100.0 + HOUR) is None

    def test_fingerprints_are_bounded(self) -> None:
        """The oldest go; one that is held again is young."""
        held = self.open().fingerprints
        for number in range(64):
            held.exchange("s", f"msg_{number}", b"a", None, 0.0)
        held.exchange("s", "msg_0", b"b", None, 0.0)
        held.exchange("s", "msg_64", b"c", None, 0.0)
        assert held.exchange("s", "msg_65", b"d", "msg_0", 0.0) == b"b"
        assert held.exchange("s", "msg_66", b"e", "msg_1", 0.0) is None

    def test_reset_forgets_fingerprints(self) -> None:
        store = self.open()
        resets: list[Callable[[], None]] = [lambda: store.reset("s"), store.reset, lambda: store.forget("s")]
        for reset in resets:
            store.fingerprints.exchange("s", "msg_1", b"a", None, 0.0)
            reset()
            assert store.fingerprints.exchange("s", "msg_2", b"b", "msg_1", 0.0) is None

    def test_fingerprints_weigh(self) -> None:
        store = self.open(session_bytes=20_000)
        for session in "abc":
            store.sessions.touch(session)
            store.fingerprints.exchange(session, "msg_1", b"x" * 9000, None, 0.0)
        store.sessions.touch("c")
        assert store.sessions.names() == ("c",)
        assert store.usage().session_bytes > 9000

    def test_all_that_come_at_once_are_held(self) -> None:
        held = self.open().fingerprints
        at_once(lambda number: held.exchange("s", f"msg_{number}", b"%d" % number, None, 0.0))
        found = [held.exchange("s", "last", b"", f"msg_{number}", 0.0) for number in range(WORKERS)]
        assert found == [b"%d" % number for number in range(WORKERS)]
