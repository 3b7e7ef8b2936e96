"""``mockserver drift PATHS``: asks the upstream of cassettes again, and says where its answers have changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mockserver.cassettes.drift.asking import Asker
from mockserver.cassettes.drift.differences import Difference
from mockserver.cassettes.drift.drifting import Checked, check_age, check_drift
from mockserver.cli.drift_reports import find_status, format_json, format_text, make_junit, show_parts, summarize
from mockserver.cli.output import tell, tell_error
from mockserver.cli.reporting import write_xml
from mockserver.recordings.cassette import Cassette
from mockserver.recordings.clients import NoClientError
from mockserver.recordings.recorder import Upstream
from mockserver.recordings.upstreams import check_client, make_upstream
from mockserver.records.errors import ScenarioError
from mockserver.records.masks import HIDDEN, mask_text, show_line
from mockserver.records.terminal import escape_text
from mockserver.scenarios.cassette_files import find_cassettes

# Characters of a key.
_LEAST = 8
# A difference that an earlier report tells: its file and exchange, and what it is.
Known = tuple[str, int, str, str, str, str]


class Options(Struct, frozen=True):
    """What the command was given: where to ask, the most seconds of age, and how to report. ``baseline`` is an earlier
    report of ``--json``, whose differences are known.
    """

    upstream: str = ""
    max_age: float | None = None
    as_json: bool = False
    junit: Path | None = None
    baseline: Path | None = None


def drift_cassettes(
    paths: Sequence[Path],
    options: Options,
    environ: Mapping[str, str] = os.environ,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Ask again what cassettes hold, and print what differs; return the exit status.

    That is 0 when all answers have the shape of the recorded ones, 1 when one has not, or a cassette is too old, and
    2 when nothing drifted, but something could not be checked, or there was nothing to check.
    """
    try:
        check_client()
        cassettes = find_cassettes(paths)
        upstream = make_upstream(options.upstream, environ)
        known = _read_baseline(options.baseline)
        asker = Asker(upstream, sleep)
    except ScenarioError as error:
        for problem in error.problems:
            tell_error(show_line(f"mockserver: {problem}"))
        return 2
    except (ValueError, OSError, NoClientError) as error:
        tell_error(show_line(f"mockserver: {error}"))
        return 2
    if not cassettes:
        tell_error("mockserver: there is no cassette in these files and folders.")
        return 2
    shown = (_clean(each, upstream) for each in _check(cassettes, asker, options.max_age))
    results = [_leave_known(each, known) for each in shown]
    is_told = tell(escape_text(format_json(results, upstream) if options.as_json else format_text(results)))
    is_written = options.junit is None or write_xml(options.junit, make_junit(results))
    tell_error(summarize(results))
    return find_status(results) or (0 if is_told and is_written else 2)


def _check(cassettes: Sequence[Cassette], asker: Asker, max_age: float | None) -> Iterator[Checked]:
    if max_age is not None:
        yield from check_age(cassettes, max_age, time.time())
    with asker:
        yield from check_drift(cassettes, asker.ask)


def _read_baseline(path: Path | None) -> frozenset[Known]:
    if path is None:
        return frozenset()
    try:
        report = json.loads(path.read_bytes())
        return frozenset(
            (row["file"], row["id"], *_identify(*(each[name] for name in ("kind", "place", "was", "now"))))
            for row in report["exchanges"]
            for each in row["differences"]
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"--baseline: {path} is no report that drift --json has written") from error


def _identify(kind: str, place: str, was: str, now: str) -> tuple[str, str, str, str]:
    # The message of an error may be another one each time.
    return kind, place, was, now.partition(": ")[0]


def _leave_known(checked: Checked, known: frozenset[Known]) -> Checked:
    where = checked.file, checked.id
    new = (each for each in checked.differences if (*where, *_identify(*show_parts(each))) not in known)
    return replace(checked, differences=tuple(new))


def _clean(checked: Checked, upstream: Upstream) -> Checked:
    """A result without the key of the upstream, and without what looks like a secret: upstreams may repeat them."""
    secrets = [value.removeprefix("Bearer ") for _, value in upstream.headers]

    def show(text: str) -> str:
        for secret in secrets:
            # A shorter one is no secret, and part of many words.
            text = text.replace(secret, HIDDEN) if len(secret) >= _LEAST else text
        return mask_text(text)

    differences = (Difference(each.kind, *map(show, (each.place, each.was, each.now))) for each in checked.differences)
    return replace(checked, name=show(checked.name), differences=tuple(differences), reason=show(checked.reason))
