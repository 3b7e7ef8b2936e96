"""Detects the language of a text: by its script, and for Latin letters by common words."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from types import MappingProxyType

# Each match is about one word, so that scripts without spaces weigh the same as those with them. Compiled when first
# needed, because that takes milliseconds.
SCRIPTS = (
    "(?P<ja>[\u3041-\u30ff])|(?P<zh>[\u3400-\u9fff])|(?P<ko>[\uac00-\ud7af]+)|(?P<ru>[\u0400-\u04ff]+)"
    "|(?P<ar>[\u0600-\u06ff]+)|(?P<hi>[\u0900-\u097f]+)|(?P<el>[\u0370-\u03ff]+)|(?P<he>[\u0590-\u05ff]+)"
    "|(?P<th>[\u0e00-\u0e7f]{1,4})|(?P<latin>[a-zA-Z\u00c0-\u024f]+)"
)
COMMON = MappingProxyType(
    {
        "en": (
            "the of and is are what who how you please i it this that with for my can do does write hello hi me "
            "to in on at a an be was were will would should could not no as come tell give show make explain "
            "about help by from why when where have has your we they he she all any some there here if or but so "
            "run test fix add use say"
        ),
        "de": (
            "der die das und ist nicht ich du sie wie wer was bitte mit ein eine für auf wo hallo bist kannst mir "
            "dir dich mich wir uns geht es guten tag morgen danke warum wann kann sind haben etwas von zu im den "
            "dem schreibe schreib erkläre erzähl nenne suche suchen nach berechne merke öffne fasse zusammen"
        ),
        "fr": (
            "le la les des et est une que qui je tu vous pour dans quel quelle comment bonjour du avec sur moi "
            "pas il elle nous suis ce ça va fait temps à merci salut pourquoi quand peux un en écris explique "
            "raconte donne"
        ),
        "es": (
            "el la los las y es una que qué quién como cómo por para con en hola eres tú del dime dónde está puedes "
            "un algo hoy gracias buenos días me mi su no se lo al escribe explica busca buscar calcula recuerda lee "
            "abre"
        ),
        "pt": (
            "o os as e é uma que quem como por para com em olá você um do da não onde está me são qual oi "
            "obrigado bom dia meu minha se na no ao escreva explique"
        ),
        "it": (
            "il lo gli e è una che chi come per con in ciao sei di non dove sono un della puoi mi quale stai "
            "grazie buongiorno perché oggi al nel si scrivi dimmi spiega"
        ),
    }
)
# Letters and signs that only some of the languages above write.
MARKS = MappingProxyType(
    {
        **dict.fromkeys("ßüöä", ("de",)),
        **dict.fromkeys("œûîù", ("fr",)),
        **dict.fromkeys("ñ¿¡", ("es",)),
        **dict.fromkeys("ãõ", ("pt",)),
        **dict.fromkeys("çêâô", ("fr", "pt")),
        **dict.fromkeys("íóú", ("es", "pt")),
        **dict.fromkeys("ìò", ("it",)),
        "à": ("fr", "it"),
        "è": ("fr", "it"),
        "á": ("es", "pt"),
        "é": ("fr", "es", "pt"),
    }
)
# Letters that Ukrainian has and Russian has not.
UKRAINIAN = "[іїєґІЇЄҐ]"
# Characters of a long text that are examined: as many at its beginning as at its end, where questions usually are.
SAMPLE = 300
# The score of a language other than English; half of it is enough in texts of up to SHORT words.
ENOUGH, SHORT = 4, 3
BRIEF = 2


def detect(text: str) -> str | None:
    """The language of ``text`` as a two-letter code, or None when it has no letters.

    Han characters count as Japanese when there are kana; Latin letters without a known common word as English.
    """
    if len(text) > 2 * SAMPLE:
        text = f"{text[:SAMPLE]} {text[-SAMPLE:]}"
    return _detect(text)


@lru_cache(maxsize=1024)
def _detect(text: str) -> str | None:
    if text.isascii():
        return _detect_latin(text) if any(map(str.isalpha, text)) else None
    found = Counter(match.lastgroup for match in re.finditer(SCRIPTS, text))
    if not found:
        return None
    if found["ru"] and re.search(UKRAINIAN, text):
        found["uk"] = found.pop("ru")
    if found["ja"]:
        found["ja"] += found.pop("zh", 0)
    # In a tie the script that is not Latin wins, because foreign words are commonly Latin.
    script = max(found, key=lambda name: (found[name], name != "latin"))
    return _detect_latin(text) if script == "latin" else script


def _detect_latin(text: str) -> str:
    text = text.lower()
    found = re.findall(r"\w+", text)
    words = set(found)
    # Words of one or two letters count half: they are as often variable names, and shared by languages.
    score = {
        language: sum(1 + (len(word) > BRIEF) for word in words.intersection(common.split()))
        for language, common in COMMON.items()
    }
    for mark in set(text).intersection(MARKS):
        for language in MARKS[mark]:
            # A mark that several languages share counts little.
            score[language] += ENOUGH // 2 if len(MARKS[mark]) == 1 else 1
    best = max(score, key=lambda language: score[language])
    # A longer text needs more evidence: names and loan words are everywhere.
    return best if score[best] >= (ENOUGH if len(found) > SHORT else ENOUGH // 2) else "en"
