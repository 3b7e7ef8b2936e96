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
    r"api ?keys?$",
    r"\b(?:access|account|auth|deploy|encryption|license|master|private|secret|service|shared|signing|storage) ?key$",
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
    r"secret|cookie|credential|password",
    r"api ?key",
    r"(?:^| )key$",
    r"\bsignature\b|signature$|^sig$",
    r"\b(?:csrf|jwt|sas|xsrf)\b",
    r"\bpass$|^code$",
    r"^session(?: ?id)?$|^sid$|^(?:php|j|asp)sess(?:ion)?id$",
)
# Names that look like those above, and hold no secret.
HARMLESS_NAMES = (
    r"\b(?:page|next|continuation|sync|cancel|cancellation) token$",
    r"\b(?:first|last|each|per|new|previous|current|start|stop|end|pad|bos|eos|unk|mask|sep|cls|special) token$",
    r"^x stainless auth scheme$",
    r"idempotency key$",
    r"^sec websocket key$",
)
# Below these, a schema describes the fields of these names: objects there are descriptions, not values.
SCHEMA_NAMES = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
# In the description of a secret field, these hold values of it.
SCHEMA_VALUES = frozenset({"default", "const", "enum", "example", "examples"})
# In lists of headers, variables and parameters (``{"name": "x-api-key", "value": …}``): where an item says what it is
# called, and where it holds the value.
LABEL_NAMES = frozenset(
    {"name", "key", "header", "field", "id", "variable", "parameter", "property", "header_name", "headerName", "k"}
)
LABELLED_VALUES = SCHEMA_VALUES | {"value", "values", "val", "v", "string_value", "stringValue", "defaultValue"}


class Pattern(Struct, frozen=True):
    """How a secret looks in a text.

    ``hints`` are texts in lower case, of which one is in every text that fits: without them the search is spared.
    The group ``secret`` of ``source`` is masked, else all of it. A group ``name`` must be a secret name: of a
    parameter (``names="parameter"``), of a field, or of either (``names="label"``). ``hide`` shows nothing of the
    secret, not even its last characters.
    """

    hints: tuple[str, ...]
    source: str
    hide: bool = False
    names: str = "field"


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
)
# Names of directories, and of settings in a path, behind which a secret stands.
PATH_WORDS = ("token", "secret", "secrets", "password", "passwd", "key", "credential", "credentials")
# A value that stands bare in a text: a word with a digit, or a long one, and no code, variable or placeholder.
_BARE = (
    r"(?![\w-]{1,60}[:=]\s)(?:(?=[^\s\"'`&;,$<{(\[.\\]{0,200}\d)[^\s\"'`&;,$<{(\[.\\]{7,500}"
    r"|[^\s\"'`&;,$<{(\[.\\]{16,500})"
)
_NO_FILE = r"(?![^\s?#\"'<>\\]{0,200}\.(?:ya?ml|json|py|toml|ini|cfg|txt|md)\b)"
_BARE_END = r"(?=[\s\"'`&;,)\\]|\.(?:\s|\Z)|\Z)"

