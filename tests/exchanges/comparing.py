"""What differs between two replays of the same exchanges, told so that people can read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .exchange import Answer, Headers, Seen

# So many characters are shown of either side, so many exchanges of a kind are named, and so many kinds told.
SHOWN, NAMED, KINDS = 160, 4, 40
# Of two bodies that differ, so many bytes before the place and behind it tell one kind of difference from another.
NEAR = (8, 16)


@dataclass(frozen=True)
class Difference:
    """One difference in one exchange. ``near`` is what stands right where two bodies begin to differ."""

    name: str
    what: str
    before: str
    after: str
    near: str = ""

    @property
    def kind(self) -> tuple[str, str]:
        """The same for differences that are most likely of one cause: numbers and ids do not matter."""
        return self.what, _blurred(self.near or f"{self.before} {self.after}")


# What differs, before and after, and perhaps what stands near.
Told = tuple[str, str, str] | tuple[str, str, str, str]


def differences(before: Mapping[str, Seen], after: Mapping[str, Seen]) -> list[Difference]:
    """All that differs, in the order of the exchanges."""
    found = []
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            found.append(Difference(name, "exchange", "-" if old is None else "had", "-" if new is None else "had"))
        elif old != new:
            found += [Difference(name, *told) for told in _told(old, new)]
    return found


def report(found: Iterable[Difference]) -> str:
    """Differences of one kind together, the commonest kind first."""
    kinds: dict[tuple[str, str], list[Difference]] = {}
    for each in found:
        kinds.setdefault(each.kind, []).append(each)
    ranked = sorted(kinds.values(), key=len, reverse=True)
    more = [f"and {len(ranked) - KINDS} more kinds"] if len(ranked) > KINDS else []
    return "\n".join([*(_paragraph(alike) for alike in ranked[:KINDS]), *more])


def _paragraph(alike: list[Difference]) -> str:
    first = alike[0]
    names = "; ".join(each.name for each in alike[:NAMED]) + ("; ..." if len(alike) > NAMED else "")
    count = f"{len(alike)} exchange{'s' * (len(alike) > 1)}"
    return f"{first.what}: {count}: {names}\n    before: {first.before}\n    after:  {first.after}"


def _told(old: Seen, new: Seen) -> Iterator[Told]:
    if old.trouble != new.trouble:
        yield "could not be sent", old.trouble, new.trouble
    if len(old.answers) != len(new.answers):
        yield "number of answers", _statuses(old), _statuses(new)
    for one, other in zip(old.answers, new.answers, strict=False):
        yield from _of_answer(one, other)


def _of_answer(old: Answer, new: Answer) -> Iterator[Told]:
    if old.status != new.status:
        # Hardly anything else can be the same.
        yield "status", _whole(old), _whole(new)
        return
    if old.headers != new.headers:
        yield from _of_headers(old.headers, new.headers)
    if old.body != new.body:
        yield _of_bodies(old.body, new.body)
    if old.end != new.end:
        yield "how it ended", f"{old.status}, {old.end}", f"{new.status}, {new.end}"


def _of_headers(old: Headers, new: Headers) -> Iterator[Told]:
    names, others = [name for name, _ in old], [name for name, _ in new]
    if sorted(names) != sorted(others):
        yield "headers", ", ".join(names), ", ".join(others)
    elif names != others:
        yield "header order", ", ".join(names), ", ".join(others)
    for name in dict.fromkeys(names):
        values, changed = ([value for key, value in pairs if key == name] for pairs in (old, new))
        if changed and values != changed:
            yield f"header {name}", ", ".join(values)[:SHOWN], ", ".join(changed)[:SHOWN]


def _of_bodies(old: bytes, new: bytes) -> Told:
    """The surroundings of the first byte that differs."""
    size = min(len(old), len(new))
    place = next((index for index in range(size) if old[index] != new[index]), size)
    start = max(0, place - SHOWN // 4)
    near = [body[max(0, place - NEAR[0]) : place + NEAR[1]] for body in (old, new)]
    return "body", _excerpt(old, start), _excerpt(new, start), repr(near)


def _excerpt(body: bytes, start: int) -> str:
    part = body[start : start + SHOWN]
    return ("..." if start else "") + repr(part)[2:-1] + ("..." if start + SHOWN < len(body) else "")


def _statuses(seen: Seen) -> str:
    return ", ".join(f"{answer.status} {answer.end}" for answer in seen.answers)


def _whole(answer: Answer) -> str:
    return f"{answer.status} {_excerpt(answer.body, 0)} ({answer.end})"


def _blurred(text: str) -> str:
    return re.sub(r"[\w+/=-]{12,}|\d+", "_", text)
