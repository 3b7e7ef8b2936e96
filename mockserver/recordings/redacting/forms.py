"""What is taken out for its form, besides the keys and tokens of ``records.masks``: ids of accounts, e-mail addresses.

A new one is a row here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from mockserver.recordings.redacting.marks import EMAIL, blank

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
# Endings of what looks like an address and is the name of a file: icon@2x.png.
_FILES = r"(?:png|jpe?g|gif|svg|webp|ico|css|js|ts|mjs|json|ya?ml|md|txt|html|zip|gz|tgz|whl)"


class Form(Struct, frozen=True):
    """How something looks in a text.

    ``sign`` is in every text that fits. The group ``found`` of ``pattern`` is replaced by what ``mark`` gives for it.
    """

    sign: str
    pattern: re.Pattern[str]
    mark: Callable[[str], str] = blank


def _form(sign: str, pattern: str, mark: Callable[[str], str] = blank) -> Form:
    return Form(sign, re.compile(pattern), mark)


FORMS = (
    # An e-mail address. None are git@github.com:me/it, pkg@1.2.3, react@18.0.0-rc.next, icon@2x.png, a@b without a dot.
    _form(
        "@",
        r"(?<![\w.%+-])(?!git@)(?P<found>[A-Za-z0-9_](?:[\w.%+'-]{0,62}[\w+-])?@(?!v?\d+(?:\.\d+)+(?:[.-]|\b))(?!\d+x\.)"
        rf"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,62}}[A-Za-z0-9])?\.){{1,8}}(?!{_FILES}\b)[A-Za-z]{{2,24}})(?![\w@-])",
        lambda _: EMAIL,
    ),
    # Workspaces: wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ (source: the Admin API). Organizations: org_…
    _form("wrkspc_", r"wrkspc_(?<!\w.{6})(?P<found>[A-Za-z0-9]{6,})"),
    _form("org_", r"org_(?<!\w.{3})(?=[A-Za-z0-9]*\d)(?P<found>[A-Za-z0-9]{12,})"),
    _form("org-", r"org-(?<![\w-].{3})(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Z])(?P<found>[A-Za-z0-9]{16,})"),
    # "the rate limit for your organization (0f…) of 30,000", "(org: 0f…, model: …)" (recorded until 2026-08, in a 429);
    # /v1/organizations/0f…, "organization_uuid": "0f…", also escaped.
    _form(
        "rg",
        r"(?i:\borg(?:anization)?s?(?:[ _-]?(?:uu)?id)?|(?<=[a-z])Organization(?:Id|Uuid)?)[\s\\\"':=/(`]{1,9}"
        rf"(?P<found>{_UUID})",
    ),
    _form(
        "ccount",
        rf"(?i:\baccount(?:[ _-]?(?:uu)?id)?|(?<=[a-z])Account(?:Id|Uuid)?)[\s\\\"':=/(`]{{1,9}}(?P<found>{_UUID})",
    ),
    _form("orkspace", rf"(?i:\bworkspaces?(?:[ _-]?(?:uu)?id)?)[\s\\\"':=/(`]{{1,9}}(?P<found>{_UUID})"),
    # Claude Code's metadata.user_id: user_<64 digits>_account_<uuid or nothing>_session_<uuid>, and later an object.
    _form("user_", r"user_(?<!\w.{4})(?P<found>[0-9a-f]{64})(?=_account_)"),
    _form("_account_", rf"_account_(?P<found>{_UUID})(?=_session_|\b)"),
    _form("_session_", rf"_account_(?:{_UUID})?_session_(?P<found>{_UUID})"),
    _form("device_id", r"device_id[\\\"': ]{1,9}(?P<found>[0-9a-f]{64})"),
    _form("session_id", rf"account_uuid[^{{}}]{{1,99}}session_id[\\\"': ]{{1,9}}(?P<found>{_UUID})"),
)
# In ``metadata.user_id`` any of these is the id of a person.
USER_ID = re.compile(rf"{_UUID}|[0-9a-fA-F]{{32,64}}")
# In Base64: the organization in the head of a signature, field 11 of 36 bytes (recorded 2025-10 to 2026-08).
ORGANIZATION = re.compile(rb"Z\$(" + _UUID.encode() + rb")")
KEY = re.compile(rb"sk-ant-[\w-]{8,}")
