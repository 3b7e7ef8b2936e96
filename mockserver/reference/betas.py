"""The betas that the API accepts although the official SDK does not list them, each with how it is known.

"recorded" are answers of the real API, "captured" are requests that clients sent it in 2026-09 and 2026-10 without
being refused, "sent" are names that a client or gateway sends unless told otherwise, "documented" stand on a page of
the platform. Names that are refused (`structured-outputs-2025-09-17`, `timing-2026-09-09` without its entitlement), or
were only seen inside a program, are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

UNLISTED_BETAS: Mapping[str, str] = MappingProxyType(
    {
        "advanced-tool-use-2025-11-20": "captured: Claude Code",
        "afk-mode-2026-01-31": "captured: Claude Code in its mode auto",
        "claude-code-20250219": "recorded, 2026-08",
        "code-execution-2025-08-25": "sent: Vercel AI SDK",
        "code-execution-web-tools-2026-02-09": "sent: Vercel AI SDK",
        "context-hint-2026-04-09": "documented: what batches do not support",
        "dangerous-tool-use-2026-09-03": "captured: Claude Code in its mode auto",
        "effort-2025-11-24": "recorded, 2026-08",
        "fine-grained-tool-streaming-2025-05-14": "recorded, 2026-08",
        "mid-conversation-effort-2026-08-01": "sent: a gateway, for what per-turn-control is too",
        "mid-conversation-system-2026-04-07": "captured: Claude Code",
        "oauth-2025-04-20": "documented: Claude Code",
        "per-turn-control-2026-07-01": "captured: Claude Code, for mid-conversation-output-config-2026-07-01",
        "prompt-caching-scope-2026-01-05": "recorded, 2026-08",
        "redact-thinking-2026-02-12": "captured: Claude Code",
        "search-results-2025-06-09": "documented",
        "structured-outputs-2025-12-15": "recorded",
        "tool-examples-2025-10-29": "sent: a gateway",
        "tool-search-tool-2025-10-19": "sent: a gateway",
        "tools-2024-05-16": "recorded",
        "web-fetch-2025-09-10": "recorded",
        "web-search-2025-03-05": "sent: LangChain",
    }
)
