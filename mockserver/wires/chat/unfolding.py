"""A message, unfolded into the chunks of a stream: those events of its own stream that the wire has words for.

So the deltas have the sizes that they have in the Messages format, and both wires pace alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.reply import Reply
from mockserver.wires.chat.deltas import Delta, Translator
from mockserver.wires.chat.events import DONE, END, Chunk
from mockserver.wires.chat.forms import Form
from mockserver.wires.chat.usage import USAGES
from mockserver.wires.chat.writing import calls_alone, count_choices, head
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.unfolding import Run, find_parts

# Where the choices of a chunk stand. Within a text the quotes would be written otherwise.
NO_CHOICES = b'"choices":[]'
NO_DELTA = b'"delta":{}'

Parts = Sequence[Event | Run]


class Unfolder(Struct, frozen=True):
    """Unfolds messages in a form."""

    form: Form

    def unfold(self, reply: Reply) -> tuple[Chunk, ...]:
        """The chunks of a reply, choice after choice, then the mark of the end.

        ``reply.form`` has ``created``, ``n`` and ``include_usage``, see ``reading``.
        """
        shell, parts = self._make_shell(reply), _find_parts(reply)
        chunks = [
            Chunk({**shell, "choices": [_place(self.form, index, delta)]}, event.weight, delta.opened_block)
            for index in range(count_choices(reply))
            for event, delta in self._translate(reply, parts)
        ]
        usage = self._count(reply)
        return (*chunks, *([Chunk({**shell, "usage": usage})] if usage else ()), DONE)

    def stream(self, reply: Reply) -> tuple[bytes, int]:
        """The same as bytes, and how many events they are."""
        shell, parts = self._make_shell(reply), _find_parts(reply)
        before, _, after = orjson.dumps(shell).partition(NO_CHOICES)
        before, after = b'data: %b"choices":[' % before, b"]%b\n\n" % after
        written = [
            choice for index in range(count_choices(reply)) for choice in self._write_choices(index, reply, parts)
        ]
        usage = self._count(reply)
        counted = b"data: %b\n\n" % orjson.dumps({**shell, "usage": usage}) if usage else b""
        data = b"".join((before, (after + before).join(written), after, counted, END))
        return data, len(written) + (2 if usage else 1)

    def _write_choices(self, index: int, reply: Reply, parts: Parts) -> list[bytes]:
        """The bytes of a choice in each chunk."""
        form, translator, written = self.form, Translator(self.form, self._find_first(reply)), list[bytes]()
        before, after = _write_around(form, index, form.unfinished)
        for part in parts:
            if isinstance(part, Run):
                written += _write_run(form, index, part)
            elif part.data["type"] == "message_delta":
                written += [_write(form, index, delta)] if (delta := translator.translate(part)) else []
            elif (fields := translator.say(part.data)) is not None:
                written.append(before + orjson.dumps(fields) + after)
        return written

    def _make_shell(self, reply: Reply) -> dict[str, Any]:
        """What all chunks have."""
        shell, null_usage = {**self.form.chunk, **head(reply, self.form)}, self.form.null_usage
        if null_usage == "always" or (null_usage and reply.form.get("include_usage")):
            shell["usage"] = None
        return shell

    def _find_first(self, reply: Reply) -> Mapping[str, Any] | None:
        """The first delta, which has no text where tools alone are called."""
        if self.form.null_content and calls_alone(reply.message.get("content") or ()):
            return {**(self.form.first or {}), "content": None}
        return self.form.first

    def _translate(self, reply: Reply, parts: Parts) -> Iterator[tuple[Event, Delta]]:
        translator = Translator(self.form, self._find_first(reply))
        events = [event for part in parts for event in (part.events if isinstance(part, Run) else (part,))]
        return ((event, delta) for event in events if (delta := translator.translate(event)) is not None)

    def _count(self, reply: Reply) -> dict[str, Any] | None:
        if not (self.form.streams_usage and reply.form.get("include_usage")):
            return None
        return USAGES[self.form.usage](reply.message.get("usage") or {}, count_choices(reply))


@lru_cache(maxsize=512)
def _write_run(form: Form, index: int, run: Run) -> tuple[bytes, ...]:
    """The choices of a run, made once: scripted texts are sent again and again."""
    translator = Translator(form)
    deltas = [delta for event in run.events if (delta := translator.translate(event)) is not None]
    return tuple([_write(form, index, delta) for delta in deltas])


def _find_parts(reply: Reply) -> Parts:
    """The events of the message's own stream, as each choice has them; recorded pings say nothing here."""
    return find_parts(reply if reply.pings is None else replace(reply, pings=None), count_choices(reply))


def _write(form: Form, index: int, delta: Delta) -> bytes:
    """The bytes of a choice."""
    before, after = _write_around(form, index, delta.finish)
    return before + orjson.dumps(delta.fields) + after


@lru_cache(maxsize=256)
def _write_around(form: Form, index: int, finish: str | None) -> tuple[bytes, bytes]:
    """What stands around the delta of a choice."""
    before, _, after = orjson.dumps(_place(form, index, Delta({}, finish))).partition(NO_DELTA)
    return before + NO_DELTA[:-2], after


def _place(form: Form, index: int, delta: Delta) -> dict[str, Any]:
    return {**form.part, "index": index, "delta": delta.fields, "finish_reason": delta.finish}
