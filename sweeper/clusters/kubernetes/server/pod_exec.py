"""The command that a container runs for somebody who looks into it: arguments for its `sh` alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SHELL = ("sh", "-c", "if command -v bash > /dev/null 2>&1; then exec bash; else exec sh; fi")
"""The shell that people expect, or the one that is there."""

# The folder, then NAME=value words, then the command. What the pod says to its shim alone is no more
# for what is started here than for the program.
_ENTER = 'cd -- "$1" || :; shift; unset CVSWEEP_TEE CVSWEEP_UID CVSWEEP_HOST; exec env "$@"'

# The lab's image starts as root and becomes the user by `su`; so do we, or files would be left that
# the user cannot remove. The shell's own words stand behind `--`: what `su -c` runs loses the
# terminal, and with it Ctrl-C.
_BECOME = """\
enter=$1
shift
if [ "${CLUSTER_USER:-root}" != root ] && [ "$(id -u)" = 0 ]; then
  exec su -s /bin/sh -- "$CLUSTER_USER" -c "$enter" sh "$@"
fi
exec sh -c "$enter" sh "$@"
"""

# An older server has no way to say that its client's input has ended, so the input travels in
# pieces: a line with a number, and as many bytes; 0 is the end. `dd` reads single bytes, since any
# other reader might take more than its piece. The command may end first: then its feeder has to go,
# by a PIPE, of which no shell makes words, or by a TERM where that is ignored.
_FEED = """\
{
  sh -c 'echo "$PPID"'
  while read -r count && [ "$count" -gt 0 ]; do dd bs=1 count="$count" 2> /dev/null; done
} | {
  read -r feeder
  "$@"
  code=$?
  kill -PIPE "$feeder" 2> /dev/null
  kill "$feeder" 2> /dev/null
  exit "$code"
}
"""


def entering(folder: str, variables: Mapping[str, str], command: Sequence[str]) -> list[str]:
    """The command, run by the user whom the trial runs as, in `folder` (if it can be entered)."""
    assignments = [f"{name}={value}" for name, value in variables.items()]
    return ["sh", "-c", _BECOME, "sh", _ENTER, folder, *assignments, *command]


def fed(command: Sequence[str]) -> list[str]:
    """The command, whose input comes in pieces as `piece` and `END` make them."""
    return ["sh", "-c", _FEED, "sh", *command]


def piece(data: bytes) -> bytes:
    """Some input for a command that is `fed`."""
    return b"%d\n%b" % (len(data), data)


END = b"0\n"
"""The end of such input."""
