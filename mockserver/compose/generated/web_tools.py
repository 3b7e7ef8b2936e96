"""The web tools in a generated reply: what a search finds, what a page says, and the text that cites them.

Newer web tools are called by code: their blocks stand inside those of a code execution (source: recorded 2026-04 to
2026-08, in both exchanges with tools of 2026).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
# The codes are those of the SDK's types (2.14), both API versions; the lengths are inferred, that of a query chosen.
LONGEST_URL, LONGEST_QUERY = 250, 2_000
# "The limit is approximate" (source: the SDK's types, 2.14).
CHARACTERS_A_TOKEN = 4
EXCEEDED = "max_uses_exceeded"
UNKNOWN_URL = "https://example.com/"
SEARCHED_LENGTH = 20_000
QUOTED = r"[\"'\u2018\u201c\u00ab\u300c]([^\"'\u2019\u201d\u00bb\u300d\n]+)[\"'\u2019\u201d\u00bb\u300d]"
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


def make_error(name: str, code: str) -> Block:
    """The content of a result that says why there is none."""
    return {"type": f"{name}_tool_result_error", "error_code": code}


def find_pages(task: ReplyTask, tool: Tool, query: str) -> list[Block] | Block:
    """The pages that a search finds, in the domains that the tool allows; an error when the query is too long."""
    if len(query) > LONGEST_QUERY:
        return make_error("web_search", "query_too_long")
    hosts = [host for host in tool.get("allowed_domains") or HOSTS if host not in (tool.get("blocked_domains") or ())]
    return [_make_result(task, query, hosts or ["example.edu"], number) for number in range(RESULTS)]


def make_query(task: ReplyTask, tool: str) -> str:
    """The query of a search: the user's text after the words that ask for the tool, else all of it."""
    text = task.text[: 4 * QUERY_LENGTH].strip()
    after = text[tool_words.find_end(text, tool) :].strip(texts.ENDS)
    rest = tool_words.drop_fillers(after)
    if quoted := re.match(QUOTED, rest):
        return texts.shorten(quoted[1], QUERY_LENGTH)
    said = tool_words.cut_rest(re.split(SENTENCE_END, rest)[0])
    # "search for gold" says what to search for, "the news in Oslo" says it with its first words.
    if not said or (rest == after and not _is_enough(said)):
        said = tool_words.cut_rest(re.split(SENTENCE_END, text)[0])
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
    """Fetches of the pages that the user's text names, else of the first page that the conversation has."""
    pages = _fetch_pages(task, tool)
    blocks: list[Block] = []
    for url, content in pages:
        blocks += [make_use("web_fetch", {"url": url}), {"type": "web_fetch_tool_result", "content": content}]
    if not _is_called_by_code(task, tool):
        return blocks
    titles = "".join(f"{page['content']['title']}\n" for _, page in pages if "content" in page)
    return _wrap_in_code(blocks, {"type": "code_execution_result", "stdout": titles})


def _fetch_pages(task: ReplyTask, tool: Tool) -> list[tuple[str, Block]]:
    """The URLs and the pages there, so many as the tool allows; the next one is an error, and ends them."""
    text = task.text[:SEARCHED_LENGTH]
    named = list(dict.fromkeys(tool_words.find_wanted_urls(text)))[:MOST_PAGES]
    urls = named or list(islice(_find_earlier_urls(task), 1))
    if not urls:
        # Only URLs of the conversation are fetched (source: this code in the SDK's types, 2.14; both API versions).
        return [(UNKNOWN_URL, make_error("web_fetch", "url_not_in_prior_context"))]
    most = tool.get("max_uses")
    if type(most) is not int or len(urls) <= most:
        return [(url, fetch_page(task, tool, url)) for url in urls]
    pages = [(url, fetch_page(task, tool, url)) for url in urls[:most]]
    return [*pages, (urls[most], make_error("web_fetch", EXCEEDED))]


def _find_earlier_urls(task: ReplyTask) -> Iterator[str]:
    """The URLs in the conversation, those of the last message first, then in the system prompt."""
    for message in reversed(task.prompt.messages):
        for block in blocks_of(message):
            yield from _list_urls(block, message.get("role") == "user")
    yield from tool_words.find_urls(task.prompt.system[:SEARCHED_LENGTH])


def _list_urls(block: Block, is_user: bool) -> Iterator[str]:
    content = block.get("content")
    if block.get("type") == "web_search_tool_result" and isinstance(content, list):
        yield from (str(page["url"]) for page in content if isinstance(page, Mapping) and page.get("url"))
    elif is_user:
        said = block.get("text") or (content if isinstance(content, str | list) else "")
        yield from tool_words.find_urls(text_of(said)[:SEARCHED_LENGTH])


def fetch_page(task: ReplyTask, tool: Tool, url: str) -> Block:
    """The page without its time, which is that of the call; an error when the URL is too long or not allowed."""
    if len(url) > LONGEST_URL:
        return make_error("web_fetch", "url_too_long")
    if not _is_allowed(tool, url):
        return make_error("web_fetch", "url_not_allowed")
    most = tool.get("max_content_tokens")
    data = _write_page(task)[: CHARACTERS_A_TOKEN * most if type(most) is int else None]
    source = {"type": "text", "media_type": "text/plain", "data": data}
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
    if block["type"] == "web_search_tool_result" and isinstance(content, list) and content:
        page = content[0]
        about = {"url": page["url"], "title": page["title"], "encrypted_index": _encrypt(task, 146)}
        return {"type": "web_search_result_location", "cited_text": task.pick("body"), **about}
    if block["type"] != "web_fetch_tool_result" or "content" not in content:
        return None
    given = [each for message in task.prompt.messages for each in find_citable(blocks_of(message))]
    documents = [each for each in (*given, *find_citable(blocks)) if each["type"] == "document"]
    index = next(at for at, each in enumerate(documents) if each is content["content"])
    return next((found.citation for found in citations.quote_enabled(content["content"], index)), None)
