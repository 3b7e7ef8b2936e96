"""Addresses and keys in the errors of what stands behind a gateway."""

from __future__ import annotations

import pytest

from mockserver.gateways.masking import mask_message


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Overloaded", "Overloaded"),
        ("see https://docs.claude.com/en/api/rate-limits.", "see https://***.com/***/***/***"),
        ("https://api.test.org/v1/users?key=secret&q", "https://***.org/***/***?key=***&q=***"),
        ("http://sub.domain.co.uk/", "http://***.***.co.uk/"),
        ("http://localhost:3000/v1", "http://***/***"),
        ("http://[", "http://["),
        ("dial tcp: lookup api.openai.com", "dial tcp: lookup ***.***.com"),
        ("visit example.com or a.example.co.uk", "visit ***.com or ***.***.co.uk"),
        ("dial tcp 192.168.1.10:443", "dial tcp ***.***.***.***:443"),
        ("api_key:AIzaSyAAAa is not valid", "api_key:*** is not valid"),
        ("'api_key:AIza'", "'api_key:***'"),
        # Seen in 2026: paths of fields are taken for host names.
        (
            "messages.1.content.0: Invalid `signature` in `thinking` block",
            "***.***.content.0: Invalid `signature` in `thinking` block",
        ),
        ("max_tokens: must be at least 1.", "max_tokens: must be at least 1."),
        ("thinking.enabled.budget_tokens: no", "***.enabled.budget_tokens: no"),
        ("greater than thinking.budget_tokens", "greater than thinking.budget_tokens"),
        ("a_b.example.com, x..example.com, -a.b-.com", "a_b.***.com, x..***.com, -a.b-.com"),
        ("model: claude-3.5-sonnet", "model: claude-3.5-sonnet"),
        ("用户额度不足, 剩余额度: ＄0.000000", "用户额度不足, 剩余额度: ＄0.000000"),
    ],
)
def test_addresses_and_keys_are_masked(text: str, masked: str) -> None:
    assert mask_message(text) == masked


def test_long_texts_are_masked_in_time() -> None:
    for text in ("a." * 50_000, "a" * 100_000, "1." * 50_000, "https://" * 10_000, "api_key:" * 10_000, "a-" * 50_000):
        assert isinstance(mask_message(text), str)
