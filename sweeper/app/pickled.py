"""Send Python functions to the trials by cloudpickle."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sweeper.core.errors import UsageError
from sweeper.cvsweep_trial import PROJECT

_FOLDER = '"$CVSWEEP_TRIAL_DIR"/../../tasks'
"""The folder of these files in the sweep, as a word of a trial's shell command."""
IMPORTS = f'PYTHONPATH={_FOLDER}"${{PYTHONPATH:+:$PYTHONPATH}}"\nexport PYTHONPATH\n'
RECORDER = "++hydra.callbacks.cvsweep._target_=cvsweep_trial.Recorder"
"""With this override, and the lines of IMPORTS before its command, a Hydra app records its return value."""
_SOURCE = Path(__file__).parent.parent / "cvsweep_trial.py"


def runner() -> dict[str, bytes]:
    """Return the file that trials use (cvsweep_trial.py), by its path in the sweep's folder."""
    return {"tasks/cvsweep_trial.py": _SOURCE.read_bytes()}


def pickle_task(
    task: Mapping[str, Any], project: str | os.PathLike[str], *, here: bool
) -> tuple[list[str], dict[str, bytes]]:
    """Pickle a task for the trials.

    Args:
        task: the task of cvsweep_trial.py.
        project: the folder of the project; what lies in it is taken from the sweep's copy, if there is one.
        here: whether trials are processes of this machine; elsewhere they use the Python of their image.

    Returns:
        The shell words of the command that runs the task, and the files that it needs, by their paths in the
        sweep's folder.

    Raises:
        UsageError: cloudpickle is not installed, or something in the task cannot be pickled.
    """
    try:
        import cloudpickle
    except ImportError as error:
        raise UsageError(
            "a Python function travels to its trials by cloudpickle: pip install 'cvsweep[launcher]'"
        ) from error
    path = [os.path.abspath(one) for one in sys.path if os.path.isdir(one or ".")] if here else []
    try:
        data = cloudpickle.dumps([f"{PROJECT}{os.path.realpath(project)}", *path]) + cloudpickle.dumps(
            dict(task)
        )
    except Exception as error:
        raise UsageError(f"the function cannot be pickled: {type(error).__name__}: {error}") from error
    name = f"{hashlib.blake2b(data, digest_size=6).hexdigest()}.pkl"
    words = [sys.executable if here else "python", f"{_FOLDER}/cvsweep_trial.py", name]
    return words, {**runner(), f"tasks/{name}": data}
