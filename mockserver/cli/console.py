"""Console output of a server: its address, a banner, and the reason when it cannot listen."""

from __future__ import annotations

import errno
import gc
import socket
from collections.abc import Mapping, Sequence

import click

from mockserver.cli.output import tell, tell_error
from mockserver.endpoints.fixtures import Fixtures
from mockserver.gateways.records import Gateway
from mockserver.records.masks import mask, mask_text, show_line
from mockserver.records.setting_checks import MEMORY, is_engine
from mockserver.records.settings import Settings
from mockserver.records.terminal import escape_line
from mockserver.serving.reach import is_everywhere
from mockserver.serving.server import bind
from mockserver.serving.tls import Tls, make_tls
from mockserver.store.kept.addresses import show_address
from mockserver.testing.environment import name_openai_url
from mockserver.wires import WIRES


def announce(
    url: str,
    settings: Settings,
    fixtures: Fixtures,
    *,
    host: str,
    token: str,
    quiet: bool,
    config: str = "",
    records: bool = False,
    gateway: Gateway | None = None,
) -> None:
    """Says where the server listens: to programs on the first line of stdout, to people on stderr.

    Args:
        url: the address that clients on this machine use.
        settings: the server's settings.
        fixtures: the scenarios loaded.
        host: the address it listens on.
        token: the control token when the server made it up, else "". One that was given is not shown.
        quiet: no banner; a token that was made up is told all the same, since nobody knows it.
        config: the config file; "" when there is none.
        records: whether an upstream answers what no scenario does.
        gateway: what the server is like, if it is like one.
    """
    tune_collector()
    tell(f"mockserver listening on {url}")
    if not quiet:
        scenarios, retirements = fixtures.scenarios, fixtures.list_retirements()
        unmatched = _RECORDS if records else _explain_unmatched(settings, has_recorded=scenarios.has_recorded)
        wires = gateway.wires if gateway else tuple(WIRES)
        tell_error(_make_banner(url, settings, len(scenarios), host, token, retirements, config, unmatched, wires))
    elif token:
        tell_error(f"mockserver: the control interface asks for x-mock-token: {token}")


def tune_collector() -> None:
    """Turns the garbage collector on, for a server that is ready.

    The objects made so far live as long as the server, and a call leaves hardly any garbage in cycles: the default
    thresholds would collect far too often.
    """
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; exits with a message when the address cannot be bound."""
    try:
        return bind(host, port)
    except OSError as error:
        raise SystemExit(explain_failure(error, host, port)) from error


def read_certificate(settings: Settings) -> Tls | None:
    """The certificate of the settings; exits with a message when it cannot be used."""
    try:
        return make_tls(settings)
    except ValueError as error:
        raise SystemExit(f"mockserver: {error}.") from error


def explain_failure(error: OSError, host: str, port: int) -> str:
    """Why an address could not be bound, and what to do about it."""
    if error.errno == errno.EADDRINUSE:
        return f"mockserver: port {port} on {show_line(host)} is taken. Choose another with --port; 0 finds a free one."
    return f"mockserver: cannot listen on {show_line(host)}:{port}: {error.strerror}."


_UNMATCHED: Mapping[str | tuple[str, bool], str] = {
    "error": "an error",
    "generate": "a generated reply",
    ("auto", False): "a generated reply",
    ("auto", True): "an error, since there are cassettes",
}
_RECORDS = "the upstream's answer, which is recorded"


def _explain_unmatched(settings: Settings, *, has_recorded: bool) -> str:
    return _UNMATCHED.get(settings.unmatched, _UNMATCHED["auto", has_recorded])


def _make_banner(
    url: str,
    settings: Settings,
    scenarios: int,
    host: str,
    token: str,
    retirements: Sequence[str] = (),
    config: str = "",
    unmatched: str = "a generated reply",
    wires: Sequence[str] = tuple(WIRES),
) -> str:
    rows = (
        (
            "scenarios",
            f"{scenarios} from {mask_text(', '.join(settings.fixtures)) or 'no fixture'}; none fits: {unmatched}",
        ),
        ("gateway", mask_text(settings.gateway)) if settings.gateway else ("profile", settings.profile),
        *([("options from", mask_text(config))] if config else []),
        *(row for wire, rows in _list_clients(url, settings).items() if wire in wires for row in rows),
        *([("keeps in", _show_store(settings.store))] if settings.store != MEMORY else []),
        *([("may write", f"scenario files in {mask_text(settings.allow_edit)}")] if settings.allow_edit else []),
        *([("certificate", _name_certificate(settings.ssl_certfile))] if settings.ssl_certfile else []),
        *([("elsewhere", _name_elsewhere(url))] if is_everywhere(host) else []),
        ("look inside", f"{url}/_mock/ in a browser"),
        *(("retiring", notice) for notice in retirements),
        *([("send there", f"x-mock-token: {token or 'the token that was given'}")] if settings.control_token else []),
    )
    return "\n".join(f"  {click.style(f'{name:<13}', dim=True)} {escape_line(value)}" for name, value in rows)


def _list_clients(url: str, settings: Settings) -> dict[str, tuple[tuple[str, str], ...]]:
    """The rows for the clients of each wire: a gateway may have one wire alone."""
    return {
        "messages": (
            ("clients need", f"ANTHROPIC_BASE_URL={url}"),
            ("", "ANTHROPIC_API_KEY=" + (_mask_first_key(settings.api_keys) or "any-key")),
        ),
        "chat": (("chat clients", f"OPENAI_BASE_URL={name_openai_url(url)}, and OPENAI_API_KEY"),),
    }


def _name_elsewhere(url: str) -> str:
    """The address for other machines and containers, by the name of this one; they may know it by another."""
    scheme = url.partition(":")[0]
    return f"{scheme}://{socket.gethostname()}:{url.rpartition(':')[2]}, on other machines"


def _name_certificate(path: str) -> str:
    return f"when clients do not know it: SSL_CERT_FILE={path} (Python), NODE_EXTRA_CA_CERTS={path} (Node)"


def _mask_first_key(keys: tuple[str, ...]) -> str:
    """The first key, recognisable but not usable."""
    return mask(keys[0]) if keys else ""


def _show_store(store: str) -> str:
    return show_line(show_address(store)) if is_engine(store) else mask_text(store)
