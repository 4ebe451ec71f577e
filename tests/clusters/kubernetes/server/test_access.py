"""Which cluster and as whom: kubeconfigs of every kind, and the service account of a pod."""

from __future__ import annotations

import base64
import json
import logging
import os
import stat
import sys
import threading

import pytest

from sweeper.clusters.kubernetes.api_errors import Unreachable
from sweeper.clusters.kubernetes.server import access as door
from sweeper.clusters.kubernetes.server.access import Access, resolve
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import BackendError, UsageError
from tests.clusters.kubernetes.scripted import Answer


def settings(path, **more) -> KubernetesSettings:
    return KubernetesSettings(kubeconfig=str(path), **more)


def test_who_we_are_is_known_before_anything_is_sent(server, tmp_path):
    """Server, context, user and namespace come from the kubeconfig alone."""
    identity = server.access(tmp_path).identity
    assert str(identity) == f"{server.url} as ada (context here), namespace lab"
    assert server.asked == []


@pytest.mark.parametrize(
    ("given", "context", "namespace"),
    [({}, "here", "lab"), ({"context": "bare"}, "bare", "default"), ({"namespace": "mine"}, "here", "mine")],
)
def test_settings_go_before_the_kubeconfig(server, tmp_path, given, context, namespace):
    """cluster.context and cluster.namespace choose; what they leave out is the kubeconfig's."""
    identity = Access(settings(server.kubeconfig(tmp_path), **given)).identity
    assert (identity.context, identity.namespace) == (context, namespace)


def test_a_context_that_is_not_there(server, tmp_path):
    """The line names the context that was wanted and those that exist."""
    with pytest.raises(UsageError, match=r"no context 'other'; there is here, bare"):
        Access(settings(server.kubeconfig(tmp_path), context="other"))


def test_a_kubeconfig_that_is_not_there(tmp_path):
    """The line names the setting and the file."""
    with pytest.raises(UsageError, match=r"cluster\.kubeconfig: there is no file .*/none"):
        Access(settings(tmp_path / "none"))


@pytest.mark.parametrize("text", ["", "{", "[]", "a: b", "clusters: 3", "\x00", "kind: Config\ncontexts: []"])
def test_a_kubeconfig_that_is_none(tmp_path, text):
    """A file that is no kubeconfig is one clear line."""
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(BackendError) as caught:
        Access(settings(path))
    assert "\n" not in str(caught.value)
    assert "kubeconfig" in str(caught.value)


def test_certificates_beside_the_kubeconfig(server, tmp_path):
    """Relative paths in a kubeconfig mean files beside it, from wherever it is read."""
    for name in ("user.crt", "user.key"):
        (tmp_path / name).write_text("not read until a connection is made")
    path = server.kubeconfig(tmp_path, {"client-certificate": "user.crt", "client-key": "user.key"})
    path.write_text(path.read_text().replace("http://", "https://"))
    found = Access(settings(path)).client.configuration
    assert os.path.samefile(found.cert_file, tmp_path / "user.crt")
    assert os.path.samefile(found.key_file, tmp_path / "user.key")


def test_an_exec_plugin_gives_the_token(server, tmp_path):
    """A kubeconfig may name a program that makes tokens; it is asked again when its token is over."""
    plugin, count = tmp_path / "plugin", tmp_path / "count"
    count.write_text("")
    plugin.write_text(
        f"#!/bin/sh\necho x >> {count}\n"
        'echo \'{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",'
        '"status":{"token":"made","expirationTimestamp":"2020-01-01T00:00:00Z"}}\'\n'
    )
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin), "args": [],
                     "interactiveMode": "Never"}}  # fmt: skip
    server.script("GET", "/version", {"gitVersion": "v1"})
    api = Api(server.access(tmp_path, user=user))
    assert count.read_text() == "x\n"  # it may take seconds, so once is enough
    api.get("/version")
    before = len(count.read_text())
    api.get("/version")
    assert [one.headers["authorization"] for one in server.asked] == ["Bearer made"] * 2
    assert len(count.read_text()) > before


