"""The tests themselves: they run alike however they were started."""

import signal

from tests.conftest import default_signals


def test_what_was_ignored_when_the_tests_began_is_not():
    """`nohup` has SIGHUP ignored, a shell's background Ctrl-C: what tests start must not inherit it."""
    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE)}
    try:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        default_signals()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN  # as Python has it
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
