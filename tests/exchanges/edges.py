"""The checks before that of the body: keys, versions, charsets, encodings, broken JSON; and the models."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping

from .bodies import group
from .exchange import COUNT, MESSAGES, NEWER, VERSION, Exchange, Group, both, encode_json, make_headers, post, request

HELLO = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
DATA = encode_json(HELLO)
STREAM = DATA[:-1] + b',"stream":true}'
CHARSETS = ("utf-8", "utf8", '"UTF-8"', "us-ascii", "ISO-8859-1", "Latin1", "utf-16", "", "x" * 5000)
KEYS: tuple[Mapping[str, str | None], ...] = (
    {},
    {"x-api-key": None},
    {"x-api-key": ""},
    {"x-api-key": "sk-one"},
    {"x-api-key": "sk-one, sk-two"},
    {"x-api-key": f"sk-ant-api03-{'x' * 90}wxyz"},
    *(
        {"x-api-key": None, "authorization": given}
        for given in ("sk-two", "Bearer sk-two", "bearer sk-two", "Bearer ", "Basic c2s=", "clé")
    ),
    *(
        {"anthropic-version": version}
        for version in (VERSION, NEWER, "1999-01-01", f"{VERSION}, {VERSION}", "x" * 5000)
    ),
    *({"anthropic-beta": betas} for betas in ("", "no-such-beta", "b, a,b", "oauth-2025-04-20", "x" * 5000)),
    {"x-stainless-retry-count": "1"},
    {"content-type": None},
    {"content-type": "text/plain"},
    {"anthropic-dangerous-direct-browser-access": "true"},
)
MODELS = (
    "",
    *(f"?limit={limit}" for limit in ("1", "3", "1000", "0", "1001", "x", "-1", "")),
    *(f"?lifecycle[]={name}" for name in ("retired", "active", "nonsense")),
    *(f"?{way}_id={name}&limit=2" for way in ("after", "before") for name in ("claude-opus-5", "nobody")),
    "?beta=true&unknown=1",
    *(
        f"/{name}"
        for name in ("claude-haiku-4-5", "claude-opus-5", "claude-nobody", "my%20own", "a/b", "", f"sk-{'k' * 40}")
    ),
)
PARSED = (
    *(b"", b"{not json", b"[]", b"7", b"null", b'"text"', b"true", b"{}", b"{} {}", b"\xef\xbb\xbf{}", b"\0"),
    *(b'{"a": "\xff"}', b'{"a": "\\udc00"}', b'{"a": "\n"}', b'{"a": -}', b'{"a": NaN}', b"[" * 2000, DATA[:-1]),
    *(DATA.replace(b"64", number) for number in (b"1e2", b"-0", b"9" * 40, b'"64"', b"64.0", b"true")),
    DATA[:-1] + b',"max_tokens":65}',
    DATA.replace(b'"Hi"', '"é ż 🦎"'.encode()),
    DATA.replace(b'"Hi"', b'"\xe9"'),
    DATA[:-1] + b',"thre\\u0061d":{"type":"create"}}',
)
USE = '{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"t","input":%s}]}'
RESULT = '{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}'
ASK = '"messages":[{"role":"user","content":"hi"}]'
FORM = '{"type":"object","required":["x"],"additionalProperties":false,"properties":{"x":{"const":%s}}}'
PLACES = (
    '"tools":[{"name":"t","input_schema":' + FORM + '}],"tool_choice":{"type":"any"},' + ASK,
    '"output_config":{"format":{"type":"json_schema","schema":' + FORM + "}}," + ASK,
    f'"messages":[{{"role":"user","content":"hi"}},{USE},{RESULT}]',
    f'"thread":{{"type":"create"}},"messages":[{{"role":"user","content":"hi"}},{USE},{RESULT}]',
    *(f'"{key}":%s,{ASK}' for key in ("x", "stream", "model", "system", "metadata", "tools", "thinking")),
    *('"messages":%s', '"messages":[{"role":"user","content":%s}]', '"messages":[{"role":"user","content":[%s]}]'),
)
VALUES = (
    *('{"a":' * levels + "1" + "}" * levels for levels in (200, 300, 1000)),
    *("[" * 300 + "]" * 300, "18446744073709551616", "-99999999999999999999", "1e308", '"\\ud83d"', "null", "7"),
    *('{"\\u0000\\u00e9":"\\ud83d\\ude00"}', '"' + "x" * 70_000 + '"'),
)


def groups() -> Iterator[Group]:
    """All groups of this module."""
    for server in ("relay", "anthropic", "keys", "observed"):
        session = f"callers/{server}"
        many = [each for number, headers in enumerate(KEYS) for each in both(str(number), HELLO, session, headers)]
        counted = [Exchange(f"{number}/counted", post(HELLO, session, COUNT, each)) for number, each in enumerate(KEYS)]
        listed = [
            Exchange(f"{number}/models", request("GET /v1/models", make_headers(session, each)))
            for number, each in enumerate(KEYS)
        ]
        yield group(session, server, [*many, *counted, *listed])
    for server in ("relay", "anthropic"):
        session = f"models/{server}"
        asked = [Exchange(path, request(f"GET /v1/models{path}", make_headers(session))) for path in MODELS]
        yield group(session, server, [*asked, *(_make_named(each, session) for each in MODELS)])
    for server in ("relay", "warn", "off"):
        yield from broken_bodies(server)
    yield encodings("relay")
    yield encodings("small")


def _make_named(path: str, session: str) -> Exchange:
    headers = make_headers(session, {"anthropic-version": VERSION})
    return Exchange(f"{path}/named", request(f"GET /prefix/v1/models{path}", headers))


def broken_bodies(server: str) -> Iterator[Group]:
    """Bodies that are no JSON or no request, in every charset; and hostile values in every place."""
    session = f"parsed/{server}"
    exchanges = [
        Exchange(
            f"{number}/{charset[:12]}",
            post(body, session, headers={"content-type": f"application/json; charset={charset}"}),
        )
        for number, body in enumerate(PARSED)
        for charset in (CHARSETS if number in (0, 7, 14, 26, 27) else CHARSETS[:1])
    ]
    exchanges += [Exchange(f"{number}/counted", post(body, session, COUNT)) for number, body in enumerate(PARSED)]
    yield group(session, server, exchanges)
    session = f"hostile/{server}"
    start = '{"model":"claude-opus-4-5","max_tokens":50,'
    hostile = [
        Exchange(f"{row}/{column}", post(f"{start}{place % value}}}".encode(), session))
        for row, place in enumerate(PLACES)
        for column, value in enumerate(VALUES)
    ]
    yield group(session, server, hostile)


def encodings(server: str) -> Group:
    """Compressed bodies, right and wrong; "small" accepts only 2,000 bytes."""
    session = f"encoded/{server}"
    bare = zlib.compressobj(wbits=-15)
    packed = gzip.compress(DATA, mtime=0)
    cases = [
        *((encoding, DATA) for encoding in ("identity", "", "br", "gzip", "deflate", "x" * 5000)),
        *((encoding, packed) for encoding in ("gzip", "GZIP", "x-gzip", "deflate", "identity", "gzip, gzip")),
        *(("gzip", body) for body in (packed[:-3], packed + b"more", gzip.compress(b" " * 5000 + DATA, mtime=0))),
        ("gzip", gzip.compress(b"\0" * 40_000_000, mtime=0)),
        ("deflate", zlib.compress(DATA)),
        ("deflate", bare.compress(DATA) + bare.flush()),
        ("deflate, gzip", gzip.compress(zlib.compress(DATA), mtime=0)),
    ]
    exchanges = [
        Exchange(str(number), post(body, session, headers={"content-encoding": encoding}))
        for number, (encoding, body) in enumerate(cases)
    ]
    long = [
        Exchange(f"long {size}", post(DATA + b" " * size, session, path))
        for size in (2000, 5000)
        for path in (MESSAGES,)
    ]
    return group(session, server, [*exchanges, *long])