def test_a_basic_token_file_may_change(server, tmp_path):
    """A token that lies in a file is read again when the credentials are renewed."""
    token = tmp_path / "token"
    token.write_text("first")
    access = server.access(tmp_path, user={"tokenFile": str(token)})
    assert access.headers() == {"authorization": "Bearer first"}
    token.write_text("second")
    access.renew()
    assert access.headers() == {"authorization": "Bearer second"}


def test_a_pods_own_service_account(server, tmp_path, monkeypatch):
    """Without a kubeconfig a controller in a pod uses what Kubernetes put there for it."""
    folder = tmp_path / "account"
    folder.mkdir()
    certificate = base64.b64encode(os.urandom(32)).decode()
    for name, text in (("token", "of-the-pod"), ("ca.crt", certificate), ("namespace", "inside\n")):
        (folder / name).write_text(text)
    from kubernetes.config import incluster_config

    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(folder / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(folder / "ca.crt"))
    monkeypatch.setattr(door, "_IN_POD", folder / "namespace")
    for name, value in (("HOST", "10.0.0.1"), ("PORT", "443")):
        monkeypatch.setenv(f"KUBERNETES_SERVICE_{name}", value)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    identity, *_ = door._find(KubernetesSettings())
    assert (identity.server, identity.namespace) == ("https://10.0.0.1:443", "inside")
    assert resolve(KubernetesSettings(), identity)["context"] is None


@pytest.fixture
def no_proxies(monkeypatch):
    """Nothing in the environment says how the server is reached."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def behind(server, tmp_path, *, proxy_url: str = "", address: str = "http://api.lab.example"):
    """A kubeconfig for a server that only a proxy may reach."""
    path = server.kubeconfig(tmp_path)
    data = json.loads(path.read_text())
    data["clusters"][0]["cluster"] |= {"server": address} | ({"proxy-url": proxy_url} if proxy_url else {})
    path.write_text(json.dumps(data))
    return settings(path)


@pytest.mark.parametrize("in_kubeconfig", [True, False])
def test_the_server_is_asked_through_its_proxy(server, tmp_path, monkeypatch, no_proxies, in_kubeconfig):
    """A kubeconfig's proxy-url and the environment lead through the same door, with every client release."""
    monkeypatch.setenv("NO_PROXY", "api.lab.example" if in_kubeconfig else "other.example")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1" if in_kubeconfig else server.url)
    address = "http://ada:secret@" + server.url.removeprefix("http://")
    given = behind(server, tmp_path, proxy_url=address if in_kubeconfig else "")
    server.script("GET", "http://api.lab.example/version", {"gitVersion": "v1"})
    access = Access(given)
    assert Api(access).get("/version") == {"kind": "Played", "gitVersion": "v1"}
    access.renew()
    assert Api(access).get("/version")["gitVersion"] == "v1"
    login = base64.b64encode(b"ada:secret").decode()
    asked = [one.headers.get("proxy-authorization") for one in server.asked]
    assert asked == [f"Basic {login}" if in_kubeconfig else None] * 2


@pytest.mark.parametrize(("name", "value"), [("NO_PROXY", "lab.example"), ("no_proxy", ".example,x")])
def test_no_proxy_is_heeded_by_every_release_of_the_client(
    server, tmp_path, monkeypatch, no_proxies, name, value
):
    """A server that NO_PROXY names is asked without a proxy."""
    for variable in ("HTTP_PROXY", "https_proxy"):
        monkeypatch.setenv(variable, server.url)
    assert Access(behind(server, tmp_path)).via == f"through the proxy {server.url} (HTTP_PROXY)"
    monkeypatch.setenv(name, value)
    access = Access(behind(server, tmp_path))
    assert (access.via, getattr(access.pool, "proxy", None)) == ("", None)


