"""The rules for secrets. A value is secret because of its name, or because of its form, such as ``sk-ant-…``.

To recognise further secrets, add a row to one of the tables. Names are compared in words: ``X-Amz-Signature`` and
``xAmzSignature`` are ``x amz signature``. Every pattern must take linear time: an unbounded repetition may begin only
where no repetition that began earlier can reach.
"""

from __future__ import annotations

from msgspec import Struct

# Names of JSON fields, however deep, whose values are secret. Only their last words count: ``token_count``,
# ``max_tokens``, ``tokenizer`` and ``author`` are none of them, nor is ``key`` alone. The API's own ``signature``,
# ``encrypted_content``, ``encrypted_index`` and ``data`` are no secrets: a conversation needs them.
FIELD_NAMES = (
    r"token$",
    r"\b(?:access|api|auth|bearer|personal|refresh|session) ?tokens$",
    r"secrets?$",
    r"pass ?(?:words?|wd|phrases?|codes?)$",
    r"\b(?:azure|github|gitlab) pat$",
    r"\bpwd$",
    r"credentials?$",
    r"\b(?:proxy )?authorization$",
    r"\bcookies?$",
    r"\b(?:pass|jwt|bearer)$",
    r"\bauth header$",
    r"api ?keys?$",
    r"\b(?:access|account|auth|client|deploy|encryption|hmac|license|master|private|secret|service|shared|signing|ssh"
    r"|storage|tls) ?keys?$",
    r"\bamz signature$",
    r"\bauth$",
    # What such a value is called more closely: ``secret_value``, ``passwordHash``, ``apiKeyBase64``.
    r"\b(?:token|secret|pass ?(?:word|wd|phrase|code)|pwd|credentials?|cookie|authorization"
    r"|(?:api|access|private|secret) ?key) ?(?:value|plain|plaintext|raw|hash|b(?:ase)? ?64|base|encoded|header"
    r"|confirm|confirmation|again|repeat)$",
    r"\b(?:secret|pass ?(?:word|phrase|code)) (?:text|string)$",
)
# Names of headers and of query parameters: the names of fields, and these. They hold few other things than secrets.
PARAMETER_NAMES = (
    *FIELD_NAMES,
    r"auth(?!or(?!iz))",
    r"token(?!s|iz| count)",
    r"secret(?!ar)|cookie|credential|password",
    r"api ?key",
    r"(?:^| )key$",
    r"\bsignature\b|signature$|^sig$",
    r"\b(?:csrf|jwt|sas|xsrf)\b",
    r"\bpass$|^code$",
    r"^session(?: ?id)?$|^sid$|^(?:php|j|asp)sess(?:ion)?id$",
)
# Parameters of the header ``Authorization`` that are no secrets.
OPEN_PARAMETERS = frozenset(
    {
        "username",
        "realm",
        "uri",
        "nonce",
        "opaque",
        "qop",
        "algorithm",
        "domain",
        "scope",
        "credential",
        "signedheaders",
    }
)
# Names that look like those above, and hold no secret.
HARMLESS_NAMES = (
    r"\b(?:page|next|continuation|sync|cancel|cancellation) token$",
    r"\b(?:first|last|each|per|new|previous|current|start|stop|end|pad|bos|eos|unk|mask|sep|cls|special) token$",
    r"^x stainless auth scheme$",
    r"\b(?:cache|foreign|idempotency|ordering|partition|primary|public|routing|sort) key$",
    r"\bsignature (?:algorithm|input|method|type|version)$",
    r"^sec websocket key$",
)
# Below these, a schema describes the fields of these names: objects there are descriptions, not values.
SCHEMA_NAMES = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
# Below these, a list holds the names of further fields: ``{"dependentRequired": {"password": ["user"]}}``.
REQUIRED_NAMES = frozenset({"dependentRequired", "dependencies"})
# In the description of a secret field, these hold values of it.
SCHEMA_VALUES = frozenset({"default", "const", "enum", "example", "examples"})
# In lists of headers, variables and parameters (``{"name": "x-api-key", "value": …}``): where an item says what it is
# called, and where it holds the value; in any case.
LABEL_NAMES = frozenset(
    {"name", "key", "header", "field", "id", "variable", "parameter", "property", "header_name", "headername", "k"}
)
LABELLED_VALUES = SCHEMA_VALUES | {"value", "values", "val", "v", "string_value", "stringvalue", "defaultvalue"}


