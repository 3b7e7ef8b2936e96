"""The forms of answers on the chat wire: what differs between the makers of it, as data.

openai    the types of the official SDK 3.57 and OpenAI's reference; ``reasoning_content``, which neither has, as others
          with OpenAI's format give it, DeepSeek first
new-api   its source code of 2026, with Claude behind it
one-api   its source code of 2025, with Claude behind it

None was compared with a running server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

# Why an answer ended, by the stop reason of the message. What stands in no table is "stop" in OpenAI's form, which has
# no other word, and passes through in those of gateways.
OPENAI_FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
NEW_API_FINISH = {key: OPENAI_FINISH[key] for key in OPENAI_FINISH if key != "model_context_window_exceeded"}
ONE_API_FINISH = {key: NEW_API_FINISH[key] for key in NEW_API_FINISH if key != "refusal"}
TIERS = {"standard": "default", "priority": "priority"}


class Form(Struct, frozen=True, eq=False, kw_only=True):
    """How a maker writes answers.

    Keys in their order, with the values that are always the same:

        whole          a whole answer
        choice         one of its choices
        message        what its message has besides what the answer says
        chunk          a chunk of a stream
        part           a choice of a chunk
        first          the first delta of a stream; None: there is none
        empty          a delta for events that the wire has no words for, where it is sent for them
        role           what is put into every delta

    Names:

        id_prefix      stands before the id of a message, whose own prefix is left out where ``cuts_id``
        call_prefix    stands in place of ``toolu_``; "": it stays
        asked_model    a whole answer names the model as it was asked for
        finish         the finish reasons by stop reason; of all others ``other_finish``, None: as they are
        unfinished     the finish reason of all deltas but the last
        tiers          the service tiers; None: it tells none

    What is said:

        texts          which texts a whole answer has: ``all`` joined, the ``last``, or that of the ``first`` block
        thoughts       the same of thoughts; "": none, in streams neither
        null_content   calls of tools alone have null in place of a text
        echoes         the events of a message's stream for which a delta is sent, even where it is empty
        signature      the thought that stands in a stream for a signature; "": none
        sorts_input    the keys of a tool's input are sorted in a whole answer, and what was cut off is closed
        call_index     the index of a call in a stream: its number (``count``), that of its block less one (``block``);
                       "": it has none
        call_type      each delta of a call has its type
        empty_input    where a stream brings the input ``{}``: when its block ends (``stop``), with the finish reason
                       where it is the last one (``finish``); "": nowhere
        any_input      a stream brings the inputs of server tools, too
        usage          the name of its counts in ``usage.USAGES``
        streams_usage  a chunk with the counts follows where ``include_usage`` asks for it
        null_usage     when the other chunks have null in its place: ``wanted`` with it, or ``always``; "": never
    """

    whole: Mapping[str, Any]
    choice: Mapping[str, Any]
    chunk: Mapping[str, Any]
    part: Mapping[str, Any]
    finish: Mapping[str, str]
    message: Mapping[str, Any] = {}
    first: Mapping[str, Any] | None = None
    empty: Mapping[str, Any] = {}
    role: Mapping[str, Any] = {}
    id_prefix: str = ""
    cuts_id: bool = False
    call_prefix: str = ""
    asked_model: bool = False
    other_finish: str | None = None
    unfinished: str | None = None
    tiers: Mapping[str, str] | None = None
    texts: str = "all"
    thoughts: str = "all"
    null_content: bool = False
    echoes: frozenset[str] = frozenset()
    signature: str = ""
    sorts_input: bool = True
    call_index: str = "count"
    call_type: bool = False
    empty_input: str = ""
    any_input: bool = True
    usage: str = "openai"
    streams_usage: bool = True
    null_usage: str = ""

    def name_message(self, given: Any) -> Any:
        """The id of an answer by that of its message."""
        if not self.id_prefix or not isinstance(given, str):
            return given
        return self.id_prefix + (given.removeprefix("msg_") if self.cuts_id else given)

    def name_call(self, given: Any) -> Any:
        """The id of a call by that of a use of a tool."""
        if not self.call_prefix or not isinstance(given, str) or not given.startswith("toolu_"):
            return given
        return self.call_prefix + given[6:]

    def name_finish(self, reason: Any) -> Any:
        """Why the answer ended; None where the message does not say it."""
        if not isinstance(reason, str):
            return None
        return self.finish.get(reason, self.other_finish or reason)


_GATEWAY_WHOLE = {"id": "", "model": "", "object": "chat.completion", "created": 0, "choices": [], "usage": None}
_GATEWAY_CHOICE = {"index": 0, "message": {}, "finish_reason": None}
_WHOLE = {"id": "", "object": "chat.completion", "created": 0, "model": ""}
_CHUNK = {"id": "", "object": "chat.completion.chunk", "created": 0, "model": ""}

FORMS: Mapping[str, Form] = {
    "openai": Form(
        whole={
            **_WHOLE,
            "choices": [],
            "usage": None,
            "service_tier": None,
            "system_fingerprint": None,
        },
        choice={"index": 0, "message": {}, "logprobs": None, "finish_reason": None},
        message={"refusal": None, "annotations": []},
        chunk={**_CHUNK, "service_tier": None, "system_fingerprint": None, "choices": []},
        part={"index": 0, "delta": {}, "logprobs": None, "finish_reason": None},
        first={"role": "assistant", "content": "", "refusal": None},
        id_prefix="chatcmpl-",
        cuts_id=True,
        call_prefix="call_",
        null_content=True,
        empty_input="stop",
        sorts_input=False,
        any_input=False,
        finish=OPENAI_FINISH,
        other_finish="stop",
        null_usage="wanted",
        tiers=TIERS,
    ),
    "new-api": Form(
        whole=_GATEWAY_WHOLE,
        choice=_GATEWAY_CHOICE,
        chunk={**_CHUNK, "system_fingerprint": None, "choices": []},
        part={"delta": {}, "logprobs": None, "finish_reason": None, "index": 0},
        first={"content": "", "role": "assistant"},
        echoes=frozenset({"content_block_start", "content_block_delta"}),
        texts="last",
        thoughts="last",
        signature="\n",
        call_index="block",
        call_type=True,
        finish=NEW_API_FINISH,
        usage="new-api",
        null_usage="always",
    ),
    "one-api": Form(
        whole=_GATEWAY_WHOLE,
        choice=_GATEWAY_CHOICE,
        chunk={**_CHUNK, "choices": []},
        part={"index": 0, "delta": {}, "finish_reason": None},
        empty={"content": ""},
        echoes=frozenset(
            {"content_block_start", "content_block_delta", "content_block_stop", "ping", "message_stop"},
        ),
        role={"role": "assistant"},
        id_prefix="chatcmpl-",
        asked_model=True,
        texts="first",
        thoughts="",
        call_index="",
        empty_input="finish",
        finish=ONE_API_FINISH,
        unfinished="",
        usage="one-api",
        streams_usage=False,
    ),
}
