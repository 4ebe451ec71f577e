"""The cluster's address and our credentials, from a kubeconfig or the service account of this pod.

Only this module and terminal.py import the client library, which takes up to two seconds.
"""

from __future__ import annotations

import getpass
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from kubernetes import client, config
from kubernetes.config import kube_config
from kubernetes.config.config_exception import ConfigException

from sweeper.clusters.kubernetes.server.proxies import Proxy, proxy_for
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import BackendError, UsageError

_IN_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True, slots=True)
class Login:
    """The server, the user and the namespace in use; as text, for messages."""

    server: str
    context: str
    user: str
    namespace: str

    def __str__(self) -> str:
        return f"{self.server} as {self.user} (context {self.context}), namespace {self.namespace}"


class Access:
    """The address of one cluster and the credentials for it, which can be read again: tokens expire.

    Attributes:
        identity: the server, user and namespace.
        pool: the connection pool.
        via: the proxy through which the server is reached, for messages; empty if none is used.
    """

    def __init__(self, settings: KubernetesSettings) -> None:
        self._lock = threading.Lock()
        self.via = ""
        self.identity, self._load, self._proxy_url, first = _find(settings)
        self._use(first)

    def renew(self) -> None:
        """Read the credentials again; BackendError if they cannot be read."""
        fresh = client.Configuration()
        with _explained("the credentials"), _aloud():
            self._load(fresh)
        self._use(fresh)

    def _use(self, fresh: client.Configuration) -> None:
        fresh.retries = False  # urllib3 would repeat requests behind our back, and sleep
        fresh.connection_pool_maxsize = 16
        proxy = _lead(fresh, self._proxy_url)
        with _reached(proxy):
            made = client.ApiClient(fresh)
        with self._lock:
            self._configuration, self._client = fresh, made
            self.pool = made.rest_client.pool_manager
            self.via = f"through {proxy}" if proxy else ""

    def close(self) -> None:
        """Close the idle connections; each connection in use is closed after its request."""
        pools = self.pool.pools
        for pool in map(pools.get, list(pools.keys())):
            if pool:
                pool.close()
        pools.clear()

    @property
    def client(self) -> Any:
        """The client library's ApiClient, for its streams."""
        return self._client

    @property
    def host(self) -> str:
        """The server's URL, without a slash at its end."""
        return str(self._configuration.host).rstrip("/")

    def headers(self) -> dict[str, str]:
        """Return the headers with our credentials. This may run an exec plugin, and so take a moment."""
        with self._lock, _explained("the credentials"):
            settings = self._configuration.auth_settings()
        return {
            one["key"]: one["value"] for one in settings.values() if one["in"] == "header" and one["value"]
        }


def resolve(settings: KubernetesSettings, identity: Login) -> dict[str, Any]:
    """Return the values of the settings that default to the login, the kubeconfig or this process."""
    return {
        "context": settings.context or (None if identity.context == IN_CLUSTER else identity.context),
        "namespace": identity.namespace,
        "user": settings.user or _login(),
        "uid": os.getuid() if settings.uid is None else settings.uid,
        "gid": os.getgid() if settings.gid is None else settings.gid,
    }


IN_CLUSTER = "in-cluster"

Load = Callable[[client.Configuration], None]

_NO_HOST = "no-host.invalid"


def _lead(fresh: client.Configuration, proxy_url: str) -> Proxy | None:
    """Set the proxy of the client's configuration, and return it; None if the server needs no proxy.

    Each release of the client has its own rules for proxies, and its streams read the environment again. The
    values that are set here override all of these rules.
    """
    try:
        proxy = proxy_for(str(fresh.host), proxy_url, os.environ)
    except ValueError as error:
        raise UsageError(str(error)) from error
    fresh.proxy = proxy.url if proxy else None
    fresh.no_proxy = _NO_HOST if proxy else "*"
    login = urllib3.make_headers(proxy_basic_auth=proxy.login) if proxy and proxy.login else None
    # The streams read `no_proxy` only if there are headers, which have no other effect.
    fresh.proxy_headers = login if proxy else {"accept": "*/*"}
    return proxy


