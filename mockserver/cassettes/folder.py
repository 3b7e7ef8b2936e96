"""A folder of cassettes that exchanges are recorded into, a file for each conversation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from mockserver.cassettes.conversations import Conversations
from mockserver.cassettes.drafts import Draft
from mockserver.cassettes.naming import make_digest, make_slug
from mockserver.endpoints.parts import Parts
from mockserver.recordings.cassette import Match
from mockserver.recordings.redacting import make_rules, redact
from mockserver.records.exchanges import RecordedExchange

# Where what belongs to no conversation goes: lists of models, files, batches.
API = "api"
_CONVERSATION = "conversation"


class CassetteFolder:
    """Writes each exchange it is given, at once and whole: after each, the folder can be loaded.

    Threads may share it. Other processes may write into the same folder, but not into the same files.

    Args:
        folder: the folder; it is made when the first exchange comes.
        parts: those of a server, whose engine proves the words of the answers.
        upstream: the address that is recorded.
        match: how requests are held against recorded ones.
        file: the one file for all exchanges, such as that of a test; None: one for each conversation.
        replaces: whether files that are there are written anew, instead of being added to.
        secrets: what is known to be secret, such as the headers that are sent to the upstream.
    """

    def __init__(
        self,
        folder: Path,
        parts: Parts,
        *,
        upstream: str = "",
        match: Match | None = None,
        file: Path | None = None,
        replaces: bool = False,
        secrets: Iterable[str] = (),
    ) -> None:
        self.folder = Path(folder)
        self.parts = parts
        self.upstream = upstream
        self.match = match or Match()
        self.file = file
        self.replaces = replaces
        self._secrets = tuple(secrets)
        self._rules = make_rules(self.match.redact)
        self.conversations = Conversations(self.match)
        self._drafts: dict[str, Draft] = {}
        self._lock = Lock()

    def keep(self, exchange: RecordedExchange) -> Path:
        """Write an exchange. Returns the scenario file that it is in.

        Raises:
            OSError: a file cannot be written.
        """
        with self._lock:
            exchange = redact(exchange, self._rules, self._secrets)
            draft = self._find_draft(exchange)
            draft.add(exchange)
            draft.write()
            return draft.path

    def _find_draft(self, exchange: RecordedExchange) -> Draft:
        if self.file is not None:
            return self._open(self.file)
        name = self.conversations.find(exchange)
        if name is None:
            name = self._choose_name(exchange)
        self.conversations.add(exchange, name)
        return self._open(self.folder / f"{name}.yaml")

    def _choose_name(self, exchange: RecordedExchange) -> str:
        """A name for a new conversation, that no other has: the same in each run that begins in an empty folder."""
        text = self.conversations.read_title(exchange)
        if text is None:
            return API
        name = make_slug(text) or _CONVERSATION
        taken = {API, *self._drafts, *(path.stem for path in self.folder.glob("*.yaml"))}
        if name not in taken:
            return name
        name = f"{name}-{make_digest(exchange.request.body)}"
        number = 2
        while (numbered := name if number == 2 else f"{name}-{number}") in taken:
            number += 1
        return numbered

    def _open(self, path: Path) -> Draft:
        name = path.stem
        if name not in self._drafts:
            draft = Draft(path, self.parts, upstream=self.upstream, match=self.match, secrets=self._secrets)
            if path.exists() and not self.replaces:
                draft.keep_earlier(path.read_bytes())
            self._drafts[name] = draft
        return self._drafts[name]
