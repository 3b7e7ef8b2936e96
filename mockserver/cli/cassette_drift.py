"""``mockserver drift PATHS``: asks the upstream of cassettes again, and says where its answers have changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mockserver.cassettes.asking import Asker
from mockserver.cassettes.differences import Difference
from mockserver.cassettes.drifting import Checked, check_age, check_drift
from mockserver.cli.drift_reports import find_status, format_json, format_text, make_junit, show_parts, summarize
from mockserver.cli.output import tell, tell_error
from mockserver.cli.reporting import write_xml
from mockserver.recordings.cassette import Cassette
from mockserver.recordings.recorder import Upstream
from mockserver.recordings.upstreams import check_client, make_upstream
from mockserver.records.errors import ScenarioError
from mockserver.records.masks import HIDDEN, mask_text, show_line
from mockserver.records.terminal import escape_text
from mockserver.scenarios.cassette_files import find_cassettes

# Characters of a key.
_LEAST = 8
Key = tuple[str, int, str, str, str, str]


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
    except ScenarioError as error:
        for problem in error.problems:
            tell_error(show_line(f"mockserver: {problem}"))
        return 2
    except (ValueError, OSError) as error:
        tell_error(show_line(f"mockserver: {error}"))
        return 2
    if not cassettes:
        tell_error("mockserver: there is no cassette in these files and folders.")
        return 2
    results = [_leave_known(each, known) for each in _check(cassettes, upstream, options, sleep)]
    results = _Cleaner(upstream).clean(results)
    is_told = tell(escape_text(format_json(results, upstream) if options.as_json else format_text(results)))
    is_written = options.junit is None or write_xml(options.junit, make_junit(results))
    tell_error(summarize(results))
    return find_status(results) or (0 if is_told and is_written else 2)


def _check(
    cassettes: Sequence[Cassette], upstream: Upstream, options: Options, sleep: Callable[[float], None]
) -> Iterator[Checked]:
    if options.max_age is not None:
        yield from check_age(cassettes, options.max_age, time.time())
    with Asker(upstream, sleep) as asker:
        yield from check_drift(cassettes, asker.ask)


def _read_baseline(path: Path | None) -> frozenset[Key]:
    if path is None:
        return frozenset()
    try:
        report = json.loads(path.read_bytes())
        return frozenset(
            (row["file"], row["id"], *(each[name] for name in ("kind", "place", "was", "now")))
            for row in report["exchanges"]
            for each in row["differences"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"--baseline: {path} is no report that drift --json has written") from error


def _leave_known(checked: Checked, known: frozenset[Key]) -> Checked:
    if not known:
        return checked
    new = tuple(each for each in checked.differences if (checked.file, checked.id, *show_parts(each)) not in known)
    return replace(checked, differences=new)


class _Cleaner:
    """Takes the key of the upstream, and what looks like a secret, out of results: upstreams may repeat it."""

    def __init__(self, upstream: Upstream) -> None:
        values = [value.removeprefix("Bearer ") for _, value in upstream.headers]
        # A shorter one is no secret, and part of many words.
        self._secrets = [value for value in values if len(value) >= _LEAST]

    def clean(self, results: Iterable[Checked]) -> list[Checked]:
        return [
            replace(
                each,
                name=self._show(each.name),
                differences=tuple(map(self._clean, each.differences)),
                reason=self._show(each.reason),
            )
            for each in results
        ]

    def _clean(self, difference: Difference) -> Difference:
        return Difference(difference.kind, *map(self._show, (difference.place, difference.was, difference.now)))

    def _show(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return mask_text(text)
