"""The rules for secrets: a value is secret because of its name. The forms of secrets stand in ``patterns``.

To recognise further secrets, add a row to one of the tables. Names are compared in words: ``X-Amz-Signature`` and
``xAmzSignature`` are ``x amz signature``.
"""

from __future__ import annotations

# Names of JSON fields, however deep, whose values are secret. Only their last words count: ``token_count``,
# ``max_tokens``, ``tokenizer`` and ``author`` are none of them, nor is ``key`` alone. The API's own ``signature``,
# ``encrypted_content``, ``encrypted_index`` and ``data`` are no secrets: a conversation needs them.
_LAST_WORDS = (
    r"token",
    r"\b(?:access|api|auth|bearer|personal|refresh|session) ?tokens",
    r"secrets?",
    r"pass ?(?:words?|wd|phrases?|codes?)",
    r"\b(?:azure|github|gitlab) pat",
    r"\bpwd",
    r"credentials?",
    r"\b(?:proxy )?authorization",
    r"\bcookies?",
    r"\b(?:pass|jwt|bearer)",
    r"api ?keys?",
    r"\b(?:access|account|auth|client|deploy|encryption|hmac|license|master|private|secret|service|shared|signing|ssh"
    r"|storage|tls) ?keys?",
    r"\bamz signature",
    r"\bauth",
)
# Words that may follow in such a name: ``secret_value``, ``passwordHash``, ``apiKeyBase64``.
_MORE = (
    r"(?: ?(?:value|plain|plaintext|raw|hash|b(?:ase)? ?64|base|encoded|header|confirm|confirmation|again|repeat))?$"
)
FIELD_NAMES = (
    *(f"{word}{_MORE}" for word in _LAST_WORDS),
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