@contextmanager
def _reached(proxy: Proxy | None) -> Iterator[None]:
    try:
        yield
    except (
        urllib3.exceptions.HTTPError,
        ImportError,
    ) as error:  # a kind of proxy that this client cannot use
        raise UsageError(
            f"{proxy} cannot be used by this release of the Kubernetes client: {error};"
            " name an http:// or https:// proxy, or set NO_PROXY"
        ) from error


def _find(settings: KubernetesSettings) -> tuple[Login, Load, str, client.Configuration]:
    """Find the cluster and the credentials, which may take seconds.

    Returns:
        The identity, a function that reads the credentials, the kubeconfig's proxy-url, and the current
        credentials.
    """
    if settings.kubeconfig is None and not _default_files() and "KUBERNETES_SERVICE_HOST" in os.environ:
        return _in_cluster(settings)
    file = os.path.expandvars(os.path.expanduser(settings.kubeconfig)) if settings.kubeconfig else None
    if file and not os.path.isfile(file):
        raise UsageError(f"cluster.kubeconfig: there is no file {file}")
    what = f"the kubeconfig {file or ', '.join(_default_files())}".rstrip()
    with _explained(what):
        contexts, active = config.list_kube_config_contexts(file)
    chosen = _choose(contexts, active, settings.context)
    name, context = chosen["name"], chosen.get("context") or {}

    def load(fresh: client.Configuration) -> None:
        config.load_kube_config(file, context=name, client_configuration=fresh)

    first = client.Configuration()
    with _explained(what), _aloud():
        load(first)
    namespace = settings.namespace or context.get("namespace") or "default"
    identity = Login(str(first.host), name, context.get("user") or "?", namespace)
    with _explained(what):
        proxy_url = _proxy_url(file, str(context.get("cluster") or ""))
    return identity, load, proxy_url, first


def _proxy_url(file: str | None, cluster: str) -> str:
    """Return the kubeconfig's proxy-url of the cluster, which some releases of the client ignore."""
    merged = kube_config.KubeConfigMerger(file or kube_config.KUBE_CONFIG_DEFAULT_LOCATION).config
    found = merged["clusters"].get_with_name(cluster)["cluster"].safe_get("proxy-url")
    return str(found or "")


def _choose(contexts: list[Any], active: Any, wanted: str | None) -> Mapping[str, Any]:
    if wanted is None:
        chosen: Mapping[str, Any] = active
        return chosen
    for one in contexts:
        if one["name"] == wanted:
            found: Mapping[str, Any] = one
            return found
    names = ", ".join(one["name"] for one in contexts)
    raise UsageError(f"cluster.context: the kubeconfig has no context {wanted!r}; there is {names}")


def _in_cluster(settings: KubernetesSettings) -> tuple[Login, Load, str, client.Configuration]:
    def load(fresh: client.Configuration) -> None:
        config.load_incluster_config(client_configuration=fresh)

    first = client.Configuration()
    with _explained("the service account"):
        load(first)
        namespace = settings.namespace or _IN_POD.read_text(encoding="utf-8").strip()
    return Login(str(first.host), IN_CLUSTER, "this pod's service account", namespace), load, "", first


def _default_files() -> list[str]:
    paths = os.environ.get("KUBECONFIG") or "~/.kube/config"
    return [path for path in paths.split(os.pathsep) if path and os.path.isfile(os.path.expanduser(path))]


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a container may run under a number that has no name
        raise UsageError(
            f"cluster.user: user {os.getuid()} has no name here; say cluster.user=<your name in the lab>"
        ) from error


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except ConfigException as error:
        message = " ".join(str(error).split()).removeprefix("Invalid kube-config file. ").rstrip(".")
        raise BackendError(
            f"{what} cannot be used: {message}; name one with cluster.kubeconfig= or $KUBECONFIG"
        ) from error
    except Exception as error:  # the file is not a kubeconfig, or a credential plugin raised something
        text = " ".join(str(error).split())
        raise BackendError(f"{what} cannot be read: {type(error).__name__}: {text}") from error


@contextmanager
def _aloud() -> Iterator[None]:
    """Raise ConfigException if a credential plugin fails: the client only logs it, and sends no credentials.

    Only errors that are logged by this thread count.
    """
    heard = _Heard(logging.ERROR)
    logging.getLogger().addHandler(heard)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(heard)
    if heard.messages:
        raise ConfigException(heard.messages[0])


class _Heard(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.messages: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.messages.append(record.getMessage())
