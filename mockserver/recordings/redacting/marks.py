"""What stands in place of what was taken out. A mark is no secret itself, and is valid in JSON, events and headers."""

from __future__ import annotations

import re

# For keys, tokens, passwords and cookies; for what an expression or a JSONPath of ``redact`` finds; for addresses.
SECRET, REDACTED, EMAIL = "<secret>", "<redacted>", "redacted@example.com"
MARKS = re.compile("|".join(map(re.escape, (SECRET, REDACTED, EMAIL))))
# For ids that are UUIDs: the same in headers, texts and signatures, and still one by its form.
UUID = "00000000-0000-4000-8000-000000000000"
# Recorders that write this have taken out an id already.
NIL_UUID = "00000000-0000-0000-0000-000000000000"


def blank(value: str) -> str:
    """An id with zeros for its letters and digits, as long as it was; a UUID becomes ``UUID``."""
    if _IS_UUID.fullmatch(value):
        return value if value == NIL_UUID else UUID
    return re.sub(r"[A-Za-z0-9]", "0", value)


_IS_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
