"""What is taken out for its form, besides the keys and tokens of ``records.masks``: ids of accounts, e-mail addresses.

A new one is a row here. The searches look for a sign first, and then at what stands beside it: most texts have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mockserver.recordings.redacting.edits import Edit
from mockserver.recordings.redacting.marks import EMAIL, blank

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

# Ids with a prefix that says what they are: after it, what is blanked.
PREFIXES = {
    # A workspace: wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ (source: the Admin API).
    "wrkspc_": re.compile(r"[A-Za-z0-9]{6,}"),
    # An organization, as gateways have it.
    "org_": re.compile(r"(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{12,}"),
    "org-": re.compile(r"(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Z])[A-Za-z0-9]{16,}"),
    # Claude Code's metadata.user_id: user_<64 digits>_account_<uuid or nothing>_session_<uuid>.
    "user_": re.compile(r"[0-9a-f]{64}(?=_account_)"),
    # The same as an object in a text.
    "device_id": re.compile(r"[\\\"': ]{1,9}(?P<found>[0-9a-f]{64})"),
}
# What stands before a UUID that is the id of an organization, account or workspace:
# "the rate limit for your organization (0f…) of 30,000", "(org: 0f…, model: …)" (recorded until 2026-08, in a 429),
# /v1/organizations/0f…, "organization_uuid": "0f…", organizationId=0f…
OWNERS = re.compile(
    r"(?:(?i:\b|_)(?i:org(?:anization)?s?|accounts?|workspaces?)|(?:org|organization|account|workspace))"
    r"(?:[ _-]?(?i:uuid|id))?[\s\\\"':=/(`]{1,9}\Z"
    r"|_(?:account|session)_\Z"
)
_SESSION = re.compile(r"account_uuid[^{}]{1,99}session_id[\\\"': ]{1,9}\Z")
_BEFORE = 160
# "-", as it stands in a UUID.
_HAS_UUID = re.compile(r"-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
# An e-mail address before and behind its sign. None are git@github.com:me/it, pkg@1.2.3, react@18.0.0-rc.next,
# icon@2x.png, and a@b without a dot.
_FILES = r"(?:png|jpe?g|gif|svg|webp|ico|css|js|ts|mjs|json|ya?ml|md|txt|html|zip|gz|tgz|whl)"
_USER = re.compile(r"\w(?:[\w.%+'-]{0,62}[\w+-])?\Z")
_HOST = re.compile(
    r"@(?!v?\d+(?:\.\d+)+(?:[.-]|\b))(?!\d+x\.)"
    rf"(?:[^\W_](?:[\w-]{{0,62}}[^\W_])?\.){{1,8}}(?!{_FILES}\b)[^\W\d_]{{2,24}}"
)
_LONGEST_USER = 64
# User and password of a URL, which are found as such: the host is left.
_IN_URL = re.compile(r":\\{0,7}/\\{0,7}/[^/\s?#\"'<>\\]*\Z")


def is_word(text: str) -> bool:
    """Whether what stands at a secret name is none by its form, as in ``{"passphrase": "portal"}``, in the ``token`` of
    ``logprobs``, or where a mask stands already: a short word of letters, or one letter again and again.
    """
    return _WORD.fullmatch(text) is not None


def find_forms(text: str) -> Iterator[Edit]:
    """What is taken out of a text for its form."""
    for prefix, pattern in PREFIXES.items():
        at = text.find(prefix)
        while at >= 0:
            end = at + len(prefix)
            if (found := pattern.match(text, end)) and not (at and (text[at - 1].isalnum() or text[at - 1] == "_")):
                yield _blank(text, *found.span("found" if pattern.groups else 0))
            at = text.find(prefix, end)
    for found in _HAS_UUID.finditer(text):
        start, end = found.start() - 8, found.end()
        before = text[max(0, start - _BEFORE) : max(0, start)]
        if start >= 0 and (OWNERS.search(before) or _SESSION.search(before)):
            yield _blank(text, start, end)
    yield from _find_addresses(text)


def _blank(text: str, start: int, end: int) -> Edit:
    return Edit(start, end, blank(text[start:end]))


def _find_addresses(text: str) -> Iterator[Edit]:
    at = text.find("@")
    while at >= 0:
        if host := _HOST.match(text, at):
            begin = max(0, at - _LONGEST_USER)
            before = text[begin:at]
            if (user := _USER.search(before)) and user[0] != "git" and not _IN_URL.search(before):
                yield Edit(begin + user.start(), host.end(), EMAIL)
        at = text.find("@", at + 1)


_WORD = re.compile(r"\W?[^\W\d_]{0,15}\W?|.{0,3}|(.)\1*", re.DOTALL)
# In ``metadata.user_id`` any of these is the id of a person.
USER_ID = re.compile(rf"{_UUID}|[0-9a-fA-F]{{32,64}}")
# In Base64: the organization in the head of a signature, field 11 of 36 bytes (recorded 2025-10 to 2026-08).
ORGANIZATION = re.compile(rb"Z\$(" + _UUID.encode() + rb")")
KEY = re.compile(rb"sk-ant-[\w-]{8,}")
