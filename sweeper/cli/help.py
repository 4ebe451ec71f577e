"""`cvsweep --help`: plain text, so that it needs no parser and answers at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sweeper.core.errors import CvsweepError, UsageError

TEXT = """\
cvsweep: turn a Hydra grid into many trials, run them, get one table back

usage: cvsweep [-m] [OVERRIDE ...] [options]      run a sweep
       cvsweep VERB [SWEEP] [options]             look at one, or change it

  cvsweep init                              configure your script, or an example
  cvsweep -m lr=1e-3,1e-4 'seed=range(5)'   run ten trials and show their table
  cvsweep -m lr=1e-3,1e-4 --dry-run         show what would run; touch nothing
  cvsweep lr=1e-3                           run one trial

grid (Hydra's grammar; quote what your shell would read):
  lr=1e-3,1e-4        each of these           seed='range(5)'     0 to 4
  experiment=a,b      each of these configs   model='glob(r*)'    all that match
  +new_key=3          a key no config has     ~old_key            drop one
  'sweep.zip=[[lr,batch_size]]'             vary together, not crossed
  'sweep.exclude=[{lr: 0.1, model: big}]'   leave these points out

options of a run:
  -m, --multirun       commas and ranges make a grid (else: one trial)
  -n, --dry-run        print the plan and touch nothing; --all: all of it
  -d, --detach         go on in the background; the log is in the sweep's folder
  -v, --verbose        write to stderr what is done; every verb has it
  --config-dir DIR     look in this folder too, after ./configs
  --config-name NAME   use this file instead of config.yaml
  --cfg job, --info, --hydra-help              as in every Hydra program

settings, given like any override:
  sweep.name=NAME          the same name again adds what is missing
  sweep.root=DIR           where sweeps are kept (default: ./sweeps)
  cluster.max_parallel=N   trials at once (default: one per GPU, else per core)
  task.time_limit=SECONDS  end a trial that runs longer
  retry.budgets.error=N    try a failed trial again up to N times

verbs (SWEEP is a name or a path; left out: the newest):
  init [SCRIPT|DIR]    configure your script, or write an example
  ls                   all sweeps
  status [-w]          how far it is; -w keeps looking
  wait [SWEEP ...]     wait until sweeps have ended; the exit code is theirs
  logs [-f] TRIAL      what a trial printed; of another sweep: logs SWEEP TRIAL
  shell TRIAL          a shell where a trial runs; -- COMMAND runs that instead
  results              the table: --where, --over seed, --pivot, -o csv|json|...
  report [--open]      one HTML page: pictures, table, failures (an extra)
  note [TRIAL] TEXT    write a note on the sweep, or on trials of it
  tag [TRIAL] TAG      give the sweep or trials a tag; -TAG takes it away
  set KEY=VALUE ...    change a setting of a sweep, also while it runs
  stop [--now]         launch nothing more; what runs goes on to its end
  cancel [TRIAL ...]   end what runs, drop what waits
  retry [TRIAL ...]    try failed trials again
  collect [TRIAL ...]  read metrics again, e.g. with results.reader=log
  resume               go on after an interruption, a crash or a pause
  rename SWEEP NAME    give a sweep another name
  clean --checkpoints  remove those of trials that have ended, not the best's
  rm SWEEP ...         remove sweeps for good
  doctor [OVERRIDE]    look at everything that a run would need
  quota [OVERRIDE]     who holds what in the cluster's namespace, what is free
  diagnose TRIAL       all that is known of a trial, in one file
  completion SHELL     what makes bash, zsh or fish complete all this at TAB
  Each has its own --help.

exit codes: 0 all trials succeeded, 1 some did not, 2 wrong usage or
            configuration, 3 storage or cluster trouble, 130 interrupted
Ctrl-C once: launch nothing more, wait for what runs. Twice: leave it running.
"""


def show_help() -> int:
    """Print the help; return the exit code."""
    sys.stdout.write(TEXT)
    return 0


def show_version() -> int:
    """Print the version; return the exit code."""
    from importlib.metadata import version

    sys.stdout.write(f"cvsweep {version('cvsweep')}\n")
    return 0


def unknown_verb(words: Sequence[str], verbs: Sequence[str]) -> UsageError:
    """Return the error for a first word that is neither a verb nor an override."""
    import shlex

    from sweeper.cli.synonyms import instead  # only now: completion reads the text above at every TAB
    from sweeper.core.mistyped import mistyped_start

    word = words[0]
    if _is_sweep(word):
        return UsageError(f"{word!r} is a sweep, not a verb; type: cvsweep status {shlex.quote(word)}")
    if mistake := mistyped_start(words):
        return UsageError(f"cannot read {word!r}: {mistake}")
    hint = instead(words) or _near_verb(word, verbs) or "see: cvsweep --help"
    return UsageError(f"{word!r} is neither a verb nor an override (KEY=VALUE); {hint}")


def _near_verb(word: str, verbs: Sequence[str]) -> str:
    from sweeper.core.formatting import nearest

    close = nearest(word, verbs)
    return f"did you mean: cvsweep {close}?" if close else ""


def _is_sweep(word: str) -> bool:
    from sweeper.cli.common import is_known_sweep

    try:
        return is_known_sweep(word, None)
    except CvsweepError:  # the root is set in a configuration that is invalid
        return False
