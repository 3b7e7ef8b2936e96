"""``GET /v1/files``: the files of a session, latest first, behind them those of fixtures, in three shapes.

Source: the documentation of 2026-09 and recordings of 2025-11 to 2026-08; both API versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

from mockserver.endpoints import filing
from mockserver.endpoints.cursors import make_token, read_token
from mockserver.endpoints.paging import Query, read_limit, read_query, read_window
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.files import KIND, FileObject

# With it the API answers as it did before 2026-08-19; the next one gives lists the keys of both.
OLD = "files-api-2025-04-14"
_AGENTS = "managed-agents-2026-04-01"
# "At most 100 entries (after de-duplication)" (source: the SDK's types, 2.14.0).
_MOST_IDS = 100
# The latest moment that a time can show.
_LATEST = 253_402_300_799.0


class Row(Struct, frozen=True):
    """A file in its list, which goes from high numbers to low ones. Those of fixtures have numbers below 0."""

    number: int
    file: FileObject


class Listing(Struct, frozen=True):
    """The list of a session at a time. One of another scope, a session of agents, is empty: those are not simulated."""

    parts: Parts
    session: str
    at: float
    is_scoped: bool = False

    def below(self, number: int | None, limit: int) -> list[Row]:
        """The latest files with lower numbers, at most ``limit``; None: of all."""
        if self.is_scoped:
            return []
        rows: list[Row] = []
        more = number is None or number > 0
        while more and len(rows) < limit:
            page = self.parts.store.objects.page(self.session, KIND, limit, below=number)
            rows += self._read(page.objects)
            more, number = page.has_more, page.objects[-1].number if page.objects else number
        first = 0 if number is None else min(number, 0)
        return [*rows, *(row for row in self._declared() if row.number < first)][:limit]

    def above(self, number: int, limit: int) -> list[Row]:
        """The earliest files with higher numbers, at most ``limit``, latest first."""
        if self.is_scoped:
            return []
        rows = [row for row in reversed(self._declared()) if row.number > number]
        number, more = max(number, 0), True
        while more and len(rows) < limit:
            page = self.parts.store.objects.page(self.session, KIND, limit, above=number)
            rows += reversed(self._read(page.objects))
            more, number = page.has_more, page.objects[0].number if page.objects else number
        return rows[:limit][::-1]

    def find(self, file_id: str) -> int | None:
        """The number of a file, also of one deleted a while ago; None when it is unknown."""
        declared = list(self.parts.fixtures.declared)
        number = self.parts.store.objects.find_number(self.session, KIND, file_id)
        return -1 - declared.index(file_id) if number is None and file_id in declared else number

    def _read(self, objects: Any) -> list[Row]:
        rows = [Row(found.number, filing.decode(found)) for found in objects]
        return [row for row in rows if filing.is_there(row.file, self.at)]

    def _declared(self) -> list[Row]:
        seen = {file.id for file in filing.list_declared(self.parts, self.session)}
        rows = [Row(-1 - number, file) for number, file in enumerate(self.parts.fixtures.declared.values())]
        return [row for row in rows if row.file.id in seen and filing.is_there(row.file, self.at)]


def list_files(call: Call, session: str, parts: Parts) -> dict[str, Any]:
    """The page that a call asks for.

    Raises:
        ApiError: 400, a parameter is wrong, or is not taken in the shape that the betas ask for.
    """
    query = read_query(call.query)
    listing = Listing(parts, session, call.at, is_scoped="scope_id" in query)
    if is_old(call):
        return _list_by_ids(listing, query, old=True)
    if ids := _read_ids(query):
        return _list_some(listing, ids, query, both=_AGENTS in call.betas)
    if _AGENTS in call.betas:
        if "after_id" in query or "before_id" in query:
            return {**_list_by_ids(listing, query, old=False), "next_page": None}
        page = _list_by_page(listing, query)
        return {"data": page["data"], **_name_ends(page["data"], more=page["next_page"] is not None), **page}
    for name in ("before_id", "after_id"):
        if name in query:
            raise _refuse(f"{name}: Extra inputs are not permitted")
    return _list_by_page(listing, query)


def is_old(call: Call) -> bool:
    """Whether a call wants the shapes of the beta."""
    return OLD in call.betas


def show(file: FileObject, *, old: bool) -> dict[str, Any]:
    """A file as the API shows it. Source of keys and order: recordings and the SDK's types (2.14.0)."""
    shown = {
        "type": "file",
        "id": file.id,
        "size_bytes": file.size_bytes,
        "created_at": _write_time(file.created_at),
        "filename": file.filename,
        "mime_type": file.mime_type,
        "downloadable": file.downloadable,
    }
    if old:
        return shown
    expires = None if file.expires_at is None else _write_time(file.expires_at)
    return {"id": file.id, **shown, "expires_at": expires}


def _list_by_page(listing: Listing, query: Query) -> dict[str, Any]:
    limit = read_limit(query)
    rows = listing.below(read_token(KIND, query), limit + 1)
    token = make_token(KIND, rows[limit - 1].number) if len(rows) > limit else None
    return {"data": _show_rows(rows[:limit], old=False), "next_page": token}


def _list_by_ids(listing: Listing, query: Query, *, old: bool) -> dict[str, Any]:
    window = read_window(query)
    if window.before:
        number = listing.find(window.before)
        rows = [] if number is None else listing.above(number, window.limit + 1)
        shown = rows[-window.limit :]
    else:
        number = listing.find(window.after) if window.after else None
        rows = [] if window.after and number is None else listing.below(number, window.limit + 1)
        shown = rows[: window.limit]
    data = _show_rows(shown, old=old)
    return {"data": data, **_name_ends(data, more=len(rows) > window.limit)}


def _list_some(listing: Listing, ids: list[str], query: Query, *, both: bool) -> dict[str, Any]:
    """ "Always a single page; ids that do not resolve are silently omitted" (source: the SDK's types, 2.14.0)."""
    if "page" in query or "limit" in query:
        raise _refuse("ids: Cannot be combined with page or limit")
    if len(ids) > _MOST_IDS:
        raise _refuse(f"ids: List should have at most {_MOST_IDS} items after validation, not {len(ids)}")
    found = [(listing.find(each), filing.find_file(listing.parts, listing.session, each, listing.at)) for each in ids]
    rows = [Row(number, file) for number, file in found if file is not None and number is not None]
    data = _show_rows(sorted(rows, key=lambda row: -row.number), old=False)
    return {"data": data, **(_name_ends(data, more=False) if both else {}), "next_page": None}


def _read_ids(query: Mapping[str, Any]) -> list[str]:
    given = [*query.get("ids[]", ()), *query.get("ids", ())]
    return list(dict.fromkeys(each for text in given for each in text.split(",") if each))


def _show_rows(rows: list[Row], *, old: bool) -> list[dict[str, Any]]:
    return [show(row.file, old=old) for row in rows]


def _name_ends(data: list[dict[str, Any]], *, more: bool) -> dict[str, Any]:
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"has_more": more, "first_id": first, "last_id": last}


def _write_time(seconds: float) -> str:
    # Recorded: milliseconds, written with six digits.
    moment = datetime.fromtimestamp(min(max(seconds, 0.0), _LATEST), timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}000Z"


def _refuse(message: str) -> ApiError:
    return ApiError(Finding(message, "files.list", "documentation of 2026-09; text inferred"))