class Pattern(Struct, frozen=True):
    """How a secret looks in a text.

    ``hints`` are texts in lower case, of which one is in every text that fits: without them the search is spared.
    The group ``secret`` of ``source`` is masked, else all of it. A group ``name`` must be a secret name: of a
    parameter (``names="parameter"``), of a field, or of either (``names="label"``). ``hide`` shows nothing of the
    secret, not even its last characters. ``signs`` are characters of which one is in every text that fits.
    """

    hints: tuple[str, ...]
    source: str
    hide: bool = False
    names: str = "field"
    signs: tuple[str, ...] = ()


# Words, in lower case, of which one is in every secret name of a field.
NAME_WORDS = (
    "token",
    "secret",
    "pass",
    "pwd",
    "credential",
    "auth",
    "cookie",
    "key",
    "amz",
    "azure",
    "github",
    "gitlab",
    "jwt",
    "bearer",
)
# Of the names of directories, and of settings in a path, behind which a secret stands.
PATH_WORDS = ("token", "secret", "password", "passwd", "auth", "key", "credential")
# A value that stands bare in a text: a word with a digit, or a long one, and no code, variable or placeholder.
_PLAIN = r"[^\s\"'`&;,<>(){\[.\\]"
_WITH_DOTS = r"[^\s\"'`&;,<>(){\[\\]"
_BARE = (
    rf"(?![\w-]{{1,60}}[:=]\s)(?!\$)(?:(?={_PLAIN}{{0,200}}\d){_PLAIN}{{7,500}}|{_PLAIN}{{16,500}}"
    # Parts with dots between: one of them is as long as a key, and no file is named.
    rf"|(?={_WITH_DOTS}{{0,200}}\d)(?=(?:{_PLAIN}{{1,200}}\.){{0,3}}{_PLAIN}{{12}})"
    r"(?![\w.-]{1,200}\.(?:ya?ml|json|py|toml|ini|cfg|txt|md|com|org|net|io|dev)\b)"
    rf"{_PLAIN}{{1,200}}\.{_WITH_DOTS}{{0,400}}[\w=+/$-])"
)
_BARE_END = r"(?=[\s\"'`&;,)<\\]|\.(?:\s|\Z)|\Z)"
# The same in quotes, in which any sign may stand; or so long that nothing else is it.
_VALUE = (
    rf"(?P<mark>[\"'`])?(?P<secret>{_BARE}{_BARE_END}|{_WITH_DOTS}{{500}}{_WITH_DOTS}*"
    r"|(?!\$|<|\{)(?:(?=[^\s\"'`\\]{0,200}\d)[^\s\"'`\\]{7,500}|[^\s\"'`\\]{16,500})(?=(?P=mark)))"
)
_NO_FILE = r"(?![^\s?#\"'<>\\]{0,200}\.(?:ya?ml|json|py|toml|ini|cfg|txt|md)\b)"
# An object that says what its value is called: the names at which it says so, and at which the value stands.
_QUOTE = r"(?P<quote>\\{0,7}[\"'])"
_LABEL = rf"(?i:{'|'.join(sorted(LABEL_NAMES, key=len, reverse=True))})"
_VALUES = r"(?i:value|val|v|default)"
_COLON, _COMMA = r"(?P=quote)\s{0,9}:\s{0,9}(?P=quote)", r"(?P=quote)\s{0,9},\s{0,9}(?P=quote)"
_LABELLED = r"(?:(?!(?P=quote)|\\).){1,4000}"

