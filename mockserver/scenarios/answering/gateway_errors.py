"""Errors of a relay gateway that answers name: their names are checked, and their words found."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver.records.reply import Answer
from mockserver.scenarios.reading.node import Node, has_placeholder
from mockserver.scenarios.scripts import Extensions


def check_gateway_error(node: Node, extensions: Extensions) -> None:
    """Note a name in the answer at a node that is no error of the gateway; a placeholder may still give one."""
    error = node.value.get("error")
    name = error.get("gateway") if isinstance(error, dict) else None
    if not isinstance(name, str) or has_placeholder(name):
        return
    try:
        extensions.find_gateway_error(name)
    except ValueError as problem:
        node.at("error").at("gateway").complain(str(problem))


def find_gateway_error(answer: Answer, extensions: Extensions) -> Answer:
    """The answer with the failure of the gateway that it names, if it names one."""
    if "gateway" not in answer.error:
        return answer
    failure = extensions.find_gateway_error(str(answer.error["gateway"]))
    return replace(answer, error={**answer.error, "failure": failure})
