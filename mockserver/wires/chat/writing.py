"""A message, written as a chat completion."""

from __future__ import annotations

import orjson
from msgspec import Struct

from mockserver.records.reply import Reply
from mockserver.wires.chat.forms import Form


class Writer(Struct, frozen=True):
    """Writes completions in a form."""

    form: Form

    def write(self, reply: Reply) -> bytes:
        """The body of an answer. ``reply.form`` has ``created``, ``n`` and ``include_usage``, see ``reading``."""
        text = "".join([block["text"] for block in reply.message["content"] if block["type"] == "text"])
        message = {"role": "assistant", "content": text}
        choices = [{"index": index, "message": message} for index in range(reply.form.get("n", 1))]
        return orjson.dumps({"id": reply.message["id"], "object": "chat.completion", "choices": choices})