@pytest.mark.parametrize(
    ("environ", "given", "want"),
    [
        ({}, "", (None, 0, None)),
        ({"http_proxy": "http://127.0.0.1:1"}, "", (None, 0, None)),
        ({"http_proxy": "http://127.0.0.1:1", "no_proxy": "api.lab.example"}, "", (None, 0, None)),
        ({"no_proxy": "*"}, "http://p:3", ("p", 3, None)),
        ({"http_proxy": "http://127.0.0.1:1"}, "http://a:b@p:3", ("p", 3, ("a", "b"))),
    ],
)
def test_streams_take_the_same_way(server, tmp_path, monkeypatch, no_proxies, environ, given, want):
    """The library's websocket reads the environment by rules of its own; it is left no choice."""
    from kubernetes.stream import ws_client
    from websocket._url import get_proxy_info

    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    address = "http://api.lab.example" if given else server.url  # who is on this machine has no proxy
    configuration = Access(behind(server, tmp_path, proxy_url=given, address=address)).client.configuration
    if configuration.proxy or configuration.proxy_headers:
        options = ws_client.websocket_proxycare({}, configuration, "", {})
    host = address.removeprefix("http://").partition(":")[0]
    names = ("http_proxy_host", "http_proxy_port", "http_proxy_auth", "http_no_proxy")
    found = get_proxy_info(
        host, False, *(options.get(name) or (0 if "port" in name else None) for name in names)
    )
    assert found == want


def test_a_proxy_that_answers_itself_is_named(server, tmp_path, monkeypatch, no_proxies):
    """Who is behind a proxy that wants a password, or shows a page, is told which one that is."""
    monkeypatch.setenv("HTTP_PROXY", server.url)
    api = Api(Access(behind(server, tmp_path)))
    server.script("GET", "http://api.lab.example/version", Answer(407, "Proxy Authentication Required"))
    for ask in (api.get, lambda path: list(api.watch(path, 1)), lambda path: list(api.text(path))):
        with pytest.raises(Unreachable, match=rf"HTTP 407.* through the proxy {server.url} \(HTTP_PROXY\)"):
            ask("/version")


def test_a_proxy_that_does_not_answer_is_named(server, tmp_path, monkeypatch, no_proxies):
    """A tunnel that is refused, or a proxy that is not there, says so with the proxy's name."""
    monkeypatch.setenv("HTTPS_PROXY", "http://ada:secret@127.0.0.1:1")
    with pytest.raises(Unreachable, match=r"refused.* through the proxy http://127\.0\.0\.1:1 \(HTTPS"):
        Api(Access(behind(server, tmp_path, address="https://api.lab.example"))).get("/version")
    monkeypatch.setenv("HTTPS_PROXY", server.url)
    with pytest.raises(Unreachable, match=rf"Tunnel connection failed: 501.* through the proxy {server.url}"):
        Api(Access(behind(server, tmp_path, address="https://api.lab.example"))).get("/version")


@pytest.mark.parametrize("address", ["socks5://127.0.0.1:1", "ftp://p", "http://p:x"])
def test_a_proxy_that_cannot_be_used_is_refused_by_name(server, tmp_path, monkeypatch, no_proxies, address):
    """Where a way through it is impossible, that is said before anything is sent."""
    monkeypatch.setitem(sys.modules, "urllib3.contrib.socks", None)  # as without its helper
    with pytest.raises(UsageError, match="proxy"):
        Access(behind(server, tmp_path, proxy_url=address))


def test_what_another_thread_logs_is_its_own_affair(server, tmp_path, monkeypatch):
    """An error of some other part of the program is no failed credential plugin."""

    def load(*args, **kwargs):
        other = threading.Thread(target=lambda: logging.error("the disk is full"))
        other.start()
        other.join()
        return whole(*args, **kwargs)

    whole = door.config.load_kube_config
    monkeypatch.setattr(door.config, "load_kube_config", load)
    access = server.access(tmp_path)
    access.renew()
    assert access.headers() == {"authorization": "Bearer secret"}


def test_what_is_left_out_is_the_members_own(server, tmp_path, monkeypatch):
    """User, number and group are those of whoever makes the sweep, unless the settings say otherwise."""
    monkeypatch.setenv("LOGNAME", "ada")
    identity = server.access(tmp_path).identity
    found = resolve(KubernetesSettings(), identity)
    assert found == {
        "context": "here", "namespace": "lab", "user": "ada", "uid": os.getuid(), "gid": os.getgid(),
    }  # fmt: skip
    given = resolve(KubernetesSettings(user="bob", uid=0, gid=7), identity)
    assert (given["user"], given["uid"], given["gid"]) == ("bob", 0, 7)


def test_an_unreadable_kubeconfig_is_reported(tmp_path):
    """A folder in the place of the file is no traceback."""
    with pytest.raises(UsageError):
        Access(settings(tmp_path))
