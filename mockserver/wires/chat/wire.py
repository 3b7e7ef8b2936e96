"""The chat wire: its parts put together."""

from __future__ import annotations

from mockserver.wires.chat.checking import UNREADABLE
from mockserver.wires.chat.errors import error_body
from mockserver.wires.chat.faults import FAULTS
from mockserver.wires.chat.folding import fold
from mockserver.wires.chat.forms import FORMS, Form
from mockserver.wires.chat.headers import error_head, success_head
from mockserver.wires.chat.raw import read_frames
from mockserver.wires.chat.reading import translate, translate_leniently
from mockserver.wires.chat.unfolding import Unfolder
from mockserver.wires.chat.writing import Writer
from mockserver.wires.messages.reading import read
from mockserver.wires.wire import Schemas, Wire


def make_wire(form: Form) -> Wire:
    """The wire whose answers have a form."""
    unfolder = Unfolder(form)
    return Wire(
        translate=translate,
        read=read,
        write=Writer(form).write,
        unfold=unfolder.unfold,
        stream=unfolder.stream,
        read_frames=read_frames,
        fold=fold,
        error=error_body,
        success_head=success_head,
        error_head=error_head,
        schemas=Schemas("chat_completion", "chat_chunk", "chat_completion", "chat_chunk"),
        faults=FAULTS,
        unreadable=UNREADABLE,
        lenient=translate_leniently,
        in_form=lambda name: make_wire(FORMS[name]),
    )


WIRE = make_wire(FORMS["openai"])
