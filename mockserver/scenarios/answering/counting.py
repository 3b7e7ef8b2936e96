"""Rewrites parsed placeholders so that their loops are counted, and the lists and texts they build are weighed.

The filters ``_count_rounds``, ``_weigh`` and ``_limit`` are those of the sandbox.
"""

from __future__ import annotations

from jinja2 import nodes
from jinja2.visitor import NodeTransformer


class Counting(NodeTransformer):
    """Puts the filters into a parsed template."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802  the names of jinja2
        """Count the rounds."""
        self.generic_visit(node)
        node.iter = _apply_filter(node.iter, "_count_rounds")
        return _count_texts(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802
        """Count the text it writes, which the renderer does not see before the macro returns."""
        return _count_texts(self.generic_visit(node))

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """Bound the parts of ``a ~ b``."""
        self.generic_visit(node)
        node.nodes = [_apply_filter(part, "_limit") for part in node.nodes]
        return node

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Node:  # noqa: N802
        """Bound the text of a ``{% set %}`` block."""
        self.generic_visit(node)
        node.filter = _apply_filter(node.filter, "_limit")
        return node

    def visit_List(self, node: nodes.List | nodes.Dict) -> nodes.Node:  # noqa: N802
        """Weigh it."""
        return _apply_filter(self.generic_visit(node), "_weigh")

    visit_Dict = visit_List  # noqa: N815

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        """Weigh it, unless it is the target of an assignment."""
        return _apply_filter(self.generic_visit(node), "_weigh") if node.ctx == "load" else node


def _apply_filter(node: nodes.Node | None, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None)


def _count_texts(block: nodes.Node) -> nodes.Node:
    """The block, with its plain text turned into values, which count each time they are written."""
    for output in block.find_all(nodes.Output):
        output.nodes = [
            nodes.Const(part.data) if isinstance(part, nodes.TemplateData) else part for part in output.nodes
        ]
    return block
