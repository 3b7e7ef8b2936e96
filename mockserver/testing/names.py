"""The names that stand in scenarios as types: of endpoints, errors, faults and stop reasons.

Tests hold them against the tables.
"""

from __future__ import annotations

from typing import Literal

EndpointName = Literal[
    "messages",
    "messages/count_tokens",
    "count_tokens",
    "models",
    "models/{id}",
    "files",
    "files/{id}",
    "files/{id}/content",
]
ErrorType = Literal[
    "invalid_request_error",
    "authentication_error",
    "billing_error",
    "permission_error",
    "not_found_error",
    "conflict_error",
    "request_too_large",
    "rate_limit_error",
    "api_error",
    "timeout_error",
    "overloaded_error",
]
FaultName = Literal[
    "disconnect",
    "stall",
    "truncate",
    "error",
    "split",
    "slow_headers",
    "malformed",
    "drop_event",
    "unknown_event",
    "unknown_block",
    "crlf",
    "comment_keepalive",
    "no_event_names",
    "done_marker",
    "done_for_message_stop",
    "no_message_start",
    "duplicate_message_start",
    "no_ping",
    "pings",
    "no_data",
    "after_stop",
    "no_content_block_start",
    "no_content_block_stop",
    "index_zero",
    "no_start_usage",
    "no_delta_usage",
    "zero_usage",
    "null_usage",
    "start_usage",
    "delta_usage",
    "null_stop_reason",
    "openai_stop_reason",
    "end_turn_for_tools",
    "no_signature",
    "tool_input_string",
    "tool_input_at_start",
    "tool_input_twice",
    "tool_input_cut",
    "html_page",
    "error_200",
    "wrong_content_type",
    "gzip_mislabel",
    "empty_body",
    "left_open",
]
StopReason = Literal[
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
    "compaction",
]
