"""What the clients of a soak do with files and batches."""

from __future__ import annotations

import asyncio

import httpx2 as httpx

from tests.soak.load import Action, Caller

BOUNDARY = "a-boundary-of-the-soak"
HEAD = (
    f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\n'
)
TAIL = f"\r\n--{BOUNDARY}--\r\n"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


async def keep_file(caller: Caller) -> None:
    """Upload a file, ask about it, read it; half of them are deleted, of the others resets and evictions take care."""
    session, size = caller.session(), caller.rng.choice((0, 10, 5_000, 300_000))
    content = caller.rng.randbytes(size).hex().encode()
    body = HEAD.encode() + content + TAIL.encode()
    response = await caller.send("POST", "/v1/files", body, session, FORM)
    if response.status_code != 200:
        return
    name = response.json()["id"]
    document = {"type": "document", "source": {"type": "file", "file_id": name}}
    await caller.send("POST", "/v1/messages", caller.body([document, {"type": "text", "text": "Hi"}]), session)
    await caller.send("GET", f"/v1/files/{name}/content", None, session)
    await caller.send("GET", "/v1/files?limit=3", None, session)
    if caller.rng.random() < 0.5:
        await caller.send("DELETE", f"/v1/files/{name}", None, session)


async def break_upload(caller: Caller) -> None:
    """An upload whose client goes in its middle."""
    address = httpx.URL(caller.url("/"))
    _, writer = await asyncio.open_connection(address.host, address.port)
    head = (
        f"POST /v1/files HTTP/1.1\r\nhost: x\r\nx-api-key: soak\r\ncontent-type: {FORM}\r\ncontent-length: 900000\r\n"
    )
    writer.write(head.encode() + b"anthropic-version: 2023-06-01\r\n\r\n" + HEAD.encode() + b"x" * 400_000)
    await asyncio.sleep(0.05)
    writer.close()


async def work_batch(caller: Caller) -> None:
    """A batch to its end, or to where it is cancelled, finished by hand, or left to a reset."""
    session, end = caller.session(), caller.rng.choice(("cancel", "finish", "poll", "leave"))
    items = [{"custom_id": f"item-{number}", "params": caller.body("Hi")} for number in range(caller.rng.randrange(30))]
    response = await caller.send("POST", "/v1/messages/batches", {"requests": items}, session)
    if response.status_code != 200:
        return
    name = response.json()["id"]
    if end == "cancel":
        await caller.send("POST", f"/v1/messages/batches/{name}/cancel", {}, session)
    elif end == "finish":
        await caller.send("POST", f"/_mock/batches/{name}/finish", {}, session)
    for _ in range(0 if end == "leave" else 3):
        await caller.send("GET", f"/v1/messages/batches/{name}", None, session)
        await caller.send("GET", f"/v1/messages/batches/{name}/results", None, session)
    if end != "leave":
        await caller.send("DELETE", f"/v1/messages/batches/{name}", None, session)
    await caller.send("GET", "/v1/messages/batches?limit=2", None, session)


STORED: tuple[Action, ...] = (keep_file, break_upload, work_batch)
