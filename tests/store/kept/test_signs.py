"""Signs that a text may hold a secret."""

from __future__ import annotations

import pytest

from mockserver.store.kept.signs import has_signs, has_signs_in_bytes

HARMLESS = '{"max_tokens":64,"messages":[{"role":"user","content":"Hello, you there"}]}'
SIGNS = ("sk-ant-1", "AKIA1234", "github_pat_1", "a token", "Bearer x", "\\u0073k", "signature=1", "password")


@pytest.mark.parametrize("sign", SIGNS)
def test_signs_are_seen_at_each_place(sign: str) -> None:
    """Also across the end of the head, which is looked at by itself."""
    for before in range(150):
        text = f"{'. ' * 75}"[:before] + sign + " ." * 75
        assert has_signs(text)
        assert has_signs_in_bytes(text.encode())


@pytest.mark.parametrize("size", [0, 100, 5_000, 20_000])
def test_harmless_texts_have_no_signs(size: int) -> None:
    text = HARMLESS + " é" * size
    assert not has_signs(text)
    assert not has_signs_in_bytes(text.encode())
    assert has_signs(f"{text} ghp_1")
    assert has_signs_in_bytes(f"{text} ghp_1".encode())
