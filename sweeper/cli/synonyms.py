"""Suggests a command for a first word that is no verb of cvsweep, such as a verb of another tool."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

RUN = "cvsweep -m lr=1e-3,1e-4"

_AS: Mapping[str, Sequence[str]] = {
    "cancel": ("kill", "abort", "end", "terminate", "interrupt", "quit"),
    "ls": ("list", "ps", "jobs", "sweeps", "history", "dir", "queue", "squeue"),
    "status": ("show", "info", "state", "describe", "progress", "stat", "st", "summary"),
    "status -w": ("watch", "top", "monitor", "attach", "htop"),
    "logs": ("log", "cat", "output", "out", "stdout", "print"),
    "logs -f": ("tail", "follow"),
    "results": ("table", "result", "metrics", "compare", "df", "query", "res"),
    "results --top 1": ("best",),
    "results -o csv": ("export", "csv", "download", "dump"),
    "report --open": ("plot", "plots", "graph", "chart", "html", "view", "open", "dashboard", "ui", "board"),
    "stop": ("pause", "suspend", "hold", "drain"),
    "note": ("comment", "annotate", "remark"),
    "set": ("change", "update", "edit", "tune", "scale"),
    "rm": ("delete", "remove", "del", "purge", "drop", "destroy"),
    "clean --checkpoints": ("prune", "gc"),
    "rename": ("mv", "move"),
    "tag": ("label", "mark", "star"),
    "resume": ("continue", "restart", "unpause", "recover"),
    "retry": ("rerun", "redo", "again", "requeue", "repeat"),
    "collect": ("reread", "refresh", "sync", "reload"),
    "doctor": ("check", "validate", "test", "verify", "lint"),
    "init": ("new", "create", "setup", "bootstrap", "scaffold"),
    "shell": ("ssh", "exec", "enter", "login"),
    "quota": ("gpus", "nodes", "cluster"),
}
_VERBS = {word: verb for verb, words in _AS.items() for word in words}

_RUNS = ("run", "start", "launch", "submit", "sweep", "train", "multirun", "go", "sbatch", "grid", "agent")
_SENTENCES: Mapping[str, str] = {
    **dict.fromkeys(("cp", "copy", "clone", "fork"), "run its grid again under another sweep.name"),
    **dict.fromkeys(("add", "extend", "append"), "run the further points under the same sweep.name"),
    **dict.fromkeys(("plan", "preview", "dry-run", "dryrun"), f"type: {RUN} --dry-run"),
    **dict.fromkeys(("config", "cfg", "conf"), "type: cvsweep --cfg job"),
    **dict.fromkeys(("version", "v"), "type: cvsweep --version"),
    **dict.fromkeys(("usage", "man", "docs", "?"), "type: cvsweep --help"),
}


def instead(words: Sequence[str]) -> str:
    """Return a suggestion for these words as the end of a sentence; empty if there is none."""
    first, rest = words[0].lower(), words[1:]
    if first in _SENTENCES:
        return _SENTENCES[first].replace("{SWEEP}", shlex.quote(rest[0]) if rest else "SWEEP")
    if first in _RUNS:
        return _a_run(rest)
    if first in _VERBS:
        return f"type: {shlex.join(['cvsweep', *_VERBS[first].split(), *rest])}"
    return ""


def _a_run(rest: Sequence[str]) -> str:
    overrides = any("=" in word for word in rest)
    return f"a run needs no verb; type: {shlex.join(['cvsweep', *rest]) if overrides else RUN}"
