"""The command without the chunk of frames that a server claims, to see what that buys."""

from __future__ import annotations

from mockserver.__main__ import command
from mockserver.serving import server

if __name__ == "__main__":
    server._call_with_room = lambda function, argument: function(argument)
    command()
