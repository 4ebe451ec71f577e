"""A port for each trial."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from sweeper.clusters.local import ports


def test_no_port_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reserved port is passed over, also by other controllers, until its holders have closed it."""
    first = ports.reserve()
    assert first
    port, mark = first
    offers = iter([port, port, port + 1, port])
    monkeypatch.setattr(ports, "_free_port", lambda: next(offers))
    second = ports.reserve()
    assert second
    assert second[0] == port + 1
    mark.close()
    third = ports.reserve()
    assert third
    assert third[0] == port
    second[1].close()
    third[1].close()


def test_a_port_is_free_on_every_address() -> None:
    """What is reserved can be opened by the program on all addresses."""
    found = ports.reserve()
    assert found
    with found[1], socket.socket() as program:
        program.bind(("127.0.0.1", found[0]))


def test_where_every_port_is_reserved_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search ends."""
    found = ports.reserve()
    assert found
    monkeypatch.setattr(ports, "_free_port", lambda: found[0])
    with found[1]:
        assert ports.reserve() is None


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EPERM])
def test_a_lack_of_descriptors_passes_and_a_lack_of_network_does_not(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Without a descriptor the launch is put off; without a network there is no port."""

    def refuse(*args: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket, "socket", refuse)
    if number == errno.EMFILE:
        with pytest.raises(OSError, match="Too many open files"):
            ports.reserve()
    else:
        assert ports.reserve() is None


def test_a_kernel_without_ipv6_has_ports_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The port is then one of IPv4."""
    known = socket.socket

    def without(family: int, kind: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return known(family, kind)

    monkeypatch.setattr(socket, "socket", without)
    found = ports.reserve()
    assert found
    found[1].close()


@pytest.mark.parametrize(
    ("environ", "want"),
    [
        ({"MASTER_PORT": "1"}, {"MASTER_PORT": "1"}),
        (ports.variables(7), {}),
        (ports.variables(7) | {"MASTER_PORT": "8"}, {"MASTER_PORT": "8"}),
    ],
)
def test_the_port_of_a_surrounding_trial_is_not_passed_on(
    environ: dict[str, str], want: dict[str, str]
) -> None:
    """Inside of a trial only a port that somebody has set there on purpose is the user's."""
    found = ports.without_port(environ)
    assert {name: text for name, text in found.items() if not name.startswith("CVSWEEP_")} == want
