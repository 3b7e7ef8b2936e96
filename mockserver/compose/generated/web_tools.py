"""The web tools in a generated reply: what a search finds, what a page says, and the text that cites them.

Newer web tools are called by code: their blocks stand inside those of a code execution (source: recorded 2026-04 to
2026-08, in both exchanges with tools of 2026).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import orjson

from mockserver.blocks.citable import find_citable
from mockserver.compose.generated import citations, texts
from mockserver.compose.generated.offered import Tool
from mockserver.compose.generated.task import ReplyTask
from mockserver.records.prompt import blocks_of, text_of
from mockserver.records.reply import Block
from mockserver.reference import tool_words
from mockserver.reference.tokens import is_forced

HOSTS = ("example.com", "example.org", "example.net")
RESULTS = 5
MOST_PAGES = 3
SENTENCES = 6
PARAGRAPH = 3
AGES = (None, None, "March 3, 2025", "October 19, 2024", "2 weeks ago")
QUERY_LENGTH = 100
FEWEST_WORDS = 4
SENTENCE_END = r"[.!?](?=\s|\Z)|[。！？\n]"
NEWER = ("web_search_2026", "web_fetch_2026")


def search(task: ReplyTask, tool: Tool) -> list[Block]:
    """A search of the web and the pages it finds."""
    query = make_query(task, "web_search")
    pages = find_pages(task, tool, query)
    blocks = [make_use("web_search", {"query": query}), {"type": "web_search_tool_result", "content": pages}]
    if not _is_called_by_code(task, tool):
        return blocks
    output = {"type": "encrypted_code_execution_result", "encrypted_stdout": _encrypt(task, 150)}
    return _wrap_in_code(blocks, output)


def find_pages(task: ReplyTask, tool: Tool, query: str) -> list[Block]:
    """The pages that a search finds, in the domains that the tool allows."""
    hosts = [host for host in tool.get("allowed_domains") or HOSTS if host not in (tool.get("blocked_domains") or ())]
    return [_make_result(task, query, hosts or ["example.edu"], number) for number in range(RESULTS)]


def make_query(task: ReplyTask, tool: str) -> str:
    """What to search for: the user's text after the words that ask for the tool, else all of it."""
    text = task.text[: 4 * QUERY_LENGTH].strip()
    after = text[tool_words.find_end(text, tool) :].strip(texts.ENDS)
    rest = tool_words.drop_fillers(after)
    said = re.split(SENTENCE_END, rest)[0]
    # "search for gold" says what to search for, "the news in Oslo" says it with its first words.
    if not said or (rest == after and not _is_enough(said)):
        said = re.split(SENTENCE_END, text)[0]
    return texts.shorten(said, QUERY_LENGTH).strip(texts.ENDS + "“”\"'") or "example"


def _is_enough(text: str) -> bool:
    return len(text.split()) >= FEWEST_WORDS if text.isascii() else len(text) >= FEWEST_WORDS


def _make_result(task: ReplyTask, query: str, hosts: Sequence[str], number: int) -> Block:
    host = str(hosts[number % len(hosts)])
    slug = "-".join("".join(sign if sign.isalnum() else " " for sign in query.lower()).split()[:6])
    path = slug if slug.isascii() else "article"
    url = f"https://{host}/{path}" + (f"-{number // len(hosts) + 1}" if number >= len(hosts) else "")
    return {
        "type": "web_search_result",
        "title": f"{query[:1].upper()}{query[1:]} | {host}",
        "url": url,
        "encrypted_content": _encrypt(task, 240),
        "page_age": task.rng.choice(AGES),
    }


def _encrypt(task: ReplyTask, size: int) -> str:
    """Bytes as the API encrypts what only it may read: they begin with an "E" (source: recorded)."""
    return b64encode(b"\x12" + task.rng.randbytes(size)).decode()


def fetch(task: ReplyTask, tool: Tool) -> list[Block]:
    """Fetches of the pages that the user's text names, else of the first page of the conversation that has one."""
    pages = [(url, fetch_page(task, tool, url)) for url in _choose_urls(task)]
    blocks: list[Block] = []
    for url, content in pages:
        blocks += [make_use("web_fetch", {"url": url}), {"type": "web_fetch_tool_result", "content": content}]
    if not _is_called_by_code(task, tool):
        return blocks
    titles = "".join(f"{page['content']['title']}\n" for _, page in pages if "content" in page)
    return _wrap_in_code(blocks, {"type": "code_execution_result", "stdout": titles})


