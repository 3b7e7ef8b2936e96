"""What a relay gateway is: rows of data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, Struct, field

from mockserver.gateways.globs import fits_any
from mockserver.records.errors import fill_names
from mockserver.records.reply import NOTHING, Fault
from mockserver.reference.ids import ALPHANUMERIC

# Where an error is said: before anything is relayed, in one shape on every wire; or while it is, in that of the wire.
GATE, RELAY = "gate", "relay"


class ErrorRow(Struct, frozen=True):
    """An error of a gateway.

    ``texts`` has its words by language (``zh``, ``en``), which may hold {model}, {group}, {method}, {path}, {key} and
    the like; ``values`` is what stands for those that the call does not tell. ``type`` "": the gateway's own. ``code``
    and ``param`` None: the body has no such key. ``is_empty``: it has no body. ``has_id``: its message ends with the id
    of the request.
    """

    status: int
    texts: Mapping[str, str] = {}
    code: str | None = ""
    type: str = ""
    param: str | None = None
    stage: str = GATE
    values: Mapping[str, str] = {}
    is_empty: bool = field(default=False, name="empty")
    has_id: bool = field(default=True, name="request_id")

    def word(self, language: str, values: Mapping[str, str]) -> str:
        """Its words in a language, else in any, with the values put in."""
        text = self.texts.get(language) or next(iter(self.texts.values()), "")
        # Its own values may name what the call tells.
        own = {name: value for name, value in self.values.items() if name not in values}
        return fill_names(fill_names(text, own), values)


class KeyRow(Struct, frozen=True):
    """What happens to whoever calls with a key: ``error`` names the row of the error that it gets; "": none.

    ``models`` are globs of those that it may use; None is all. An admin may name a channel behind its key.
    """

    error: str = ""
    group: str = ""
    models: tuple[str, ...] | None = None
    is_admin: bool = field(default=False, name="admin")


class Upstream(Struct, frozen=True):
    """An error that a channel has in place of an answer: of this ``status``, with these fields of the API's error."""

    status: int
    type: str = ""
    message: str = ""
    code: str | None = None


class Channel(Struct, frozen=True):
    """What stands behind a gateway, for some models.

    ``models`` are globs of those asked for; () is all. ``converts``: behind it is an API like OpenAI's, so the rules of
    the Messages API refuse nothing, and chat answers are as that API makes them. ``error`` is what it answers always;
    None: scenarios answer. ``faults`` strike each of its replies on the wire named. ``renames`` are the names of models
    in its answers, by globs of those asked for.
    """

    name: str
    models: tuple[str, ...] = ()
    converts: bool = False
    error: Upstream | str | None = None
    faults: Mapping[str, tuple[Fault, ...]] = {}
    renames: Mapping[str, str] = {}

    def takes(self, model: str) -> bool:
        """Whether it is for a model."""
        return not self.models or fits_any(model, self.models)


class PathRow(Struct, frozen=True):
    """What a gateway answers at a path, ``path`` being a glob of it from ``/v1`` on; "" as ``method`` is any.

    The first row that fits counts. ``error`` names the row of the error, ``body`` is a JSON value in its place, and
    ``page`` the text of an HTML page, both with status 200. A row with none of them is a path that it has.
    """

    path: str
    method: str = ""
    error: str = ""
    body: Any = UNSET
    page: str = ""
    needs_key: bool = field(default=True, name="key")


class NameRow(Struct, frozen=True):
    """An ending of model names that changes the request, as ``adjusting`` does it; ``models``: globs of the names
    without it, () is all.
    """

    ending: str
    does: str
    models: tuple[str, ...] = ()
    values: Mapping[str, Any] = NOTHING


class Gateway(Struct, frozen=True, eq=False):
    """A relay gateway.

    ``wires`` are those that it has. ``language`` is that of its errors. ``error_type`` is the ``type`` of its own.
    ``headers`` are added to every answer, ``id_header`` is the one of the request id, which ends with ``id_mark`` and
    eight of ``id_letters``. ``chat_form`` is the form of chat answers of channels that do not convert, see
    ``wires.chat.forms``; ``list_form`` that of its models, see ``listing``. ``key_headers`` are those that keys are
    read of, the first comes first. ``retries`` is how many further channels are tried, but not after errors of the
    statuses in ``no_retry``; ``channel`` is the one that comes first whatever the model; "": the first that takes it.
    ``max_tokens`` is put in where a request has none; 0: nothing is. ``group`` is that of keys which name none.
    ``listed`` are models besides those of the catalogue, with their owners; ``model_errors`` names errors by globs of
    models asked for.

    ``upstream_types`` says which ``type`` the Messages wire has for errors from behind it: ``kept``, that of the error;
    ``code``, its code, which is ``<nil>`` where it has none, as always behind a channel that converts; ``own``, the
    gateway's own, whatever the channel. ``masks``: addresses and keys in errors while relaying are masked.
    """

    name: str
    version: str = ""
    wires: tuple[str, ...] = ("messages", "chat")
    language: str = "zh"
    group: str = "default"
    error_type: str = "new_api_error"
    upstream_types: str = "kept"
    masks: bool = False
    id_header: str = "X-Oneapi-Request-Id"
    id_mark: str = ""
    id_letters: str = ALPHANUMERIC
    headers: Mapping[str, str] = {}
    chat_form: str = "new-api"
    key_headers: tuple[str, ...] = ("x-api-key", "authorization")
    max_tokens: int = 8192
    channel: str = ""
    retries: int = 0
    no_retry: tuple[int, ...] = (400, 408, 504, 524)
    channels: tuple[Channel, ...] = ()
    names: tuple[NameRow, ...] = ()
    paths: tuple[PathRow, ...] = ()
    errors: Mapping[str, ErrorRow] = {}
    keys: Mapping[str, KeyRow] = {}
    listed: Mapping[str, str] = {}
    model_errors: Mapping[str, str] = {}
    list_form: str = "new-api"

    def __repr__(self) -> str:
        """Without its keys, which may be secrets."""
        return f"Gateway({self.name!r})"

    def find_channel(self, name: str) -> Channel | None:
        """The channel of that name."""
        return next((channel for channel in self.channels if channel.name == name), None)
