"""The words with which a cassette is recorded and replayed in tests, and whether they are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from mockserver.recordings.cassette import IGNORABLE, Match
from mockserver.recordings.modes import NONE
from mockserver.recordings.redacting import make_rules
from mockserver.recordings.volatile import compile_volatile
from mockserver.records.masks import show_value
from mockserver.records.settings import RECORD_MODES, REPLAYS, check_choice

NOTHING: Mapping[str, Any] = {}
_MATCH_KEYS = ("ignore", "volatile")


class CassetteWords(TypedDict, total=False):
    """How a cassette is recorded and replayed.

    Args:
        mode: ``none`` (the default) replays; ``once`` records when there is no file; ``new_episodes`` records what is
            not in it; ``all`` records all anew; ``auto`` is ``new_episodes``, and ``none`` where ``CI`` is set.
        replay: ``content``, ``paced`` or ``exact``; by default what the server, or the file, says.
        match: keys of the file's ``match``, ``ignore`` and ``volatile``. Written with what is recorded, and holds
            over what the file says when it is replayed.
        redact: what to take out of what is recorded, besides secrets and what the server's settings name.
        upstream: the URL of the server to record; by default that of the server's settings.
        record_errors: whether to record what failed, too; by default as the server's settings say.
        test: names the test in which it is recorded.
    """

    mode: str
    replay: str
    match: Mapping[str, Any]
    redact: str | Sequence[str]
    upstream: str
    record_errors: bool
    test: str


def check_words(words: CassetteWords) -> CassetteWords:
    """The words, once they were found right.

    Raises:
        ValueError: a word is unknown, or has no such value.
    """
    for word in words:
        if word not in CassetteWords.__annotations__:
            raise ValueError(f"expected {', '.join(CassetteWords.__annotations__)}, got {show_value(word)}")
    check_choice("mode", RECORD_MODES, words.get("mode", NONE))
    if words.get("replay"):
        check_choice("replay", REPLAYS[1:], words["replay"])
    match = words.get("match", NOTHING)
    if not isinstance(match, Mapping) or not match.keys() <= {*_MATCH_KEYS}:
        raise ValueError(f"match: expected a mapping with {' or '.join(_MATCH_KEYS)}, got {show_value(match)}")
    for name, value in (*match.items(), ("redact", words.get("redact", ()))):
        if not isinstance(value, str | list | tuple) or not all(isinstance(part, str) for part in value):
            raise ValueError(f"{name}: expected a text or a list of texts, got {show_value(value)}")
    for part in as_tuple(match.get("ignore", ())):
        check_choice("match: ignore", IGNORABLE, part)
    return words


def make_match(words: CassetteWords, redact: tuple[str, ...]) -> Match:
    """How requests match what is recorded now."""
    own = words.get("redact", ())
    given = {key: as_tuple(value) for key, value in words.get("match", NOTHING).items()}
    return Match(**given, redact=(*redact, *as_tuple(own)))


def check_patterns(match: Match) -> None:
    """Check what is looked for in texts, before anything is paid for.

    Raises:
        ValueError: a pattern is none.
    """
    make_rules(match.redact)
    for pattern in match.volatile:
        try:
            compile_volatile(pattern)
        except ValueError as error:  # noqa: PERF203  the message names the pattern
            raise ValueError(f"volatile: /{pattern}/ is no regular expression: {error}") from None


def as_tuple(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
