"""Which cluster and as whom: kubeconfigs of every kind, and the service account of a pod."""

from __future__ import annotations

import base64
import os
import stat

import pytest

from sweeper.backends.kubernetes.server import access as door
from sweeper.backends.kubernetes.server.access import Access, resolve
from sweeper.backends.kubernetes.server.api import Api
from sweeper.core.cluster import KubernetesSettings
from sweeper.core.errors import BackendError, UsageError


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
    identity, _, _ = door._find(KubernetesSettings())
    assert (identity.server, identity.namespace) == ("https://10.0.0.1:443", "inside")
    assert resolve(KubernetesSettings(), identity)["context"] is None


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


def test_an_unreadable_kubeconfig_is_told(tmp_path):
    """A folder in the place of the file is no traceback."""
    with pytest.raises(UsageError):
        Access(settings(tmp_path))
