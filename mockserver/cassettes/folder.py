"""A folder of cassettes that exchanges are recorded into, a file for each conversation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from mockserver.cassettes.conversations import Conversations
from mockserver.cassettes.drafts import Draft
from mockserver.cassettes.naming import make_digest, make_slug
from mockserver.endpoints.parts import Parts
from mockserver.recordings import side_file
from mockserver.recordings.cassette import Match
from mockserver.recordings.redacting import make_rules, redact
from mockserver.records.exchanges import RecordedExchange

# Where what belongs to no conversation goes: lists of models, files, batches.
API = "api"
_CONVERSATION = "conversation"
_MOST_NAMES = 100_000


class CassetteFolder:
    """Writes each exchange it is given, at once and whole: after each, the folder can be loaded.

    Threads may share it. Other processes may write into the same folder: each into files of its own, but for those
    that were there before, to which the first of them adds.

    Args:
        folder: the folder; it is made when the first exchange comes.
        parts: those of a server, whose engine proves the words of the answers.
        upstream: the address that is recorded.
        match: how requests are held against recorded ones.
        file: the one file for all exchanges, such as that of a test; None: one for each conversation.
        replaces: whether files that are there are written anew, instead of being added to. Those of conversations that
            do not come again stay as they are.
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
        self._reserved: set[str] = set()
        self._is_known = False
        self._lock = Lock()

    def keep(self, exchange: RecordedExchange) -> Path:
        """Write an exchange. Returns the scenario file that it is in.

        Raises:
            OSError: a file cannot be written.
        """
        with self._lock:
            exchange = redact(exchange, self._rules, self._secrets)
            draft = self._find_draft(exchange)
            try:
                draft.add(exchange)
                draft.write()
            except Exception:
                self._remove_empty(draft)
                raise
            return draft.path

    def _find_draft(self, exchange: RecordedExchange) -> Draft:
        if self.file is not None:
            return self._open(self.file)
        self._recall()
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
        digest = make_digest(exchange.request.body)
        names = (name, f"{name}-{digest}", *(f"{name}-{digest}-{number}" for number in range(2, _MOST_NAMES)))
        return next(each for each in names if each != API and self._is_free(each))

    def _is_free(self, name: str) -> bool:
        """Whether no conversation has a name; it is taken then, for other processes too."""
        if name in self._drafts:
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            (self.folder / f"{name}.yaml").touch(exist_ok=False)
        except FileExistsError:
            return False
        self._reserved.add(name)
        return True

    def _remove_empty(self, draft: Draft) -> None:
        """Leave no file that holds the place of a conversation and nothing else."""
        if draft.path.stem in self._reserved and draft.path.exists() and not draft.path.stat().st_size:
            draft.path.unlink()

    def _recall(self) -> None:
        """Know the conversations that are in the folder already; what cannot be read is none of them."""
        if self._is_known:
            return
        self._is_known = True
        for path in sorted(self.folder.glob(f"*{side_file.SUFFIX}")):
            try:
                exchanges = side_file.read(path.read_bytes(), side_file.Files(self.folder))
            except (OSError, ValueError):
                continue
            for exchange in exchanges.values():
                self.conversations.add(exchange, path.name.removesuffix(side_file.SUFFIX))

    def _open(self, path: Path) -> Draft:
        name = path.stem
        if name not in self._drafts:
            draft = Draft(path, self.parts, upstream=self.upstream, match=self.match)
            if self.file is None and name == API:
                self._is_free(name)
            if path.exists() and not self.replaces and name not in self._reserved:
                draft.keep_earlier(path.read_bytes())
            self._drafts[name] = draft
        return self._drafts[name]
