"""The forms of secrets in texts: what looks like a key, and what stands beside a secret name.

To recognise further secrets, add a row to the table. Every pattern must take linear time: an unbounded repetition may
begin only where no repetition that began earlier can reach.
"""

from __future__ import annotations

from msgspec import Struct

from mockserver.records.masks.rules import LABEL_NAMES, NAME_WORDS, PATH_WORDS


class Pattern(Struct, frozen=True):
    """How a secret looks in a text.

    ``hints`` are texts in lower case, of which one is in every text that fits: without them the search is spared.
    The group ``secret`` of ``source`` is masked, else all of it. A group ``name`` must be a secret name: of a
    parameter (``names="parameter"``), of a field, or of either (``names="label"``). ``hide`` shows nothing of the
    secret, not even its last characters. ``signs`` are characters of which one is in every text that fits.
    ``head`` is what stands before ``source``, with the name in it: only behind a secret name is ``source`` looked for.
    ``begins`` says that all that fits begins with a hint, so that it is looked for there alone.
    """

    hints: tuple[str, ...]
    source: str
    hide: bool = False
    names: str = "field"
    signs: tuple[str, ...] = ()
    head: str = ""
    begins: bool = False


# A value that stands bare in a text: a word with a digit, or a long one, and no code, variable or placeholder.
_PLAIN = r"[^\s\"'`&;,<>(){\[.\\]"
_WITH_DOTS = r"[^\s\"'`&;,<>(){\[\\]"
_BARE = (
    rf"(?![A-Za-z_-]{{1,60}}[:=]\s)(?!\$)(?:(?={_PLAIN}{{0,200}}\d){_PLAIN}{{7,500}}|{_PLAIN}{{16,500}}"
    # Parts with dots between: one of them is as long as a key, and no file is named.
    rf"|(?={_WITH_DOTS}{{0,200}}\d)(?=(?:{_PLAIN}{{1,200}}\.){{0,3}}{_PLAIN}{{12}})"
    r"(?![\w.-]{1,200}\.(?:ya?ml|json|py|toml|ini|cfg|txt|md|com|org|net|io|dev)\b)"
    rf"{_PLAIN}{{1,200}}\.{_WITH_DOTS}{{0,400}}[\w=+/$-])"
)
_BARE_END = r"(?=[\s\"'`&;,)<\\]|\.(?:\s|\Z)|\Z)"
# The same in quotes, in which any sign may stand; or so long that nothing else is it.
_VALUE = (
    rf"(?P<mark>\\{{0,7}}[\"'`])?(?P<secret>{_BARE}{_BARE_END}|{_WITH_DOTS}{{500}}{_WITH_DOTS}*"
    r"|(?!\$|<|\{)(?:(?=[^\s\"'`\\]{0,200}\d)[^\s\"'`\\]{7,500}|[^\s\"'`\\]{16,500})(?=(?P=mark)))"
)
_NO_FILE = r"(?![^\s?#\"'<>\\]{0,200}\.(?:ya?ml|json|py|toml|ini|cfg|txt|md)\b)"
# An object that says what its value is called: the names at which it says so, and at which the value stands.
_QUOTE = r"(?P<quote>\\{0,7}[\"'])"
_LABEL = rf"(?i:{'|'.join(sorted(LABEL_NAMES, key=len, reverse=True))})"
_VALUES = r"(?i:value|val|v|default)"
_COLON, _COMMA = r"(?P=quote)\s{0,9}:\s{0,9}(?P=quote)", r"(?P=quote)\s{0,9},\s{0,9}(?P=quote)"
_LABELLED = r"(?:(?!(?P=quote)|\\).){1,4000}"
# A value in an attribute of XML.
_ATTRIBUTE = r"[^<>]{0,200}?\bvalue=(?P<quote>\\{0,7}[\"'])(?P<secret>[^\"'<>\\]{4,500})(?=(?P=quote))"

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
    Pattern(
        ("sk-",),
        r"sk-(?<![A-Za-z0-9].{3})(?=[\w-]{0,100}\d)(?!(?:(?:[a-z]{1,20}|\d{1,4})(?:-|(?![\w-]))){1,9}(?![\w-]))[\w-]{13,}",
    ),
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
    # Keys of others that have a prefix: of models and their tools (Groq, xAI, Perplexity, Replicate, NVIDIA, Tavily,
    # LangSmith, Amazon Bedrock), and of what agents work with.
    Pattern(
        ("gsk_", "xai-", "pplx-", "r8_", "nvapi-", "tvly-", "lsv2_", "absk"),
        r"(?<![\w-])(?:(?:gsk_|r8_)[A-Za-z0-9]{36,}|(?:xai-|pplx-|nvapi-)(?=[\w-]{0,40}\d)[\w-]{36,}"
        r"|tvly-(?:(?:dev|prod)-)?(?=[\w-]{0,30}\d)[\w-]{20,}|lsv2_(?:pt|sk)_\w{32,}|ABSK[A-Za-z0-9+/]{60,}=*)",
        begins=True,
    ),
    Pattern(
        ("atatt3", "dapi", "dckr_pat_", "dop_v1_", "figd_", "glsa_", "gocspx-", "hvs.", "lin_api_", "ntn_"),
        r"(?<![\w-])(?:ATATT3[\w=-]{40,}|dapi[0-9a-f]{32}|dckr_pat_[\w-]{20,}|dop_v1_[0-9a-f]{64}|figd_[\w-]{20,}"
        r"|glsa_\w{32,}|GOCSPX-[\w-]{20,}|hvs\.[\w-]{24,}|lin_api_\w{32,}|ntn_\w{40,})",
        begins=True,
    ),
    Pattern(
        ("pypi-ageichlwas5vcmc", "sbp_", "sg.", "shpat_", "whsec_", "xapp-", "hooks.slack.com/services/"),
        r"(?<![\w-])(?:pypi-AgEIcHlwaS5vcmc[\w-]{20,}|sbp_[0-9a-f]{40}|SG\.[\w-]{16,32}\.[\w-]{16,64}|shpat_[0-9a-f]{32}"
        r"|whsec_[A-Za-z0-9+/]{24,}=*|xapp-\d-[\w-]{20,}|hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16,})",
        begins=True,
    ),
    # A JSON Web Token, whole or without its signature.
    Pattern((".eyj",), r"eyJ(?<![\w-].{3})[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?"),
    # Words may follow "bearer" and "basic"; keys have a digit or the signs of Base64 in them.
    Pattern(
        ("bearer",),
        r"(?i:bearer)\s+(?P<secret>(?:(?![A-Za-z]+\d{1,2}(?![\w.~+/=-]))(?=[\w.~+/-]*[\d=])[\w.~+/-]{8,}"
        r"|(?=[A-Za-z]*[a-z][A-Z])[A-Za-z]{16,}|[A-Za-z]{24,})=*)",
        begins=True,
    ),
    # Behind the name of the header nothing else is expected.
    Pattern(
        ("authorization",),
        r"(?i:authorization)\\{0,7}[\"']?\s{0,9}[:=]\s{0,9}\\{0,7}[\"']?(?i:bearer|basic|token)\s+(?P<secret>[\w.~+/-]{8,}=*)",
        begins=True,
    ),
    Pattern(
        ("basic",),
        r"(?i:basic)\s+(?P<secret>(?![A-Za-z]+\d{1,2}(?![\w=+/]))(?:(?=[A-Za-z0-9+/]*[\d=+])[A-Za-z0-9+/]{8,}|[A-Za-z]{20,})=*)",
        begins=True,
    ),
    # The beginning "sk-ant-" in Base64, at each of the three places where it may begin.
    Pattern(("c2styw50l", "nrlwfudc", "zay1hbnqt"), r"(?:c2stYW50L|NrLWFudC|zay1hbnQt)[\w+/-]{8,}=*"),
    # User and password in an address, whose slashes JSON in a text may escape.
    Pattern(("://", ":\\"), r":\\{0,7}/\\{0,7}/(?P<secret>[^/\s?#\"'<>\\]+)@", hide=True),
    Pattern((":/",), r":/(?P<secret>[^/\s:@\"'<>\\]+:[^/\s:@\"'<>\\]+)@", hide=True),
    Pattern(
        ("=",),
        r"(?P<secret>[^&\s#\"'<>\\]+)",
        hide=True,
        names="parameter",
        head=r"[?&#;](?P<name>[\w.%~+-]{1,80})=",
    ),
    # A part of a path behind a secret name (/token/..., /secret=...), but for the paths of files.
    Pattern(
        PATH_WORDS,
        r"(?P<secret>(?=[^/\s?#&;\"'<>\\.,:]{0,200}\d)[^/\s?#&;\"'<>\\.,:]{7,}|[^/\s?#&;\"'<>\\.,:]{24,})(?!\w|[.:]\S)"
        rf"{_NO_FILE}",
        hide=True,
        signs=("/",),
        names="parameter",
        head=r"/(?P<name>[\w.-]{0,40}?(?i:token|secrets?|password|passwd|auth|key|credentials?))[/=]",
    ),
    # A line of settings in a text (API_KEY=..., password: ...).
    Pattern(
        NAME_WORDS,
        _VALUE,
        hide=True,
        signs=(":", "="),
        # "Tests pass: 12345678" counts something.
        head=r"(?:(?<![\w-])|(?<=-D)|(?<=\s-))(?!(?<=s )pass: \d{1,9}\b)(?=(?P<name>[A-Za-z_][\w.-]{2,60}) ?[:=])"
        rf"(?=[\w.-]*?(?i:{'|'.join(NAME_WORDS)}))(?P=name) ?[:=]{{1,2}}>?(?:\s|\\{{1,7}}[nrt]){{0,3}}",
    ),
    # A variable of the environment (export DB_PASSWORD=...), whose name is in capitals: any value, but no variable.
    Pattern(
        NAME_WORDS,
        r"(?:\\{0,7}[\"'])?(?P<secret>(?!(?:None|null|true|false)\b)[^\s\"'`&;,$<>{}()\[\]\\][^\s\"'`&;,<>{}()\[\]\\]{3,500})"
        r"(?=[\s\"'`&;,)<\\]|\Z)",
        hide=True,
        signs=("=",),
        head=r"(?<![\w$-])(?P<name>[A-Z][A-Z0-9_]{2,60})=",
    ),
    # An option of a command line (--api-key ...).
    Pattern(
        ("--",),
        rf"(?!\\{{0,7}}[\"'`]?-){_VALUE}",
        hide=True,
        head=r"(?<![\w-])--(?P<name>[A-Za-z][\w.-]{1,60})(?:=|\s{1,3}|\\{0,7}[\"'],\s{0,3})",
        begins=True,
    ),
    # A pair as a program prints it: ("x-api-key", "...").
    Pattern(
        ("('", '("', "['", '["', "(b'", '(b"', "[\\", "(\\"),
        r"(?P<secret>(?=[^\"'\\]{0,200}\d)[^\"'\\]{7,}|[^\"'\\]{16,})(?=(?P=quote)[)\]])",
        hide=True,
        names="label",
        head=r"[(\[]b?(?P<quote>\\{0,7}[\"'])(?P<name>[\w-]{2,60})(?P=quote), ?b?(?P=quote)",
        begins=True,
    ),
    Pattern(
        ("</", "]]>"),
        r"(?P<secret>(?:<!\[CDATA\[)?(?!\s|\*{3})[^<>]{4,})(?=</|\]\]>)",
        hide=True,
        head=r"<(?P<name>[\w.:-]{2,60})(?:\s[^<>]{0,300})?>\s{0,99}",
    ),
    # The same in an attribute: <apiKey value="..."/>.
    Pattern(
        ("val",),
        _ATTRIBUTE,
        hide=True,
        signs=("<",),
        head=r"<(?P<name>[\w.:-]{2,60})\s",
    ),
    Pattern(
        ("val",),
        rf"\\{{0,7}}[\"']\s{_ATTRIBUTE}",
        hide=True,
        signs=("<",),
        names="label",
        head=r"\s(?i:name|key|id)=\\{0,7}[\"'](?P<name>[\w.-]{2,60})",
    ),
    # A list of variables in YAML: a line "name: API_KEY", and one with its value.
    Pattern(
        ("val",),
        r"(?P=quote)?,?(?:\s|\\{1,7}[nrt]){1,40}value:\s{1,9}[\"']?(?P<secret>[^\s\"'<>{\\$][^\s\"'\\]{3,500})",
        hide=True,
        signs=("name:", "key:"),
        names="label",
        head=r"(?<![\w-])(?:name|key):\s{1,9}(?P<quote>[\"'])?(?P<name>[\w.-]{2,60})",
    ),
    # An object in a text that says what its value is called, before the value and behind it.
    Pattern(
        ("val", '"v', "'v", "default"),
        rf"{_COMMA}{_VALUES}{_COLON}(?P<secret>{_LABELLED})",
        hide=True,
        names="label",
        head=rf"{_QUOTE}{_LABEL}{_COLON}(?P<name>[\w .-]{{1,80}})",
    ),
    Pattern(
        ("val", '"v', "'v", "default"),
        rf"{_QUOTE}{_VALUES}{_COLON}(?P<secret>{_LABELLED}){_COMMA}{_LABEL}{_COLON}(?P<name>[\w .-]{{1,80}})(?P=quote)",
        hide=True,
        names="label",
    ),
    Pattern(
        ("cookie",),
        r"[Cc](?<!\w.)(?i:ookie)\s{0,9}:\s{0,9}(?P<secret>[^\s\"'=:;,]{1,80}=[^\r\n\"'\\]+)",
        hide=True,
        begins=True,
    ),
    # A header in a text (x-api-key: ...), and a part of a form.
    Pattern(
        ("x-", "authorization"),
        r"(?:[A-Za-z]{1,20}\s{1,9})?"
        r"(?P<secret>(?=[^\s\"'<>\\]{0,200}\d)[^\s\"',;<>\\]{8,})",
        hide=True,
        signs=(":",),
        names="parameter",
        head=r"(?P<name>[Xx]-(?<![\w-]..)[\w-]{1,60}|[Aa](?<![\w-].)uthorization)\s{0,9}:\s{0,9}",
        begins=True,
    ),
    Pattern(
        ('name="',),
        r'"[^\r\n]{0,300}\r?\n(?:[^\r\n]{1,300}\r?\n){0,5}\r?\n(?P<secret>[^\r\n]+)',
        hide=True,
        head=r'name="(?P<name>[^"\r\n]{1,80})',
    ),
    # A field in a text that is JSON itself, or the like: of at least eight characters, or cut short.
    Pattern(
        NAME_WORDS,
        r"(?P<inner>\\{0,7}[\"'])"
        r"(?P<secret>(?!.{0,7}(?<!\\)(?P=inner)).{8,}?(?=(?<!\\)(?P=inner)|\Z)|(?=[^\"'\\\s]{0,7}\d)[^\"'\\\s]{4,7}(?=(?P=inner))|(?:(?!(?P=inner)).){1,7}(?:…|\.\.\.))",
        hide=True,
        signs=('"', "'"),
        head=r"(?P<quote>\\{0,7}[\"'])(?P<name>[\w .-]{1,80})(?P=quote)\s{0,80}(?::|=>?)\s{0,80}(?:\[\s{0,9})?b?",
    ),
)
