"""Checks the key, the version, the betas and the charset of a call, before its body."""

from __future__ import annotations

import hmac
import re
from functools import lru_cache

from mockserver.records.call import VERSIONS, Call
from mockserver.records.endpoints import MESSAGES
from mockserver.records.errors import ApiError, Finding
from mockserver.records.masks import excerpt
from mockserver.records.settings import Settings
from mockserver.reference import schemas

# "charset other than UTF-8, ISO-8859-1, US-ASCII" is refused (source: the SDK's error codes).
CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
}

# Documented as a version still; its answers are those of the next one here.
_OLDEST = "2023-01-01"
_CHARSET = r"(?i);\s*charset\s*=\s*\"?([^\s\";]*)"


def authenticate(call: Call, settings: Settings, wire: str = MESSAGES) -> None:
    """Raise ApiError when the API would refuse the key, version, betas or charset of ``call``.

    Profile ``anthropic`` requires a key, a known version, and betas that are known or in
    ``settings.accepted_betas``. Profile ``relay`` requires a key only when
    ``settings.api_keys`` lists the valid ones, and accepts any version and beta. Other formats than that of the
    Messages API know no versions and no betas (source: documented, OpenAI SDK compatibility, 2026-11).
    """
    strict = settings.profile == "anthropic"
    if is_page_refused(call, settings):
        raise ApiError(_PAGE_REFUSED)
    finding = _check_key(call, settings, strict) if strict or settings.api_keys else None
    if not finding and strict and wire == MESSAGES:
        finding = _check_version(call) or _check_betas(call, settings)
    if finding := finding or _check_charset(call):
        raise ApiError(finding)


def check_key(call: Call, settings: Settings) -> None:
    """Raise ApiError when the key of ``call`` would be refused; whether one is needed, ``authenticate`` says."""
    strict = settings.profile == "anthropic"
    if (strict or settings.api_keys) and (finding := _check_key(call, settings, strict)):
        raise ApiError(finding)


def is_page_refused(call: Call, settings: Settings) -> bool:
    """Whether the API refuses a request of a page, which must say that its key may be seen in a browser.

    Such an answer has no ``access-control-allow-origin`` (source: observed, 2025-08 to 2026-09). Profile ``relay`` is
    open to pages.
    """
    if settings.profile != "anthropic" or "origin" not in call.headers:
        return False
    return call.headers.get("anthropic-dangerous-direct-browser-access", "").lower() != "true"


def api_version(call: Call, settings: Settings) -> str:
    """The API version that applies to ``call``: the one it names, else (only in profile ``relay``) the first.

    Raises ApiError in profile ``anthropic`` when the version is missing or unknown.
    """
    if settings.profile == "anthropic" and (finding := _check_version(call)):
        raise ApiError(finding)
    return call.version if call.version in VERSIONS else VERSIONS[0]


def charset(call: Call) -> str:
    """The charset of the body: ``utf-8`` or ``iso-8859-1``; UTF-8 when the call names none or another."""
    return CHARSETS.get(_find_charset(call.headers.get("content-type", "")), "utf-8")


def _check_key(call: Call, settings: Settings, strict: bool) -> Finding | None:
    if call.key is None:
        return _make_finding("x-api-key header is required", 401, "auth.key_missing", "observed 2026-09", "x-api-key")
    # Headers sent twice are joined; two keys are a 401 of unknown wording (source: observed 2026-07).
    is_doubled = strict and ", " in call.headers.get("x-api-key", "")
    if is_doubled or (settings.api_keys and not _is_valid_key(call.key, settings.api_keys)):
        return _KEY_INVALID
    return None


def _is_valid_key(key: str, valid: tuple[str, ...]) -> bool:
    """Compare with every valid key, each in constant time."""
    encoded = key.encode()
    return any(hmac.compare_digest(encoded, one.encode()) for one in valid)


def _check_version(call: Call) -> Finding | None:
    if not call.version:
        text = "anthropic-version: header is required"
        return _make_finding(text, 400, "auth.version_missing", "observed 2026-09", "anthropic-version")
    if call.version not in (*VERSIONS, _OLDEST):
        text = f'anthropic-version: "{excerpt(call.version)}" is not a valid version'
        return _make_finding(text, 400, "auth.version_unknown", "observed 2026-07", "anthropic-version")
    return None


def _check_betas(call: Call, settings: Settings) -> Finding | None:
    if not call.betas:
        return None
    unknown = call.betas - schemas.known_betas() - set(settings.accepted_betas)
    if not unknown:
        return None
    named = [beta for beta in _split(call.headers["anthropic-beta"]) if beta in unknown]
    values = ", ".join(f"`{excerpt(beta)}`" for beta in named[:3])
    text = (
        f"Unexpected value(s) {values} for the `anthropic-beta` header. "
        "Please consult our documentation at platform.claude.com/docs or try again without the header."
    )
    return _make_finding(text, 400, "auth.beta_unknown", "the API's page on beta headers", "anthropic-beta")


def _check_charset(call: Call) -> Finding | None:
    name = _find_charset(call.headers.get("content-type", ""))
    if not name or name in CHARSETS:
        return None
    return Finding(
        f"Unsupported charset '{excerpt(name)}'. Supported charsets: UTF-8, ISO-8859-1, US-ASCII.",
        rule="auth.charset",
        source="error code from the SDK, wording inferred",
        path="content-type",
        details={"error_code": "unsupported_charset"},
    )


@lru_cache(maxsize=64)
def _find_charset(content_type: str) -> str:
    """The charset that a ``content-type`` names, in lower case; "" when it names none."""
    found = re.search(_CHARSET, content_type)
    return found[1].lower() if found else ""


def _split(header: str) -> list[str]:
    return list(dict.fromkeys(value.strip() for value in header.split(",") if value.strip()))


def _make_finding(message: str, status: int, rule: str, source: str, header: str) -> Finding:
    return Finding(message, rule=rule, source=source, path=header, status=status)


_KEY_INVALID = Finding(
    "API key is invalid.",
    rule="auth.key_invalid",
    source="recorded 2026-08, observed to 2026-10",
    path="x-api-key",
    status=401,
    at_edge=True,
)
_PAGE_REFUSED = _make_finding(
    "CORS requests must set 'anthropic-dangerous-direct-browser-access' header",
    401,
    "auth.page",
    "observed 2025-08 to 2026-09",
    "anthropic-dangerous-direct-browser-access",
)
