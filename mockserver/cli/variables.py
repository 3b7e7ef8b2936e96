"""Environment variables that look like options of the commands and are none."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import click

from mockserver.records.masks import show_line
from mockserver.records.option import PREFIX
from mockserver.records.suggesting import find_similar, show_name

# Kubernetes gives these to every container beside a service of the name "mockserver", Docker's links the latter ones
# (source: the Kubernetes documentation, "Accessing the Service", 2026-11).
_FOREIGN = re.compile(r"SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?|(ENV_\w+|NAME)")


def list_variables(group: click.Group) -> set[str]:
    """The variables that the options and arguments of all commands may be given by."""
    given = (parameter.envvar for command in group.commands.values() for parameter in command.params)
    return {name for each in given for name in ([each] if isinstance(each, str) else each or ())}


def find_unknown(environment: Mapping[str, str], known: Collection[str]) -> Iterator[str]:
    """A line for each variable that begins as ours do and is none, with what was meant. Values are not shown."""
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in known or _FOREIGN.fullmatch(name.removeprefix(PREFIX)):
            continue
        # Compared without what all have in common, in the case of all.
        near = find_similar(name.removeprefix(PREFIX).upper(), [each.removeprefix(PREFIX) for each in sorted(known)])
        meant = f"did you mean {PREFIX}{near}?" if near else f"known are {', '.join(sorted(known))}"
        yield show_line(f"mockserver: there is no variable {show_name(name)}; {meant}")
