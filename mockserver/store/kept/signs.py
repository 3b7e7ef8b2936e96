"""Signs that a text may hold a secret: most texts have none, which is found out much sooner than by a search."""

from __future__ import annotations

from functools import lru_cache

# Only texts with one of these, in any case, are searched.
_SIGNS = (
    *(
        "sk-",
        "sk_",
        "rk_",
        "akia",
        "asia",
        "ghp_",
        "gho_",
        "ghs_",
        "ghu_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "xox",
        "aiza",
    ),
    *("ya29.", "hf_", "npm_", ".eyj", "c2styw50l", "nrlwfudc", "zay1hbnqt", "-----begin", "://", ":/", ":\\"),
    *("gsk_", "xai-", "pplx-", "r8_", "nvapi-", "tvly-", "lsv2_", "absk", "atatt3", "dapi", "dckr_pat_", "dop_v1_"),
    *("figd_", "glsa_", "gocspx-", "hvs.", "lin_api_", "ntn_", "pypi-ag", "sbp_", "sg.", "shpat_", "whsec_", "xapp-"),
    "hooks.slack",
    *("bearer", "basic ", "auth", "passw", "passp", "passc", "pwd", "secret", "credential", "cookie", "session", "jwt"),
    *(
        "api_key",
        "apikey",
        "api-key",
        "api key",
        "_key",
        "-key",
        "key=",
        "sig=",
        "signature=",
        "code=",
        "x-",
        "<",
        "--",
    ),
    # Letters and digits written as escapes, which may spell a secret.
    *("\\u002", "\\u003", "\\u004", "\\u005", "\\u006", "\\u007", "%2", "%3", "%4", "%5", "%6", "%7"),
)
_LONGEST = max(map(len, _SIGNS))
# Texts of up to so many characters are remembered, and so many: of a client most calls repeat what was said before.
_SHORT, _MOST = 1 << 12, 512
# An answer has the id of its own in so many bytes at its beginning; what follows other answers have too.
_HEAD = 96


def has_signs(text: str) -> bool:
    """Whether a text may hold a secret."""
    return _look_again(text) if len(text) <= _SHORT else _look(text)


def has_signs_in_bytes(data: bytes) -> bool:
    """The same of bytes."""
    text = data.decode("latin-1")
    if len(text) > _SHORT + _HEAD:
        return _look(text)
    # A sign that stands across the border is in the first part.
    return _look_again(text[_HEAD:]) or _look_again(text[: _HEAD + _LONGEST])


def _look(text: str) -> bool:
    low = text.lower()
    # Each request speaks of ``max_tokens``.
    return any(map(low.__contains__, _SIGNS)) or low.count("token") > low.count("tokens")


_look_again = lru_cache(maxsize=_MOST)(_look)
