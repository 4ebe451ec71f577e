"""The errors that are shown to users, as one line each, with their exit codes."""


class CvsweepError(Exception):
    """An error that the user can act on. The message says what is wrong, where, and what to do.

    Only the classes below are raised.
    """

    exit_code = 1


class UsageError(CvsweepError):
    """The command line, the configuration or the grid is wrong; nothing has been created."""

    exit_code = 2


class NoCommandError(UsageError):
    """The configuration contains no command for the trials."""


class NameTakenError(UsageError):
    """A new sweep cannot have its name: the root already contains something with this name."""


class CopiedSweepError(UsageError):
    """The folder is a copy of a sweep, and cannot be run beside the original."""


class StorageError(CvsweepError):
    """The sweep folder cannot be written or read correctly (full disk, missing permissions, damage)."""

    exit_code = 3


class TransientStorageError(StorageError):
    """The volume has a problem that is usually temporary: the same operation may soon succeed."""


class DamagedTrialError(CvsweepError):
    """A program's changes to its folder left an attempt in an unknown state; the sweep goes on without it."""

    exit_code = 3


class BackendError(CvsweepError):
    """The backend, where attempts run, cannot be used."""

    exit_code = 3


class ControllerError(CvsweepError):
    """The controller did not start, or did not do what was requested."""

    exit_code = 3


class SweepHeldError(CvsweepError):
    """Another controller holds the sweep; the message names it."""

    exit_code = 3


class SupersededError(CvsweepError):
    """Another controller has taken over this sweep; whatever this one still writes is ignored."""

    exit_code = 3
