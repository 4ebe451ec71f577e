"""The reserved keys of a resolved configuration become typed settings, each rule with its sentence."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from omegaconf import DictConfig, OmegaConf

from sweeper.compose.errors import guarded
from sweeper.compose.omegaconf_errors import own_section
from sweeper.compose.plain import as_json
from sweeper.compose.rules import (
    UMASK,
    Rule,
    at_least,
    check_keys,
    check_rules,
    one_of,
    optional,
)
from sweeper.core.cluster import KUBERNETES, LOCAL, ClusterSettings, KubernetesSettings, LocalSettings
from sweeper.core.errors import UsageError
from sweeper.core.model import Cause
from sweeper.core.paths import EXIT
from sweeper.core.patterns import lazy
from sweeper.core.settings import (
    ARGS,
    READERS,
    ArgsSettings,
    CodeSettings,
    ResultsSettings,
    RetrySettings,
    Settings,
    SweepSettings,
    TaskSettings,
    form_of,
)
from sweeper.core.words import did_you_mean
from sweeper.store.places import expanded

T = TypeVar("T")

_SHARED = ("sweep", "cluster", "code", "retry", "results")
_PATHS = {"sweep": ("root",), "cluster": ("gpu_locks",)}
"""Settings that are paths on this machine. A kubeconfig is read by many people, each in their own home."""
_NAME = lazy(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def _is_result_file(name: str) -> bool:
    return form_of(name) is not None and name != EXIT and not re.search(r"[/\\*?\[\]{}\0]", name)


def _either(choices: Sequence[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


_RULES: dict[str, tuple[Rule, ...]] = {
    "sweep": (
        (
            "name",
            optional(lambda name: _NAME.fullmatch(name) is not None),
            "at most 63 letters, digits, '.', '_' and '-', the first a letter or digit",
        ),
        ("root", bool, "the path of a folder"),
        ("max_trials", at_least(1), "at least 1"),
        ("pause_after", at_least(0), "at least 0"),
    ),
    "cluster": (
        ("max_parallel", optional(at_least(1)), "at least 1, or null"),
        ("gpus", optional(at_least(0)), "at least 0, or null"),
        ("trials_per_gpu", at_least(1), "at least 1"),
        ("gpu_locks", optional(os.path.isabs), "the full path of a folder, or null"),
        UMASK,
        ("grace", at_least(0), "at least 0 seconds"),
    ),
    "task": (
        ("command", lambda words: all(isinstance(word, str) for word in words), "a list of words"),
        (
            "args_style",
            one_of("argparse", "hydra", "env", "json", "overrides"),
            "argparse, hydra, env, json or overrides",
        ),
        ("cwd", one_of("code", "out"), "code or out"),
        ("time_limit", optional(lambda limit: 0 < limit < math.inf), "more than 0 seconds, or null"),
    ),
    "task.args": tuple((key, one_of(*choices), _either(choices)) for key, choices in ARGS.items()),
    "code": (
        ("mode", optional(one_of("snapshot", "in_place")), "snapshot, in_place or null"),
        ("max_mb", at_least(1), "at least 1"),
    ),
    "retry": (
        ("wait_initial", at_least(0), "at least 0 seconds"),
        ("wait_max", at_least(0), "at least 0 seconds"),
        ("wait_jitter", at_least(0), "at least 0 seconds"),
        ("memory_factor", at_least(1), "at least 1"),
    ),
    "results": (
        ("metric", optional(bool), "a metric's name, or null"),
        ("mode", optional(one_of("max", "min")), "max, min or null"),
        ("reader", optional(one_of(*READERS)), f"{', '.join(READERS)} or null"),
        ("pattern", optional(bool), "a regular expression, or null"),
        (
            "file",
            optional(_is_result_file),
            "the name of a file that ends in .json, .jsonl or .csv, without folders and wildcards (folders"
            " below are looked through too), or null",
        ),
    ),
}
_BACKENDS: dict[str, type[ClusterSettings]] = {LOCAL: LocalSettings, KUBERNETES: KubernetesSettings}


def read_settings(data: Mapping[str, Any], project: Path = Path()) -> tuple[Settings, tuple[str, ...]]:
    """The settings of the whole sweep, and what is to be said about them.

    `project` is where the path of a pod file begins.
    """
    cluster, remarks = _cluster(_checked("cluster", data.get("cluster")), project)
    retry = _section("retry", RetrySettings, data.get("retry"))
    _check_budgets(retry)
    settings = Settings(
        sweep=_section("sweep", SweepSettings, data.get("sweep")),
        cluster=cluster,
        code=_section("code", CodeSettings, data.get("code")),
        retry=retry,
        results=read_results_section(data.get("results")),
    )
    return settings, remarks


def read_results_section(section: Any) -> ResultsSettings:
    """The settings that say who reads a trial's metrics, and which of them ranks the trials."""
    results = _section("results", ResultsSettings, section)
    _check_pattern(results)
    _check_file(results)
    return results


def read_task(section: Any) -> TaskSettings:
    """The settings of one trial's program."""
    task = _checked("task", section)
    args = _section("task.args", ArgsSettings, task.get("args", {}))
    return _section("task", TaskSettings, {**task, "args": args})


