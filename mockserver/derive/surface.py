"""Facts that an SDK states outside its types: betas, error codes, routes, discriminators, and the last days of models.

``make schemas`` writes those of the SDK that the schemas are derived from to ``schemas/sources/surface.json``;
``mockserver drift`` compares that file with the installed SDK.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins

from mockserver.derive import sdk

NAME = "sources/surface.json"
_METHODS = ("get", "post", "put", "patch", "delete")
# The methods of the SDK's resources that call a route: self._post("/v1/messages", ...).
_CALLS = {**{f"_{method}": method.upper() for method in _METHODS}, "_get_api_list": "GET"}
# In the TypeScript SDK: this._client.post('/v1/messages', ...), or (0, path_1.path) `/v1/models/${modelID}`.
_JS_CALL = re.compile(
    r"_client\.(get|post|put|patch|delete|getAPIList)\(\s*(?:\(0, \w+\.path\)\s*)?"
    r"[`'\"](/[^`'\"]*)[`'\"](?=(.{0,400}))",
    re.DOTALL,
)
_JS_BETAS = re.compile(r"export type AnthropicBeta = ([^;]*);")
_JS_ERROR = re.compile(r"['\"]?(\d{3}),?\s*([a-z_]+)['\"]")
_DAY = re.compile(r"(\w+) (\d+)(?:st|nd|rd|th), (\d{4})")


class Surface(Struct, frozen=True):
    """These facts of one SDK. A field is None where that SDK does not state it.

    ``errors`` are texts such as ``400 invalid_metadata``, ``routes`` such as ``GET /v1/models/{}``. ``discriminators``
    are the fields that tell the members of a union apart, by the union's place; ``retirements`` days by model.
    """

    betas: tuple[str, ...] | None = None
    errors: tuple[str, ...] | None = None
    routes: tuple[str, ...] | None = None
    discriminators: Mapping[str, str] | None = None
    retirements: Mapping[str, str] | None = None

    def parts(self) -> dict[str, dict[str, str]]:
        """Each part that the SDK has as a mapping; a list has empty values."""
        return {
            name: dict(value) if isinstance(value, Mapping) else dict.fromkeys(value, "")
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not None
        }


def read_noted(folder: Path) -> Surface:
    """The facts in ``surface.json``; all None when there is no such file."""
    path = folder / NAME
    return Surface(**json.loads(path.read_bytes())) if path.exists() else Surface()


def write(folder: Path) -> list[str]:
    """Write the facts of the installed SDK to the file; return the name of the file when it changed."""
    path, text = folder / NAME, json.dumps(to_builtins(read_python()), indent=1) + "\n"
    if path.exists() and path.read_text("utf-8") == text:
        return []
    path.write_text(text, "utf-8")
    return [NAME]


def read_python() -> Surface:
    """The facts of the installed Python SDK."""
    home = Path(str(importlib.import_module("anthropic").__file__)).parent
    return Surface(
        betas=tuple(sdk.list_betas()),
        errors=_list_errors(),
        routes=_sort(_find_routes((home / "resources").rglob("*.py"))),
        discriminators=dict(sorted(_find_discriminators(home / "types"))),
        retirements=_read_days(_find_deprecated()),
    )


def _list_errors() -> tuple[str, ...] | None:
    """The errors that have a class of their own; None when the SDK is too old to have the table."""
    try:
        classes = importlib.import_module("anthropic._error_classes").ERROR_CLASSES
    except ModuleNotFoundError:
        return None
    return _sort(f"{status} {code}" if code else str(status) for status, code in classes)


def _find_deprecated() -> Mapping[str, str]:
    try:
        models: Mapping[str, str] = importlib.import_module("anthropic._data.deprecated_models").DEPRECATED_MODELS
    except ModuleNotFoundError:
        models = importlib.import_module("anthropic.resources.messages.messages").DEPRECATED_MODELS
    return models


def _find_routes(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
                path = _read_path(node.args[0]) if node.args else None
                if path is not None:
                    yield _name_route(_find_method(node) or _CALLS[node.func.attr], path)


def _read_path(node: ast.expr) -> str | None:
    """The path that a call names: a text, or the template of one."""
    if isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _find_method(call: ast.Call) -> str | None:
    given = [word.value for word in call.keywords if word.arg == "method"]
    return str(given[0].value).upper() if given and isinstance(given[0], ast.Constant) else None


def _name_route(method: str, path: str) -> str:
    return f"{method} {re.sub(r'[$]?[{][^}]*[}]', '{}', path.partition('?')[0])}"


def _find_discriminators(folder: Path) -> Iterator[tuple[str, str]]:
    """The unions of messages that name the field by which their members are told apart."""
    for file in sorted({*folder.glob("*.py"), *folder.glob("beta/beta_*.py"), *folder.glob("**/messages/*.py")}):
        if "managed_agents" in file.name:
            continue
        text = file.read_text("utf-8")
        if "iscriminator" not in text:
            continue
        place = file.relative_to(folder).with_suffix("").as_posix()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.AnnAssign) and (found := _find_discriminator(node)):
                yield f"{place} {ast.unparse(node.target)}", found


def _find_discriminator(node: ast.AnnAssign) -> str | None:
    for call in (each for each in ast.walk(node) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)):
        named = [word.value for word in call.keywords if word.arg == "discriminator"]
        given = named or (call.args if getattr(call.func, "id", "") == "UnionDiscriminator" else [])
        if given and isinstance(given[0], ast.Constant):
            return str(given[0].value)
    return None


def read_typescript(folder: Path) -> Surface:
    """What a TypeScript SDK knows, by its folder in ``node_modules``. Its types have no discriminators at run time."""
    betas = _JS_BETAS.search(_read(folder / "resources/beta/beta.d.ts"))
    errors = _JS_ERROR.findall(_read(folder / "core/error-classes.js"))
    days = re.findall(r"['\"]([\w.-]+)['\"]: ['\"]([^'\"]+)['\"]", _read(folder / "internal/data/deprecated-models.js"))
    routes = _sort(_find_js_routes((folder / "resources").rglob("*.js")))
    return Surface(
        betas=tuple(re.findall(r"['\"]([^'\"]+)['\"]", betas[1])) if betas else None,
        errors=_sort(" ".join(filter(None, pair)) for pair in errors) if errors else None,
        routes=routes or None,
        retirements=_read_days(dict(days)) if days else None,
    )


def find_typescript(start: Path) -> Path | None:
    """The TypeScript SDK in the ``node_modules`` of a folder, of those above it, or of this checkout's tests."""
    homes = [start, *start.parents, start / "tests/typescript"]
    found = (home / "node_modules/@anthropic-ai/sdk" for home in homes)
    return next((folder for folder in found if (folder / "package.json").is_file()), None)


def version_of(folder: Path) -> str:
    """The version of a TypeScript SDK."""
    package: Any = json.loads((folder / "package.json").read_bytes())
    return str(package.get("version", "of unknown version"))


def _find_js_routes(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        for method, path, rest in _JS_CALL.findall(_read(file)):
            given = re.match(r"[^;]*?\bmethod: '(\w+)'", rest) if method == "getAPIList" else None
            yield _name_route(given[1].upper() if given else "GET" if method == "getAPIList" else method.upper(), path)


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def _read_days(models: Mapping[str, str]) -> dict[str, str]:
    """The last days of models as ``2026-11-30``; a day in another form stays as it is."""
    return {name: _read_day(text) for name, text in sorted(models.items())}


def _read_day(text: str) -> str:
    found = _DAY.fullmatch(text)
    if found is None:
        return text
    return datetime.strptime(" ".join(found.groups()), "%B %d %Y").strftime("%Y-%m-%d")


def _sort(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts)))
