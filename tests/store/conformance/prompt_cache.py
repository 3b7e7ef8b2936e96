"""The prompt cache: prefixes live for a while, and longer when they are read."""

from __future__ import annotations

from tests.store.conformance.subject import WORKERS, Subject, at_once

SHORT, LONG = 300.0, 3600.0


class PromptCaches(Subject):
    """See `mockserver.store.protocols.PromptCacheStore`."""

    def test_prefix_is_written_then_read(self) -> None:
        cache = self.open().prompt_cache
        assert cache.consult("s", [b"a"], [(b"a", SHORT)], 1.0) is None
        assert cache.consult("s", [b"a"], [(b"a", SHORT)], 2.0) == b"a"

    def test_most_wanted_prefix_is_found(self) -> None:
        cache = self.open().prompt_cache
        cache.consult("s", [], [(b"a", SHORT), (b"b", SHORT)], 1.0)
        assert cache.consult("s", [b"c", b"b", b"a"], [], 2.0) == b"b"

    def test_sessions_have_caches_of_their_own(self) -> None:
        cache = self.open().prompt_cache
        cache.consult("s", [], [(b"a", SHORT)], 1.0)
        assert cache.consult("other", [b"a"], [], 1.0) is None

    def test_prefix_expires(self) -> None:
        cache = self.open().prompt_cache
        cache.consult("s", [], [(b"a", SHORT), (b"b", LONG)], 0.0)
        assert cache.consult("s", [b"a", b"b"], [], SHORT + 1) == b"b"
        assert cache.consult("s", [b"a", b"b"], [], SHORT + LONG + 2) is None

    def test_reading_gives_a_prefix_its_life_anew(self) -> None:
        cache = self.open().prompt_cache
        cache.consult("s", [], [(b"a", SHORT), (b"b", LONG)], 0.0)
        assert [cache.consult("s", [b"a"], [], at) for at in (200.0, 400.0, 600.0)] == [b"a"] * 3
        assert cache.consult("s", [b"a"], [], 901.0) is None
        assert [cache.consult("s", [b"b"], [], at) for at in (3000.0, 6000.0, 9000.0)] == [b"b"] * 3
        assert cache.consult("s", [b"b"], [], 12600.0) is None

    def test_prefix_lives_up_to_its_end(self) -> None:
        cache = self.open().prompt_cache
        cache.consult("s", [], [(b"a", SHORT), (b"b", SHORT)], 0.0)
        assert cache.consult("s", [b"a"], [], SHORT - 0.001) == b"a"
        assert cache.consult("s", [b"b"], [], SHORT) is None

    def test_prefix_may_live_longer_when_written_again(self) -> None:
        cache = self.open().prompt_cache
        cache.consult("s", [], [(b"a", SHORT)], 0.0)
        cache.consult("s", [], [(b"a", LONG)], 10.0)
        assert cache.consult("s", [b"a"], [], 3000.0) == b"a"

    def test_prefixes_are_bounded(self) -> None:
        """The oldest go; one that is written again is young."""
        cache = self.open().prompt_cache
        digests = [b"%d" % number for number in range(4096)]
        cache.consult("s", [], [(digest, LONG) for digest in digests], 0.0)
        cache.consult("s", [], [(digests[0], LONG), (b"new", LONG)], 1.0)
        assert [cache.consult("s", [digest], [], 2.0) for digest in digests[:2]] == [digests[0], None]

    def test_one_of_many_writes_first(self) -> None:
        cache = self.open().prompt_cache
        for number in range(20):
            digest = b"%d" % number
            found = at_once(lambda _, digest=digest: cache.consult("s", [digest], [(digest, LONG)], 1.0))  # type: ignore[misc]
            assert sorted(found, key=bool) == [None] + [digest] * (WORKERS - 1)