def _choose_urls(task: ReplyTask) -> list[str]:
    found = list(dict.fromkeys(tool_words.find_urls(task.text[:20_000])))[:MOST_PAGES]
    return found or list(islice(_find_earlier_urls(task), 1)) or ["https://example.com/"]


def _find_earlier_urls(task: ReplyTask) -> Iterator[str]:
    for message in reversed(task.prompt.messages):
        if message.get("role") == "user":
            yield from tool_words.find_urls(text_of(message.get("content") or "")[:20_000])


def fetch_page(task: ReplyTask, tool: Tool, url: str) -> Block:
    """The page without its time, which is that of the call."""
    if not _is_allowed(tool, url):
        return {"type": "web_fetch_tool_result_error", "error_code": "url_not_allowed"}
    source = {"type": "text", "media_type": "text/plain", "data": _write_page(task)}
    document: Block = {"type": "document", "source": source, "title": _make_title(url)}
    if tool.get("citations") is not None:
        document = {**document, "citations": tool["citations"]}
    return {"type": "web_fetch_result", "url": url, "content": document}


def _is_allowed(tool: Tool, url: str) -> bool:
    host = _split(url)[0].lower()

    def holds(domains: Iterable[Any]) -> bool:
        return any(host == (name := str(each).partition("/")[0]) or host.endswith(f".{name}") for each in domains)

    allowed = tool.get("allowed_domains")
    return (not allowed or holds(allowed)) and not holds(tool.get("blocked_domains") or ())


def _write_page(task: ReplyTask) -> str:
    lines = list(islice(task.iterate("body"), SENTENCES))
    space = task.phrases.space
    return "\n\n".join(space.join(lines[at : at + PARAGRAPH]) for at in range(0, SENTENCES, PARAGRAPH))


def _make_title(url: str) -> str:
    host, path = _split(url)
    name = path.rstrip("/").rpartition("/")[2].partition(".")[0].replace("-", " ").replace("_", " ").strip()
    return f"{name[:1].upper()}{name[1:]} - {host}" if name else host


def _split(url: str) -> tuple[str, str]:
    """The host and the path of a URL, empty for a text that is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.netloc, parts.path


def make_use(name: str, input_: Any) -> Block:
    """The use of a server tool."""
    return {"type": "server_tool_use", "name": name, "input": input_}


def _is_called_by_code(task: ReplyTask, tool: Tool) -> bool:
    callers = tool.get("allowed_callers")
    if callers:
        return "direct" not in callers
    # A choice can force no call by code (source: documented, programmatic tool calling).
    is_newer = str(tool.get("type")).startswith(NEWER)
    return is_newer and task.model.programmatic_tools and not is_forced(task.prompt.body)


def _wrap_in_code(blocks: Sequence[Block], output: Block) -> list[Block]:
    uses = [block for block in blocks if block["type"] == "server_tool_use"]
    calls = [f"result = await {use['name']}({orjson.dumps(use['input']).decode()})\nprint(result)" for use in uses]
    whole = {"stdout": "", "stderr": "", "return_code": 0, "content": [], "abort_reason": None}
    if "encrypted_stdout" in output:
        whole = {"stderr": "", "return_code": 0, "content": []}
    code = make_use("code_execution", {"code": "\n".join(["import json\n", *calls])})
    return [code, *blocks, {"type": "code_execution_tool_result", "content": {**output, **whole, **output}}]


def quote(task: ReplyTask, blocks: Sequence[Block]) -> list[Block]:
    """Texts that cite what the blocks found, a page of a search or a fetched one; empty when nothing may be cited.

    What code found is not cited (source: recorded 2026-08).
    """
    if any(block.get("name") == "code_execution" for block in blocks):
        return []
    citation = next((found for block in blocks if (found := _cite(task, block, blocks))), None)
    if citation is None:
        return []
    text = str(citation["cited_text"]).strip()
    return [{"citations": [citation], "type": "text", "text": text}]


def _cite(task: ReplyTask, block: Block, blocks: Sequence[Block]) -> Block | None:
    content: Any = block.get("content")
    if block["type"] == "web_search_tool_result" and content:
        page = content[0]
        about = {"url": page["url"], "title": page["title"], "encrypted_index": _encrypt(task, 146)}
        return {"type": "web_search_result_location", "cited_text": task.pick("body"), **about}
    if block["type"] != "web_fetch_tool_result" or "content" not in content:
        return None
    given = [each for message in task.prompt.messages for each in find_citable(blocks_of(message))]
    documents = [each for each in (*given, *find_citable(blocks)) if each["type"] == "document"]
    index = next(at for at, each in enumerate(documents) if each is content["content"])
    return next((found.citation for found in citations.quote_enabled(content["content"], index)), None)
