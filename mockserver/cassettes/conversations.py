"""Which conversation an exchange belongs to: the one that its messages go on from, or whose ids it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

import orjson

from mockserver.cassettes.material import understand
from mockserver.recordings.cassette import Match
from mockserver.recordings.threads import previous_of
from mockserver.recordings.walking import Walk
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.prompt import blocks_of

# Ids that the API makes, and that later requests name.
_IDS = re.compile(rb"\b(?:msg|file|msgbatch|container|skill|prof)_[0-9A-Za-z_]{8,}\b")
# Clients put texts of their own into the user's, in tags such as <system-reminder>.
_OF_CLIENTS = re.compile(r"<([a-z][\w-]{0,40})>.*?</\1>", re.DOTALL)


class Conversations:
    """The conversations recorded so far, each by the name of its file.

    Args:
        match: what may differ in messages that are the same.
    """

    def __init__(self, match: Match) -> None:
        self._match = match
        # By the digest of a request's messages, in which a later one begins.
        self._by_messages: dict[bytes, str] = {}
        self._by_id: dict[bytes, str] = {}

    def find(self, exchange: RecordedExchange) -> str | None:
        """The conversation that an exchange belongs to; None: to none that is known."""
        material = understand(exchange)
        if material.is_prompt and (previous := previous_of(material.prompt.body)):
            # Its messages are the last of the thread's: many threads may go on with the same words.
            named = [previous.encode()]
        elif material.is_prompt:
            for digest in reversed([*_list_digests(material.prompt.messages, self._match)]):
                if digest in self._by_messages:
                    return self._by_messages[digest]
            named = []
        else:
            named = _IDS.findall(f"{exchange.request.path}?{exchange.request.query}".encode())
        return next((self._by_id[each] for each in named if each in self._by_id), None)

    def add(self, exchange: RecordedExchange, name: str) -> None:
        """Note that an exchange belongs to a conversation."""
        material = understand(exchange)
        is_whole = material.is_prompt and not previous_of(material.prompt.body)
        digests = [*_list_digests(material.prompt.messages, self._match)] if is_whole else []
        if digests:
            self._by_messages.setdefault(digests[-1], name)
        body = b"" if exchange.response.content else exchange.response.body
        for each in _IDS.findall(body):
            self._by_id.setdefault(each, name)

    def read_title(self, exchange: RecordedExchange) -> str | None:
        """The first text of the user in the conversation; None when the exchange is not part of one."""
        material = understand(exchange)
        if not material.is_prompt:
            return None
        for message in material.prompt.messages:
            texts = [str(block.get("text", "")) for block in blocks_of(message) if block.get("type") == "text"]
            if message.get("role") == "user" and (text := _OF_CLIENTS.sub("", " ".join(texts)).strip()):
                return text
        return ""


def _list_digests(messages: Iterable[Mapping[str, Any]], match: Match) -> Iterator[bytes]:
    """The digest of the first message, of the first two, and so on to all of them."""
    digest, walk = blake2b(digest_size=16), Walk(match, lambda form, _: form)
    for message in messages:
        value = walk.value([message.get("role"), [*blocks_of(message)]])
        digest.update(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))
        yield digest.digest()
