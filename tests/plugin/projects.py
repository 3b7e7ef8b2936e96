"""What the tests of the plugin share: the files of a small project, and a run of pytest in it."""

from __future__ import annotations

import pytest

ASK = """
import anthropic

MODEL = "claude-haiku-4-5"

def ask(text="Hello", **more):
    with anthropic.Anthropic(max_retries=0) as client:
        message = client.messages.create(
            model=MODEL, max_tokens=64, messages=[{"role": "user", "content": text}], **more
        )
    return message.content[0].text
"""
OTHERS = "-p no:cacheprovider -p no:hypothesispytest -p no:faker"
QUIET = (*f"{OTHERS} -p no:xdist".split(), "-o", "asyncio_default_fixture_loop_scope=function")
WEATHER = """
scenarios:
  - name: weather
    when: {user: weather}
    reply: {text: Sunny.}
"""


def run(project: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    project.makepyfile(test_it=f"import pytest\nfrom asking import ask\n{source}")
    return project.runpytest(*QUIET, *arguments)