PATTERNS = (
    Pattern(("-----begin",), r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<secret>.*?)(?:-----END|\Z)", hide=True),
    Pattern(("sk-ant-",), r"sk-ant-[\w-]{4,}"),
    # Other keys of this form have a digit somewhere; names such as sk-learn-estimators need not.
    Pattern(("sk-",), r"(?<![A-Za-z0-9])sk-(?=[\w-]{0,100}\d)[\w-]{13,}"),
    Pattern(("sk_", "rk_"), r"(?<!\w)[sr]k_(?:live|test)_\w{8,}"),
    # Looking back behind the first letters keeps the search fast in Base64, where the hints stand by chance.
    Pattern(("akia",), r"AKIA(?<!\w.{4})[0-9A-Z]{16}(?!\w)"),
    Pattern(("asia",), r"ASIA(?<!\w.{4})[0-9A-Z]{16}(?!\w)"),
    Pattern(("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"), r"(?<!\w)(?:gh[opsur]|github_pat)_\w{16,}"),
    Pattern(("glpat-",), r"(?<!\w)glpat-[\w-]{16,}"),
    Pattern(("xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-"), r"(?<!\w)xox[a-z]-[\w-]{8,}"),
    Pattern(("aiza",), r"AIza(?<![\w-].{4})[\w-]{35}(?![\w-])"),
    Pattern(("ya29.",), r"(?<!\w)ya29\.[\w-]{16,}"),
    Pattern(("hf_", "npm_"), r"(?<!\w)(?:hf|npm)_[A-Za-z0-9]{20,}"),
    # A JSON Web Token, whole or without its signature.
    Pattern((".eyj",), r"eyJ(?<![\w-].{3})[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?"),
    # Words may follow "bearer" and "basic"; keys have a digit or the signs of Base64 in them.
    Pattern(("bearer",), r"(?i:bearer)\s+(?P<secret>(?=[\w.~+/-]*[\d=])[\w.~+/-]{8,}=*)"),
    Pattern(("basic",), r"(?i:basic)\s+(?P<secret>(?:(?=[A-Za-z0-9+/]*[\d=+])[A-Za-z0-9+/]{8,}|[A-Za-z]{20,})=*)"),
    # The beginning "sk-ant-" in Base64, at each of the three places where it may begin.
    Pattern(("c2styw50l", "nrlwfudc", "zay1hbnqt"), r"(?:c2stYW50L|NrLWFudC|zay1hbnQt)[\w+/-]{8,}=*"),
    # User and password in an address, whose slashes JSON in a text may escape.
    Pattern(("://", ":\\"), r":\\{0,7}/\\{0,7}/(?P<secret>[^/\s?#\"'<>\\]+)@", hide=True),
    Pattern((":/",), r":/(?P<secret>[^/\s:@\"'<>\\]+:[^/\s:@\"'<>\\]+)@", hide=True),
    Pattern(("=",), r"[?&#;](?P<name>[\w.%~+-]{1,80})=(?P<secret>[^&\s#\"'<>\\]+)", hide=True, names="parameter"),
    # A part of a path behind a secret name (/token/..., /secret=...), but for the paths of files.
    Pattern(
        tuple(f"{word}{end}" for word in PATH_WORDS for end in "/="),
        r"/(?P<name>[\w.-]{0,40}?(?i:token|secrets?|password|passwd|key|credentials?))[/=]"
        r"(?P<secret>(?=[^/\s?#&;\"'<>\\.,:]{0,200}\d)[^/\s?#&;\"'<>\\.,:]{7,}|[^/\s?#&;\"'<>\\.,:]{24,})(?![\w.:])"
        rf"{_NO_FILE}",
        hide=True,
        names="parameter",
    ),
    # A line of settings in a text (API_KEY=..., password: ...).
    Pattern(
        NAME_WORDS,
        rf"(?<![\w-])(?P<name>[A-Za-z][\w-]{{2,60}}) ?[:=]\s{{0,3}}[\"']?(?P<secret>{_BARE}){_BARE_END}",
        hide=True,
    ),
    # A variable of the environment (export DB_PASSWORD=...), whose name is in capitals: any value, but no variable.
    Pattern(
        NAME_WORDS,
        r"(?<![\w$-])(?P<name>[A-Z][A-Z0-9_]{2,60})=[\"']?"
        r"(?P<secret>(?!(?:None|null|true|false)\b)[^\s\"'`&;,$<>{}()\[\]\\]{4,})(?=[\s\"'`&;,)\\]|\Z)",
        hide=True,
    ),
    # An option of a command line (--api-key ...).
    Pattern(
        ("--",),
        rf"(?<![\w-])--(?P<name>[A-Za-z][\w-]{{1,60}})(?:=|\s{{1,3}})[\"']?(?P<secret>(?!-){_BARE}){_BARE_END}",
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
    Pattern(("</",), r"<(?P<name>[\w.:-]{2,60})>(?P<secret>[^<>\s]{4,})</", hide=True),
    Pattern(
        ("cookie",), r"(?i:\b(?:set-)?cookie)\s{0,9}:\s{0,9}(?P<secret>[^\s\"'=:;,]{1,80}=[^\r\n\"'\\]+)", hide=True
    ),
    # A header in a text (x-api-key: ...), and a part of a form.
    Pattern(
        ("x-", "authorization"),
        r"(?<![\w-])(?P<name>[Xx]-[\w-]{1,60}|[Aa]uthorization)\s{0,9}:\s{0,9}(?:[A-Za-z]{1,20}\s{1,9})?"
        r"(?P<secret>(?=[^\s\"'<>\\]{0,200}\d)[^\s\"',;<>\\]{8,})",
        hide=True,
        names="parameter",
    ),
    Pattern(('name="',), r'name="(?P<name>[^"\r\n]{1,80})"\r?\n\r?\n(?P<secret>[^\r\n]+)', hide=True),
    # A field in a text that is JSON itself, or the like: of at least eight characters, or cut short.
    Pattern(
        NAME_WORDS,
        r"(?P<quote>\\{0,7}[\"'])(?P<name>[\w .-]{1,80})(?P=quote)\s{0,80}(?::|=>?)\s{0,80}(?P<inner>\\{0,7}[\"'])"
        r"(?P<secret>(?!.{0,7}(?P=inner)).{8,}?(?=(?P=inner)|\Z)|(?=[^\"'\\\s]{0,7}\d)[^\"'\\\s]{4,7}(?=(?P=inner))|(?:(?!(?P=inner)).){1,7}(?:…|\.\.\.))",
        hide=True,
    ),
)
