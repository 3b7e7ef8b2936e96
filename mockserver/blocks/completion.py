"""The state of one answer while its blocks are completed: ids handed out, and server tools waiting for their result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

from msgspec import Struct, field

from mockserver.blocks.citable import CITABLE, find_citable, find_pages
from mockserver.records.files import MadeFile
from mockserver.records.prompt import Prompt, blocks_of
from mockserver.records.reply import Block
from mockserver.reference import ids, signing
from mockserver.reference.catalog import Model
from mockserver.reference.signing import Signer

DIRECT: Mapping[str, Any] = {"type": "direct"}
# How a scenario says that code calls a tool.
BY_CODE = "code_execution"
# The caller's type where neither the tool nor the request's own code execution says it.
CODE = "code_execution_20260120"


class ToolUse(Struct, frozen=True):
    """A tool in use, whose result has not come yet."""

    name: str
    id: Any
    caller: Mapping[str, Any]


class Completion(Struct, eq=False, dict=True):
    """The surroundings of the blocks of one answer.

    ``display`` says how thoughts are shown, ``tick`` is the time of the call on the virtual clock, in milliseconds.
    ``count`` says how many ids were handed out, ``waiting`` holds the server tools in use whose result has not come
    yet, ``left`` those that the answer before left open, ``found`` the results of the web tools, ``files`` those that
    code made.
    """

    prompt: Prompt
    model: Model
    signer: Signer
    seed: int
    display: str
    tick: int = 0
    count: int = 0
    waiting: list[ToolUse] = field(default_factory=list)
    left: list[ToolUse] = field(default_factory=list)
    found: list[Block] = field(default_factory=list)
    files: list[MadeFile] = field(default_factory=list)

    @cached_property
    def prefix(self) -> bytes:
        """The digest that models which bind their thoughts sign besides the thought; empty for all others."""
        prompt = self.prompt
        if not self.model.prefix_bound:
            return b""
        return signing.prefix_digest({**prompt.body, "messages": prompt.messages}, len(prompt.messages))

    @cached_property
    def summary_prefix(self) -> bytes:
        """The digest that a model which binds its thoughts signs besides a summary; empty for all others."""
        prompt = self.prompt
        if not self.model.prefix_bound:
            return b""
        return self.signer.seal_conversation({**prompt.body, "messages": prompt.messages})

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """The tools offered, in the request or on the way."""
        return self.prompt.offered

    @cached_property
    def _given(self) -> tuple[Block, ...]:
        """The blocks of the conversation."""
        return tuple(chain.from_iterable(map(blocks_of, self.prompt.messages)))

    @cached_property
    def _citable(self) -> Mapping[str, Sequence[Block]]:
        """The documents and search results of the conversation, each kind by its numbers."""
        found = [*find_citable(self._given)]
        return {kind: [block for block in found if block["type"] == kind] for kind in CITABLE}

    @cached_property
    def _pages(self) -> Mapping[str, str | None]:
        """The titles of the pages that web searches of the conversation found, the last of each address."""
        return {page["url"]: _read_title(page) for page in find_pages(self._given)}

    def describe_document(self, index: Any) -> dict[str, Any]:
        """The title of the document with this number, None if it has none, and its id where it is a file.

        Those of the conversation come first, then fetched ones.
        """
        documents = self._list_documents()
        if type(index) is not int or not 0 <= index < len(documents):
            return {"document_title": None}
        source = documents[index].get("source")
        file_id = source.get("file_id") if isinstance(source, Mapping) else None
        title = {"document_title": _read_title(documents[index])}
        return title if file_id is None else {**title, "file_id": file_id}

    def find_quote(self, text: Any, index: Any) -> dict[str, int]:
        """The place of a text in the document with this number, or in the first that holds it; none if none does."""
        for number, document in enumerate(self._list_documents() if text and isinstance(text, str) else ()):
            start = _read_text(document).find(text) if index in (None, number) else -1
            if start >= 0:
                return {"document_index": number, "start_char_index": start, "end_char_index": start + len(text)}
        return {}

    def _list_documents(self) -> Sequence[Block]:
        """The documents in the order of their numbers."""
        return (*self._citable["document"], *find_citable(self.found))

    def find_result(self, index: Any, source: Any) -> str | None:
        """The title of the given search result with this number if it is from ``source``, else of the first such."""
        given = self._citable["search_result"]
        numbered = given[index : index + 1] if type(index) is int and index >= 0 else ()
        return next((_read_title(each) for each in (*numbered, *given) if each.get("source") == source), None)

    def find_page(self, url: Any) -> str | None:
        """The title of the page at ``url`` that a web search found: in this answer, else before it."""
        now = {page["url"]: _read_title(page) for page in find_pages(self.found)}
        return {**self._pages, **now}.get(url) if isinstance(url, str) else None

    def next_id(self, prefix: str) -> str:
        """The next id of this answer."""
        self.count += 1
        return ids.make(prefix, self.seed, self.count)

    def add_file(self, file_id: str, filename: str, content: bytes, mime_type: str) -> str:
        """Note a file that the answer makes; returns its id, a new one unless one is given."""
        self.count += 1
        file_id = file_id or ids.make_timed("file", self.tick, self.seed ^ self.count << 40)
        self.files.append(MadeFile(file_id, filename, content, mime_type))
        return file_id

    def find_caller(self, name: str, default: tuple[str, ...] = ()) -> Mapping[str, Any]:
        """The caller of the tool ``name``: the code that still runs, where the tool lets it; else the model.

        ``default`` holds the callers of a tool that does not list any.
        """
        code = self._find_code()
        kind = find_code_caller(name, self.tools, default) if code is not None else None
        return {"type": kind, "tool_id": code} if kind else DIRECT

    def find_running_code(self, name: str) -> Mapping[str, Any]:
        """The code that still runs, as the caller of the tool ``name``, whether the tool lets it or not."""
        code = self._find_code()
        kinds = (str(tool.get("type")) for tool in self.tools)
        kind = next((each for each in kinds if each.startswith("code_execution_")), CODE)
        return (
            DIRECT if code is None else {"type": find_code_caller(name, self.tools, (kind,)) or kind, "tool_id": code}
        )

    def _find_code(self) -> Any:
        return next((use.id for use in chain(self.waiting, self.left) if use.name == "code_execution"), None)

    def take_use(self, stem: str, use_id: str | None) -> ToolUse:
        """The use that a result answers: by its id, else the first waiting one whose name begins with ``stem``.

        When none waits, one that was left open; without such the result gets a use of its own.
        """
        for uses in (self.waiting, self.left):
            for index, use in enumerate(uses):
                if use.id == use_id if use_id else use.name.startswith(stem):
                    return uses.pop(index)
        return ToolUse(stem, use_id or self.next_id("mcptoolu" if stem == "mcp" else "srvtoolu"), DIRECT)


def _read_title(block: Block) -> str | None:
    title = block.get("title")
    return title if isinstance(title, str) else None


def _read_text(document: Block) -> str:
    """The text of a document that is one; empty for others."""
    source = document.get("source")
    data = source.get("data") if isinstance(source, Mapping) and source.get("type") == "text" else None
    return data if isinstance(data, str) else ""


def arrange(block: Block, order: tuple[str, ...]) -> Block:
    """The block with its keys in the order of the wire; keys that a script adds come last."""
    first = {key: block[key] for key in order if key in block}
    return first if len(first) == len(block) else {**first, **block}


def find_code_caller(name: str, tools: Sequence[Mapping[str, Any]], default: Sequence[str] = ()) -> str | None:
    """The type of code that may call the tool ``name``; ``default`` holds the callers of one that lists none."""
    listed = next((tool.get("allowed_callers") for tool in tools if tool.get("name") == name), None)
    return next((each for each in listed or default if each != "direct"), None)


def allows_code(name: str, tools: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the tool ``name`` says that code may call it."""
    return find_code_caller(name, tools) is not None
