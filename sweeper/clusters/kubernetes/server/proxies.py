"""Chooses the proxy for the API server as kubectl does, whatever the client library's release does.

Some releases use a proxy of the environment and ignore NO_PROXY, others ignore a kubeconfig's `proxy-url`.
The rules are those of Go (golang.org/x/net/http/httpproxy). Pure.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from sweeper.core.formatting import escape

_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
"""The schemes of proxies and servers, with their default ports."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy.

    Attributes:
        url: its address, without login and password, so that it may be shown.
        source: the variable or key that it comes from, for messages.
        login: `user:password`; empty if it needs none.
    """

    url: str
    source: str
    login: str = ""

    def __str__(self) -> str:
        return f"the proxy {self.url} ({self.source})"


def proxy_for(server: str, given: str, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for a server; None if it is reached directly.

    Args:
        server: the server's URL.
        given: the kubeconfig's proxy-url; it overrides the environment, NO_PROXY included.
        environ: the environment variables.

    Raises:
        ValueError: the configured value is not the address of a proxy.
    """
    if given:
        return _read(given, "proxy-url in the kubeconfig")
    place = urlsplit(server)
    for name in (f"{place.scheme.upper()}_PROXY", f"{place.scheme.lower()}_proxy"):
        if environ.get(name):
            excepted = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
            return None if _is_excepted(place, excepted) else _read(environ[name], name)
    return None


def _read(given: str, source: str) -> Proxy:
    address = given.strip()
    try:
        found = urlsplit(address if "://" in address else f"http://{address}")
        host, port = found.hostname, found.port or _PORTS[found.scheme]
    except (ValueError, KeyError):
        host, port = None, 0
    if not host or not host.isprintable():
        raise ValueError(f"{source} is not the address of a proxy: {escape(address.rpartition('@')[2])}")
    url = f"{found.scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    login = f"{unquote(found.username)}:{unquote(found.password or '')}" if found.username else ""
    return Proxy(url, source, login)


def _is_excepted(place: SplitResult, excepted: str) -> bool:
    host = (place.hostname or "").rstrip(".")
    port = str(place.port or _PORTS.get(place.scheme))
    address = _address(host)
    if host == "localhost" or (address and address.is_loopback):
        return True
    return any(_matches(one.strip().lower(), host, port, address) for one in excepted.split(","))


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _matches(rule: str, host: str, port: str, address: _Address | None) -> bool:
    if rule == "*":
        return True
    if "/" in rule:
        return address is not None and _is_within(address, rule)
    name, only = _split_port(rule)
    if not name or only not in ("", port):
        return False
    if _address(name):
        return _address(name) == address
    if address is not None:
        return False
    name = name.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")


def _split_port(rule: str) -> tuple[str, str]:
    """Return a rule's host, and its port or "". An IPv6 address may be in brackets."""
    if rule.startswith("["):
        name, _, port = rule[1:].partition("]")
        return name, port.removeprefix(":")
    name, _, port = rule.rpartition(":")
    return (name, port) if name and ":" not in name else (rule, "")


def _address(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_within(address: _Address, network: str) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
