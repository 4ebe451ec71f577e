"""Which proxy leads to the API server."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.server.proxies import Proxy, proxy_for

HOST = "https://api.lab.example:6443"
PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("server", "given", "environ", "want"),
    [
        (HOST, "", {}, None),
        (HOST, "", {"HTTPS_PROXY": PROXY}, Proxy(PROXY, "HTTPS_PROXY")),
        (HOST, "", {"https_proxy": PROXY}, Proxy(PROXY, "https_proxy")),
        (HOST, "", {"HTTP_PROXY": PROXY, "ALL_PROXY": PROXY}, None),
        (HOST, "", {"HTTPS_PROXY": ""}, None),
        ("http://api.lab.example", "", {"HTTP_PROXY": PROXY}, Proxy(PROXY, "HTTP_PROXY")),
        ("http://api.lab.example", "", {"HTTPS_PROXY": PROXY}, None),
        (HOST, "", {"HTTPS_PROXY": "proxy.example:3128"}, Proxy(PROXY, "HTTPS_PROXY")),
        (HOST, "", {"HTTPS_PROXY": "http://p"}, Proxy("http://p:80", "HTTPS_PROXY")),
        (HOST, "", {"HTTPS_PROXY": "http://p:"}, Proxy("http://p:80", "HTTPS_PROXY")),
        (HOST, "", {"HTTPS_PROXY": "https://p/"}, Proxy("https://p:443", "HTTPS_PROXY")),
        (HOST, "", {"HTTPS_PROXY": "http://[::1]:8"}, Proxy("http://[::1]:8", "HTTPS_PROXY")),
        (HOST, "", {"HTTPS_PROXY": "http://a:b%40c@p:1"}, Proxy("http://p:1", "HTTPS_PROXY", "a:b@c")),
        (HOST, "", {"HTTPS_PROXY": "http://a@p:1"}, Proxy("http://p:1", "HTTPS_PROXY", "a:")),
        (HOST, PROXY, {"HTTPS_PROXY": "http://x:1"}, Proxy(PROXY, "proxy-url in the kubeconfig")),
        (HOST, PROXY, {"NO_PROXY": "*"}, Proxy(PROXY, "proxy-url in the kubeconfig")),
        (HOST, "socks5://p", {}, Proxy("socks5://p:1080", "proxy-url in the kubeconfig")),
    ],
)
def test_the_proxy_is_the_one_that_kubectl_takes(server, given, environ, want):
    """A kubeconfig's own goes first, then the variable for the server's scheme."""
    assert proxy_for(server, given, environ) == want


@pytest.mark.parametrize(
    ("server", "excepted", "want"),
    [
        (HOST, "", False),
        (HOST, "*", True),
        (HOST, "other.example, api.lab.example", True),
        (HOST, "API.lab.example", True),
        (HOST, "lab.example", True),
        (HOST, ".lab.example", True),
        (HOST, "*.lab.example", True),
        (HOST, ".api.lab.example", False),
        (HOST, "b.example", False),
        (HOST, "api.lab.example:6443", True),
        (HOST, "api.lab.example:443", False),
        ("https://api.lab.example", "api.lab.example:443", True),
        ("https://api.lab.example.", "api.lab.example", True),
        (HOST, "10.0.0.0/8,, ,nonsense/8", False),
        ("https://10.1.2.3:6443", "10.0.0.0/8", True),
        ("https://10.1.2.3:6443", "10.1.2.3", True),
        ("https://10.1.2.3:6443", "10.1.2.3:1", False),
        ("https://10.1.2.3:6443", "10.1.2", False),
        ("https://11.1.2.3:6443", "10.0.0.0/8", False),
        ("https://[fd00::1]:6443", "fd00::1", True),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", True),
        ("https://[fd00::1]:6443", "fd00::/8", True),
        ("https://localhost:6443", "", True),
        ("https://127.0.0.1:6443", "", True),
        ("https://[::1]:6443", "", True),
    ],
)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_no_proxy_is_read_as_kubectl_reads_it(server, excepted, want, name):
    """Names, their subdomains, addresses, networks and ports; this machine itself is never behind one."""
    found = proxy_for(server, "", {"HTTPS_PROXY": PROXY, name: excepted})
    assert (found is None) is want


@pytest.mark.parametrize(
    "address",
    ["http://", "http://p:x", "http://:1", "http://p\x1b:1", "http://[", "http://p:99999", "ftp://p"],
)
def test_what_is_no_address_is_refused_by_its_name(address):
    """The variable is named, and a password is not shown."""
    with pytest.raises(ValueError, match="HTTPS_PROXY is not the address of a proxy"):
        proxy_for(HOST, "", {"HTTPS_PROXY": address})


def test_a_password_is_never_shown():
    """Neither in words nor in the address that is passed on."""
    found = proxy_for(HOST, "", {"HTTPS_PROXY": "http://ada:secret@p:1"})
    assert str(found) == "the proxy http://p:1 (HTTPS_PROXY)"
    with pytest.raises(ValueError, match=r"^(?!.*secret)"):
        proxy_for(HOST, "", {"HTTPS_PROXY": "http://ada:secret@p:x"})
