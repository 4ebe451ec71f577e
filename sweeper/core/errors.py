"""The only errors that reach a user: one clear line each, and the exit code that goes with it."""


class CvsweepError(Exception):
    """Something the user can act on. The message names what is wrong, where, and what to do.

    What is raised is always one of those below.
    """

    exit_code = 1


class UsageError(CvsweepError):
    """The command line, the configuration or the grid is wrong; nothing has been created."""

    exit_code = 2


class NoCommandError(UsageError):
    """The configuration says nowhere what a trial runs."""


class NameTakenError(UsageError):
    """A new sweep cannot have its name: something of this name is in the root already."""


class CopiedSweepError(UsageError):
    """The folder is a copy of a sweep, and cannot be run beside the original."""


class StorageError(CvsweepError):
    """The sweep folder cannot be written or read as it must be (full disk, no rights, damage)."""

    exit_code = 3


class TransientStorageError(StorageError):
    """The volume is in trouble that mostly passes: the same may work in a moment."""


class DamagedTrialError(CvsweepError):
    """What a trial's program did to its folder leaves one attempt in doubt; the sweep goes on without it."""

    exit_code = 3


class BackendError(CvsweepError):
    """The place where attempts run cannot be used."""

    exit_code = 3


class ControllerError(CvsweepError):
    """The controller that was asked to do something, or to start, did not."""

    exit_code = 3


class SweepHeldError(CvsweepError):
    """Another controller holds the sweep; the message says who."""

    exit_code = 3


class SupersededError(CvsweepError):
    """Another controller took this sweep over; whatever this one still writes counts for nothing."""

    exit_code = 3
