"""The parser of YAML: PyYAML's, for which plain values mean what YAML 1.2 says."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

# Plain scalars mean what YAML 1.2 says, so that "no" stays a text and 12:30 is not 750: each kind, its pattern, and its
# possible beginnings.
_PLAIN = (
    ("null", r"(?:~|null|Null|NULL|)\Z", ("~", "n", "N", "")),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)\Z", "tTfF"),
    ("int", r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z", "-+0123456789."),
    ("float", r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z", "-+."),
    ("merge", r"<<\Z", "<"),
)
_TAG = "tag:yaml.org,2002:"


@cache
def build_parser() -> Any:
    """The class of parsers: made of a text, with ``get_event`` and ``get_single_node``."""
    import yaml

    kinds: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for name, pattern, beginnings in _PLAIN:
        for first in beginnings:
            kinds.setdefault(first, []).append((_TAG + name, re.compile(pattern)))
    others = {yaml.ScalarNode: _TAG + "str", yaml.SequenceNode: _TAG + "seq", yaml.MappingNode: _TAG + "map"}

    class Resolver:
        """Finds the tags of nodes that have none."""

        def resolve(self, kind: type, value: str | None, implicit: tuple[bool, bool]) -> str:
            if kind is yaml.ScalarNode and implicit[0]:
                for tag, pattern in kinds.get(value[:1] if value else "", ()):
                    if pattern.match(value or ""):
                        return tag
            return others[kind]

        def descend_resolver(self, *_: Any) -> None:
            """No tag depends on the place of a node."""

        ascend_resolver = descend_resolver

    if not hasattr(yaml, "CSafeLoader"):  # pragma: no cover (a PyYAML built without libyaml)
        return type("Loader", (Resolver, yaml.SafeLoader), {})

    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    return type("Loader", (Resolver, CParser), {})