def read_sweep(cfg: DictConfig) -> SweepSettings:
    """`sweep` alone, from a configuration whose parameters are not all known yet."""
    with guarded():
        node = cfg.get("sweep")
        section = OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
    return _section("sweep", SweepSettings, as_json(section))


class SharedSettings:
    """The settings of the first point, which every other point must have too."""

    def __init__(self, data: Mapping[str, Any], project: Path) -> None:
        self._project = project
        self.settings, self.remarks = read_settings(data, project)
        self._known = [{name: data[name] for name in _SHARED}]

    def check(self, data: Mapping[str, Any]) -> None:
        """Refuse a point whose settings differ, naming the key."""
        # Points mostly share the very same sections: looking is enough.
        if any(all(data[name] is known[name] for name in _SHARED) for known in self._known):
            return
        key = _difference(asdict(self.settings), asdict(read_settings(data, self._project)[0]), "")
        if key:
            raise UsageError(f"{key} differs between points of the grid, but it holds for the whole sweep")
        self._known = [{name: data[name] for name in _SHARED}, *self._known[:1]]


def _section(name: str, cls: type[T], given: Any) -> T:
    section = _with_paths(name, _checked(name, given))
    check_keys(name, section, _keys(cls))
    check_rules(name, section, _RULES[name])
    return cls(**section)


def _with_paths(name: str, section: dict[str, Any]) -> dict[str, Any]:
    """The section with its paths of this machine as a shell would read them: `~/x`, `$HOME/x`."""
    paths = {key: section[key] for key in _PATHS.get(name, ()) if isinstance(section.get(key), str)}
    return {**section, **{key: expanded(f"{name}.{key}", path) for key, path in paths.items()}}


def _checked(name: str, section: Any) -> dict[str, Any]:
    if not isinstance(section, dict):
        raise UsageError(f"{name} must hold settings, not {section}; {own_section(name)}")
    return section


def _cluster(section: dict[str, Any], project: Path) -> tuple[ClusterSettings, tuple[str, ...]]:
    """The backend decides what else there is to say."""
    if "apiVersion" in section:
        raise UsageError(
            "this cluster file is a pod file: name it as the template of a cluster's pods instead, as in"
            " cluster=kubernetes cluster.pod_template=pod.yaml"
        )
    backend = section.get("backend", LOCAL)
    check_rules("cluster", {"backend": backend}, [("backend", one_of(*_BACKENDS), "local or kubernetes")])
    own = _keys(_BACKENDS[backend])
    others = {key for cls in _BACKENDS.values() for key in _keys(cls)}.difference(own)
    stranger = next((key for key in section if key in others), None)
    if stranger is not None:
        raise UsageError(
            f"cluster.{stranger} means nothing where cluster.backend is {backend}: choose a cluster as a"
            " whole, as in cluster=local or cluster=kubernetes"
        )
    if backend == KUBERNETES:
        from sweeper.compose.pods import read_pods  # only now: it imports much that no other sweep needs

        return read_pods(section, project)
    local = _section("cluster", LocalSettings, section)
    if local.trials_per_gpu > 1 and (local.gpus or 0) > 1:
        raise UsageError(
            f"cluster.trials_per_gpu={local.trials_per_gpu} is for trials that share one GPU, and"
            f" cluster.gpus={local.gpus} gives each of them several: leave one out"
        )
    return local, ()


def _keys(cls: type) -> list[str]:
    return [field.name for field in fields(cls)]


def _check_budgets(retry: RetrySettings) -> None:
    causes = [cause.value for cause in Cause]
    for name, budget in retry.budgets.items():
        if name not in causes:
            raise UsageError(f"retry.budgets.{name}: there is no such cause{did_you_mean(name, causes)}")
        if budget < 0:
            raise UsageError(f"retry.budgets.{name} must be at least 0, not {budget}")


def _check_pattern(results: ResultsSettings) -> None:
    if results.pattern is None:
        return
    if results.reader not in (None, "log"):
        raise UsageError(
            f"results.pattern is for results.reader=log, and means nothing to {results.reader}: leave one out"
        )
    try:
        groups = re.compile(results.pattern).groupindex
    except re.error as error:
        raise UsageError(f"results.pattern is no regular expression: {error}") from error
    if not {"name", "value"} <= groups.keys():
        raise UsageError(
            "results.pattern must have the groups (?P<name>...) and (?P<value>...), as in"
            r" '(?P<name>loss|acc) is (?P<value>\S+)'"
        )


def _check_file(results: ResultsSettings) -> None:
    if results.file is None:
        return
    form = form_of(results.file)
    if results.pattern is not None:
        raise UsageError(
            f"results.pattern reads the log, results.file={results.file} a file: leave one out, as in"
            " results.pattern=null"
        )
    if results.reader not in (None, form):
        raise UsageError(
            f"results.file={results.file} is read as {form}, which results.reader={results.reader} is not:"
            " leave one out, as in results.file=null"
        )


def _difference(one: Any, other: Any, path: str) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *other]:
            found = _difference(one.get(key), other.get(key), f"{path}.{key}" if path else str(key))
            if found:
                return found
        return ""
    return "" if one == other else path
