"""The command line that a container runs for `cvsweep shell`; it needs only the container's `sh`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SHELL = ("sh", "-c", "if command -v bash > /dev/null 2>&1; then exec bash; else exec sh; fi")
"""Starts bash, or sh if there is no bash."""

# Arguments: the folder, then NAME=value words, then the command. The variables that the pod sets for its
# shim are removed, as the shim does for the program.
_ENTER = 'cd -- "$1" || :; shift; unset CVSWEEP_TEE CVSWEEP_UID CVSWEEP_HOST; exec env "$@"'

# The lab's image starts as root and switches to the user with `su`. This command does the same, or it could
# leave files that the user cannot remove. The shell's arguments follow `--`, because a command that
# `su -c` runs loses the terminal, and with it Ctrl-C.
_BECOME = """\
enter=$1
shift
if [ "${CLUSTER_USER:-root}" != root ] && [ "$(id -u)" = 0 ]; then
  exec su -s /bin/sh -- "$CLUSTER_USER" -c "$enter" sh "$@"
fi
exec sh -c "$enter" sh "$@"
"""

# An older server cannot pass on that its client's input has ended, so the input is sent in pieces: a line
# with a number, and as many bytes; 0 is the end. `dd` reads single bytes, since another reader might read
# more than its piece. If the command ends first, its feeder is ended by SIGPIPE, about which no shell
# prints a message, or by SIGTERM if SIGPIPE is ignored.
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
    """Return a command line that runs `command` as the trial's user, in `folder` if that can be entered."""
    assignments = [f"{name}={value}" for name, value in variables.items()]
    return ["sh", "-c", _BECOME, "sh", _ENTER, folder, *assignments, *command]


def fed(command: Sequence[str]) -> list[str]:
    """Return a command line that runs `command` with input in the format of `piece` and `END`."""
    return ["sh", "-c", _FEED, "sh", *command]


def piece(data: bytes) -> bytes:
    """Encode a piece of input for a command that is `fed`."""
    return b"%d\n%b" % (len(data), data)


END = b"0\n"
"""The end of the input of a command that is `fed`."""