PATTERNS = (
    # Without its end, as much as looks like one: a sentence may only name it.
    Pattern(
        ("-----begin",),
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?P<secret>(?:(?!-----).){1,20000}(?=-----END)"
        r"|(?:\\[nr]|[\s\\]){0,9}(?:[A-Z][\w-]{1,20}: ?[^\r\n\\]{1,100}(?:[\r\n]|\\[nr]){1,4}){0,4}"
        r"(?:[A-Za-z0-9+/=]{20,}(?:\\[nr]|[\s\\]|[A-Za-z0-9+/=]{20,})*(?:[A-Za-z0-9+/=]{1,19}\b)?"
        r"|[A-Za-z0-9+/=]{1,19}(?:…|\.\.\.|\Z)))",
        hide=True,
    ),
    Pattern(("sk-ant-",), r"sk-ant-[\w-]{4,}"),
    # Other keys of this form have a digit somewhere; names such as sk-learn-estimators need not.
    # Looking back behind the first letters keeps the search fast, here and in the rows below.
    Pattern(("sk-",), r"sk-(?<![A-Za-z0-9].{3})(?=[\w-]{0,100}\d)[\w-]{13,}"),
    Pattern(("sk_",), r"sk_(?<!\w.{3})(?:live|test)_\w{8,}"),
    Pattern(("rk_",), r"rk_(?<!\w.{3})(?:live|test)_\w{8,}"),
    Pattern(("akia",), r"AKIA(?<!\w.{4})[0-9A-Z]{16}(?!\w)"),
    Pattern(("asia",), r"ASIA(?<!\w.{4})[0-9A-Z]{16}(?!\w)"),
    Pattern(("gh",), r"gh[opsur]_(?<!\w.{4})\w{16,}"),
    Pattern(("github_pat_",), r"github_pat_(?<!\w.{11})\w{16,}"),
    Pattern(("glpat-",), r"glpat-(?<!\w.{6})[\w-]{16,}"),
    Pattern(("xox",), r"xox[a-z]-(?<!\w.{5})[\w-]{8,}"),
    Pattern(("aiza",), r"AIza(?<![\w-].{4})[\w-]{35}(?![\w-])"),
    Pattern(("ya29.",), r"ya29\.(?<!\w.{5})[\w-]{16,}"),
    Pattern(("hf_",), r"hf_(?<!\w.{3})[A-Za-z0-9]{20,}"),
    Pattern(("npm_",), r"npm_(?<!\w.{4})[A-Za-z0-9]{20,}"),
    # A JSON Web Token, whole or without its signature.
    Pattern((".eyj",), r"eyJ(?<![\w-].{3})[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?"),
    # Words may follow "bearer" and "basic"; keys have a digit or the signs of Base64 in them.
    Pattern(
        ("bearer",), r"(?i:bearer)\s+(?P<secret>(?![A-Za-z]+\d{1,2}(?![\w.~+/=-]))(?=[\w.~+/-]*[\d=])[\w.~+/-]{8,}=*)"
    ),
    Pattern(("basic",), r"(?i:basic)\s+(?P<secret>(?:(?=[A-Za-z0-9+/]*[\d=+])[A-Za-z0-9+/]{8,}|[A-Za-z]{20,})=*)"),
    # The beginning "sk-ant-" in Base64, at each of the three places where it may begin.
    Pattern(("c2styw50l", "nrlwfudc", "zay1hbnqt"), r"(?:c2stYW50L|NrLWFudC|zay1hbnQt)[\w+/-]{8,}=*"),
    # User and password in an address, whose slashes JSON in a text may escape.
    Pattern(("://", ":\\"), r":\\{0,7}/\\{0,7}/(?P<secret>[^/\s?#\"'<>\\]+)@", hide=True),
    Pattern((":/",), r":/(?P<secret>[^/\s:@\"'<>\\]+:[^/\s:@\"'<>\\]+)@", hide=True),
    Pattern(("=",), r"[?&#;](?P<name>[\w.%~+-]{1,80})=(?P<secret>[^&\s#\"'<>\\]+)", hide=True, names="parameter"),
    # A part of a path behind a secret name (/token/..., /secret=...), but for the paths of files.
    Pattern(
        PATH_WORDS,
        r"/(?P<name>[\w.-]{0,40}?(?i:token|secrets?|password|passwd|auth|key|credentials?))[/=]"
        r"(?P<secret>(?=[^/\s?#&;\"'<>\\.,:]{0,200}\d)[^/\s?#&;\"'<>\\.,:]{7,}|[^/\s?#&;\"'<>\\.,:]{24,})(?![\w.:])"
        rf"{_NO_FILE}",
        hide=True,
        signs=("/",),
        names="parameter",
    ),
    # A line of settings in a text (API_KEY=..., password: ...).
    Pattern(
        NAME_WORDS,
        rf"(?:(?<![\w-])|(?<=-D)|(?<=\s-))(?=(?P<name>[A-Za-z_][\w-]{{2,60}}))(?P=name) ?[:=]\s{{0,3}}{_VALUE}",
        hide=True,
        signs=(":", "="),
    ),
    # A variable of the environment (export DB_PASSWORD=...), whose name is in capitals: any value, but no variable.
    Pattern(
        NAME_WORDS,
        r"(?<![\w$-])(?P<name>[A-Z][A-Z0-9_]{2,60})=[\"']?"
        r"(?P<secret>(?!(?:None|null|true|false)\b)[^\s\"'`&;,$<>{}()\[\]\\][^\s\"'`&;,<>{}()\[\]\\]{3,})"
        r"(?=[\s\"'`&;,)<\\]|\Z)",
        hide=True,
        signs=("=",),
    ),
    # An option of a command line (--api-key ...).
    Pattern(
        ("--",),
        rf"(?<![\w-])--(?P<name>[A-Za-z][\w-]{{1,60}})(?:=|\s{{1,3}})(?![\"'`]?-){_VALUE}",
        hide=True,
    ),
    # A pair as a program prints it: ("x-api-key", "...").
    Pattern(
        ("('", '("', "['", '["', "(b'", '(b"', '[\\"'),
        r"[(\[]b?(?P<quote>\\{0,7}[\"'])(?P<name>[\w-]{2,60})(?P=quote), ?b?(?P=quote)"
        r"(?P<secret>(?=[^\"'\\]{0,200}\d)[^\"'\\]{7,}|[^\"'\\]{16,})(?=(?P=quote)[)\]])",
        hide=True,
        names="label",
    ),
    Pattern(
        ("</", "]]>"),
        r"<(?P<name>[\w.:-]{2,60})(?:\s[^<>]{0,300})?>\s{0,99}(?P<secret>(?:<!\[CDATA\[)?(?!\s|\*{3})[^<>]{4,})(?=</|\]\]>)",
        hide=True,
    ),
    # An object in a text that says what its value is called, before the value and behind it.
    Pattern(
        ("val", '"v', "'v", "default"),
        rf"{_QUOTE}{_LABEL}{_COLON}(?P<name>[\w .-]{{1,80}}){_COMMA}{_VALUES}{_COLON}(?P<secret>{_LABELLED})",
        hide=True,
        names="label",
    ),
    Pattern(
        ("val", '"v', "'v", "default"),
        rf"{_QUOTE}{_VALUES}{_COLON}(?P<secret>{_LABELLED}){_COMMA}{_LABEL}{_COLON}(?P<name>[\w .-]{{1,80}})(?P=quote)",
        hide=True,
        names="label",
    ),
    Pattern(
        ("cookie",), r"[Cc](?<!\w.)(?i:ookie)\s{0,9}:\s{0,9}(?P<secret>[^\s\"'=:;,]{1,80}=[^\r\n\"'\\]+)", hide=True
    ),
    # A header in a text (x-api-key: ...), and a part of a form.
    Pattern(
        ("x-", "authorization"),
        r"(?P<name>[Xx]-(?<![\w-]..)[\w-]{1,60}|[Aa](?<![\w-].)uthorization)\s{0,9}:\s{0,9}(?:[A-Za-z]{1,20}\s{1,9})?"
        r"(?P<secret>(?=[^\s\"'<>\\]{0,200}\d)[^\s\"',;<>\\]{8,})",
        hide=True,
        signs=(":",),
        names="parameter",
    ),
    Pattern(
        ('name="',),
        r'name="(?P<name>[^"\r\n]{1,80})"[^\r\n]{0,300}\r?\n(?:[^\r\n]{1,300}\r?\n){0,5}\r?\n(?P<secret>[^\r\n]+)',
        hide=True,
    ),
    # A field in a text that is JSON itself, or the like: of at least eight characters, or cut short.
    Pattern(
        NAME_WORDS,
        r"(?P<quote>\\{0,7}[\"'])(?P<name>[\w .-]{1,80})(?P=quote)\s{0,80}(?::|=>?)\s{0,80}(?P<inner>\\{0,7}[\"'])"
        r"(?P<secret>(?!.{0,7}(?<!\\)(?P=inner)).{8,}?(?=(?<!\\)(?P=inner)|\Z)|(?=[^\"'\\\s]{0,7}\d)[^\"'\\\s]{4,7}(?=(?P=inner))|(?:(?!(?P=inner)).){1,7}(?:…|\.\.\.))",
        hide=True,
        signs=('"', "'"),
    ),
)
