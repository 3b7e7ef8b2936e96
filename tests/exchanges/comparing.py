"""Compares two replays of the same exchanges, and reports the differences for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .exchange import Answer, Headers, Outcome

# The most characters shown of a side, exchanges named of a kind, and kinds reported.
SHOWN, NAMED, KINDS = 160, 4, 40
# The bytes before and after the place where two bodies differ that decide of which kind the difference is.
NEAR = (8, 16)


@dataclass(frozen=True)
class Difference:
    """One difference in one exchange. ``near`` holds the bytes around the place where two bodies begin to differ."""

    name: str
    what: str
    before: str
    after: str
    near: str = ""

    @property
    def kind(self) -> tuple[str, str]:
        """Equal for differences that most likely have one cause: numbers and ids are ignored."""
        return self.what, _blur(self.near or f"{self.before} {self.after}")


# The fields of a difference: what, before, after, and perhaps near.
Row = tuple[str, str, str] | tuple[str, str, str, str]


def compare(before: Mapping[str, Outcome], after: Mapping[str, Outcome]) -> list[Difference]:
    """All differences, in the order of the exchanges."""
    found = []
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            found.append(Difference(name, "exchange", "-" if old is None else "had", "-" if new is None else "had"))
        elif old != new:
            found += [Difference(name, *row) for row in _compare(old, new)]
    return found


def report(found: Iterable[Difference]) -> str:
    """A report of the differences, those of one kind together, the commonest kind first."""
    kinds: dict[tuple[str, str], list[Difference]] = {}
    for each in found:
        kinds.setdefault(each.kind, []).append(each)
    ranked = sorted(kinds.values(), key=len, reverse=True)
    more = [f"and {len(ranked) - KINDS} more kinds"] if len(ranked) > KINDS else []
    return "\n".join([*(_make_paragraph(alike) for alike in ranked[:KINDS]), *more])


def _make_paragraph(alike: list[Difference]) -> str:
    first = alike[0]
    names = "; ".join(each.name for each in alike[:NAMED]) + ("; ..." if len(alike) > NAMED else "")
    count = f"{len(alike)} exchange{'s' * (len(alike) > 1)}"
    return f"{first.what}: {count}: {names}\n    before: {first.before}\n    after:  {first.after}"


def _compare(old: Outcome, new: Outcome) -> Iterator[Row]:
    if old.trouble != new.trouble:
        yield "could not be sent", old.trouble, new.trouble
    if len(old.answers) != len(new.answers):
        yield "number of answers", _list_statuses(old), _list_statuses(new)
    for one, other in zip(old.answers, new.answers, strict=False):
        yield from _compare_answers(one, other)


def _compare_answers(old: Answer, new: Answer) -> Iterator[Row]:
    if old.status != new.status:
        # With another status, everything else differs too.
        yield "status", _show_answer(old), _show_answer(new)
        return
    if old.headers != new.headers:
        yield from _compare_headers(old.headers, new.headers)
    if old.body != new.body:
        yield _compare_bodies(old.body, new.body)
    if old.end != new.end:
        yield "how it ended", f"{old.status}, {old.end}", f"{new.status}, {new.end}"


def _compare_headers(old: Headers, new: Headers) -> Iterator[Row]:
    names, others = [name for name, _ in old], [name for name, _ in new]
    if sorted(names) != sorted(others):
        yield "headers", ", ".join(names), ", ".join(others)
    elif names != others:
        yield "header order", ", ".join(names), ", ".join(others)
    for name in dict.fromkeys(names):
        values, changed = ([value for key, value in pairs if key == name] for pairs in (old, new))
        if changed and values != changed:
            yield f"header {name}", ", ".join(values)[:SHOWN], ", ".join(changed)[:SHOWN]


def _compare_bodies(old: bytes, new: bytes) -> Row:
    """The surroundings of the first byte that differs."""
    size = min(len(old), len(new))
    place = next((index for index in range(size) if old[index] != new[index]), size)
    start = max(0, place - SHOWN // 4)
    near = [body[max(0, place - NEAR[0]) : place + NEAR[1]] for body in (old, new)]
    return "body", _excerpt(old, start), _excerpt(new, start), repr(near)


def _excerpt(body: bytes, start: int) -> str:
    part = body[start : start + SHOWN]
    return ("..." if start else "") + repr(part)[2:-1] + ("..." if start + SHOWN < len(body) else "")


def _list_statuses(seen: Outcome) -> str:
    return ", ".join(f"{answer.status} {answer.end}" for answer in seen.answers)


def _show_answer(answer: Answer) -> str:
    return f"{answer.status} {_excerpt(answer.body, 0)} ({answer.end})"


def _blur(text: str) -> str:
    return re.sub(r"[\w+/=-]{12,}|\d+", "_", text)
