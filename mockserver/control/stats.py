"""The endpoints of the figures: how many requests, with which statuses, by which scenarios, of how many tokens, how
fast.
"""

from __future__ import annotations

from mockserver.control.requests import ControlRequest, ControlResponse, RefusalError
from mockserver.store.summaries import summarize

_MISSING = "The metrics need prometheus-client, which is not installed."
_INSTALL = "pip install prometheus-client, the extra metrics; GET /_mock/stats gives the same figures without it"


def show_stats(request: ControlRequest) -> ControlResponse:
    """Show the figures of the session, or of the whole server."""
    figures = summarize(request.store.stats.read(request.session), request.settings.own_secrets)
    return ControlResponse({"session": request.label, **figures})


def clear_stats(request: ControlRequest) -> ControlResponse:
    """Begin the figures of the session, or of the whole server, anew."""
    return ControlResponse({"cleared": request.store.stats.clear(request.session)})


def show_metrics(request: ControlRequest) -> ControlResponse:
    """Show the same figures in the text format of Prometheus, or in OpenMetrics for those who accept that.

    Raises:
        RefusalError: 501, prometheus-client is not installed.
    """
    try:
        from mockserver.control.metrics import write_metrics  # what it needs is an extra
    except ModuleNotFoundError as error:
        raise RefusalError(501, _MISSING, _INSTALL) from error
    text, media_type = write_metrics(request)
    return ControlResponse(text, media_type=media_type, is_masked=True)
