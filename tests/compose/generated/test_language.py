"""Generated replies: the language of the user, and sentences that fit."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mockserver.compose.generated import language, texts
from tests.generating import reply, text


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Who are you?", "en"),
        ("x", "en"),
        ("你是谁?", "zh"),
        ("请用 Python 写一个 hello world 的 web server", "zh"),
        ("What does 你好 mean?", "en"),
        ("あなたは誰ですか", "ja"),
        ("東京の天気", "ja"),
        ("너는 누구야?", "ko"),
        ("Кто ты?", "ru"),
        ("Хто ви такі?", "uk"),
        ("من أنت؟", "ar"),
        ("Wer bist du?", "de"),
        ("Qui es-tu ?", "fr"),
        ("¿Quién eres?", "es"),
        ("Quem é você?", "pt"),
        ("Chi sei?", "it"),
        ("आप कौन हैं?", "hi"),
        ("Ποιος είσαι;", "el"),
        ("מי אתה?", "he"),
        ("คุณคือใคร", "th"),
        ("tell me", "en"),
        ("weather in La Paz", "en"),
        ("Who wrote Das Kapital?", "en"),
        ("Come on", "en"),
        ("Wie geht es dir?", "de"),
        ("Quel temps fait-il à Paris ?", "fr"),
        ("Guten Tag", "de"),
        ("Dime algo", "es"),
        ("x y", "en"),
        ("Explain como se dice", "en"),
        ("Écris un poème", "fr"),
        ("Hola", "es"),
        ("la la land", "en"),
        ("Write me a résumé", "en"),
        ("What is the weather in São Paulo?", "en"),
        ("The word is привет, what does it mean?", "en"),
        ("1 + 1 = 2!", None),
        ("", None),
        ("🙂", None),
    ],
)
def test_language_follows_the_text(asked: str, expected: str | None) -> None:
    assert language.detect(asked) == expected


def test_end_of_a_long_text_decides() -> None:
    assert language.detect("the text " * 5 + "这是一个很长的问题。" * 400) == "zh"


@pytest.mark.parametrize("code", texts.list_languages())
def test_answer_is_in_the_users_language(code: str) -> None:
    body, greeting = (texts.read_phrases(code).lists[name] for name in ("body", "greeting"))
    answer = text(reply("\n".join(body[:3]), model="claude-sonnet-4-5"))
    assert language.detect(answer) == code
    assert len(greeting) > 1


@pytest.mark.parametrize("code", texts.list_languages())
def test_every_language_says_everything(code: str) -> None:
    known, english = texts.read_phrases(code), texts.read_phrases("en")
    slots = {"topic": "T", "first": "F", "model": "M", "n": 7, "count": 2, "tool": "W", "result": "R"}
    assert known.lists.keys() == english.lists.keys()
    assert known.asks.keys() == english.asks.keys()
    assert all("{" not in line.format_map(slots) for lines in known.lists.values() for line in lines)
    assert all(len(set(lines)) == len(lines) for lines in known.lists.values())


def test_system_decides_when_the_user_sends_no_words() -> None:
    assert language.detect(text(reply("???", system="Отвечай кратко."))) == "ru"


def test_identity_question_is_answered_with_the_model() -> None:
    assert "claude-sonnet-4-5" in text(reply("你是谁?"))


def test_question_is_taken_up() -> None:
    assert "Why is the sky blue" in text(reply("Why is the sky blue?"))


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("¿Qué hora es?", "Qué hora es"),
        ("Hola, ¿qué hora es?", "Hola, qué hora es"),
        ("¿Qué hora es? ¡Dime!", "¿Qué hora es? Dime"),
        ("¿Qué hora es en Madrid ahora?", "Qué hora es en…"),
        ("¿Sí? No.", "¿Sí? No"),
    ],
)
def test_marks_are_left_out_in_pairs(asked: str, topic: str) -> None:
    assert texts.shorten(asked, 20) == topic


def test_braces_in_the_question_are_only_text() -> None:
    assert "{0} {topic}" in text(reply("Explain {0} {topic}"))


def test_plain_reply_imports_nothing_heavy() -> None:
    heavy = ("faker", "jinja2", "jsonschema", "mockserver.compose.generated.values")
    code = f"""
import sys
from mockserver.compose.generate import generate
from mockserver.records.prompt import Prompt
from mockserver.reference import catalog
body = {{"model": "m", "max_tokens": 99, "messages": [{{"role": "user", "content": "Hi"}}]}}
generate(Prompt(body), catalog.lookup("m"), {{}}, 0)
print([name for name in {heavy} if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
