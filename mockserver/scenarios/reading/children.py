"""What is below a mapping of YAML."""

from __future__ import annotations

from typing import Any

# A YAML node; PyYAML has no useful types for them.
YamlNode = Any
# A value and the node that names it, each None where there is none; all those of a mapping by their keys.
Found = tuple[YamlNode, YamlNode]
Children = dict[str | int, Found]


def list_children(node: YamlNode) -> Children:
    """The values of a mapping and the nodes of their keys, those it merges included."""
    found: Children = {}
    for name, value in node.value:
        if name.id == "scalar" and not name.tag.endswith(":merge"):
            found.setdefault(name.value, (value, name))
    for mapping in find_merged(node):
        if mapping.id == "mapping":
            found = {**list_children(mapping), **found}
    return found


def find_merged(node: YamlNode) -> list[YamlNode]:
    """The mappings merged into a mapping by ``<<``, in the order they were given."""
    below = [value for key, value in node.value if key.tag.endswith(":merge")]
    return [item for value in below for item in (value.value if value.id == "sequence" else [value])]
