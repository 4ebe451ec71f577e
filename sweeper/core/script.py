"""The text of command.sh, which runs one trial, in an attempt or by hand."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from sweeper.core.model import Trial
from sweeper.core.references import guards

_BY_HAND = """\
if [ -z "${CVSWEEP_OUT:-}" ]; then
  here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit
  CVSWEEP_TRIAL_DIR=$here CVSWEEP_PARAMS=$here/params.json CVSWEEP_ATTEMPT=0
  CVSWEEP_OUT=$here/by-hand CVSWEEP_CHECKPOINT_DIR=$here/by-hand/checkpoints
  export CVSWEEP_TRIAL_DIR CVSWEEP_PARAMS CVSWEEP_ATTEMPT CVSWEEP_OUT CVSWEEP_CHECKPOINT_DIR
  mkdir -p "$CVSWEEP_CHECKPOINT_DIR" || exit
fi
"""


def command_script(sweep: str, trial: Trial, code: str, imports: Sequence[str] = ()) -> str:
    """Return the text of command.sh for a trial.

    Args:
        sweep: the name of the sweep.
        trial: the trial.
        code: the folder of the trial's project.
        imports: the folders from which Python imports before all others. They are set here, since a
            container's login shell may overwrite the environment with which it was started.
    """
    where = "$CVSWEEP_OUT" if trial.cwd == "out" else "$CVSWEEP_CODE"
    return (
        "#!/bin/sh\n"
        f"# Trial {trial.index} of sweep {sweep!r}. To repeat it by hand: sh command.sh\n"
        "# Results of a run by hand go to by-hand/ here, never into a recorded attempt.\n"
        f"{_BY_HAND}"
        f"CVSWEEP_SWEEP={quote(sweep)} CVSWEEP_TRIAL={trial.index} CVSWEEP_CODE={quote(code)}\n"
        "export CVSWEEP_SWEEP CVSWEEP_TRIAL CVSWEEP_CODE\n"
        f"{_pythonpath(imports)}"
        f'cd "{where}" || exit\n'
        f"{guards(trial)}"
        f"{trial.command}\n"
    )


def _pythonpath(imports: Sequence[str]) -> str:
    if not imports:
        return ""
    front = quote(":".join(imports))
    return f"PYTHONPATH={front}${{PYTHONPATH:+:$PYTHONPATH}}\nexport PYTHONPATH\n"
