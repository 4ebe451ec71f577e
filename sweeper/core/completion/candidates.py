"""Finds the candidates for the word at the cursor. Pure: what is on disk comes from `CompletionFacts`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sweeper.core.completion import names
from sweeper.core.completion.command import FILE, NOTHING, OPTION, PROGRAM, Command, Wanted, wanted
from sweeper.core.completion.facts import Candidate, Completion, CompletionFacts, Paths

EITHER, ANY, COLLECT = "SWEEP TRIAL", "[SWEEP] TRIAL", "[SWEEP] TRIAL results.KEY=VALUE"
RENAME, SET = "SWEEP NEWNAME", "[SWEEP] KEY=VALUE"
LABELS = ("[SWEEP] TRIAL TEXT", "[SWEEP] TRIAL TAG")
"""What note and tag take: after the sweep and the trials comes a text or tag that only the user knows."""
_PATHS: dict[str, Paths] = {
    **dict.fromkeys(("DIR", "ROOT"), "dirs"),
    **dict.fromkeys(("SCRIPT|DIR", "FILE", FILE), "files"),
    PROGRAM: "commands",
}
_STATES = {
    "cancel": ("queued", "running", "waiting"),
    "retry": ("failed", "cancelled"),
    "collect": ("completed", "failed"),
    **dict.fromkeys(("note", "tag"), ("queued", "running", "waiting", "completed", "failed", "cancelled")),
}
"""The states of the trials that a verb takes; other verbs take all trials that have started."""


def complete(
    words: Sequence[str],
    current: str,
    verbs: Mapping[str, str],
    command_of: Callable[[str], Command],
    facts: CompletionFacts,
) -> Completion:
    """Return the candidates for the word at the cursor.

    Args:
        words: the words between `cvsweep` and the cursor.
        current: the word at the cursor.
        verbs: a short description of each verb.
        command_of: returns what a verb takes; for "", what a run takes.
        facts: answers what depends on the disk.
    """
    if not words and not current.startswith("-"):
        found = tuple(Candidate(verb, about) for verb, about in verbs.items() if verb.startswith(current))
        if found or not current:
            return Completion(found)
    verb = words[0] if words and words[0] in verbs else ""
    if words and not verb and not _begins_a_run(words[0]):
        return Completion()
    command = command_of(verb)
    place = wanted(command, words[1:] if verb else words, current)
    if place.choices or place.kind not in _PATHS:
        return _Completion(verb, command, place, facts).answer()
    return Completion(paths=_PATHS[place.kind])


def _begins_a_run(word: str) -> bool:
    return "=" in word or word[:1] in ("-", "+", "~")


class _Completion:
    """The candidates for the word at the cursor of one command line."""

    def __init__(self, verb: str, command: Command, place: Wanted, facts: CompletionFacts) -> None:
        self._verb = verb
        self._command = command
        self._wanted = place
        self._facts = facts
        self._root = place.value("--root")

    def answer(self) -> Completion:
        place = self._wanted
        if place.kind in ("SWEEP", RENAME, SET, EITHER, ANY, COLLECT, *LABELS) and "/" in place.text:
            return Completion(paths="dirs")
        found = map(Candidate, place.choices) if place.choices else _MAKERS[place.kind](self)
        kept = (one for one in found if one.text.startswith(place.text))
        return Completion(tuple(Candidate(f"{place.prefix}{one.text}", one.help, one.open) for one in kept))

    def options(self) -> Iterable[Candidate]:
        """The names of all options, without those that were given and cannot be repeated."""
        given = {name for name, _ in self._wanted.given}
        for option in self._command.options:
            if option.repeats or option.name not in given:
                yield from (Candidate(name, option.help) for name in option.names)

    def sweeps(self) -> Iterable[Candidate]:
        taken = set(self._wanted.positionals)
        return (one for one in self._facts.sweeps(self._root) if one.text not in taken)

    def sweep_or_trials(self) -> Iterable[Candidate]:
        """The first word names a sweep or a trial of the newest sweep; later words are trials."""
        return self.trials() if self._wanted.positionals else [*self.sweeps(), *self.trials()]

    def trials(self) -> Iterable[Candidate]:
        positionals, sweep = self._wanted.positionals, self._sweep()
        if self._wanted.kind == "TRIAL" and sweep is None:
            return ()  # the trial was already given
        states = _STATES.get(self._verb, ())
        if self._wanted.value("--completed") is not None:
            states = (*states, "completed")
        facts = [
            one
            for one in self._facts.trials(sweep, self._root)
            if (one.state in states if states else one.started)
        ]
        return names.trials(self._wanted.text, facts, positionals[sweep is not None :])

    def collected(self) -> Iterable[Candidate]:
        """Sweeps and trials; also the settings of results if the word begins with r."""
        if self._wanted.text.startswith("results."):
            return names.results(self._wanted.text)
        settings = names.results("") if self._wanted.text[:1] == "r" else ()
        return [*self.sweep_or_trials(), *settings]

    def changes(self) -> Iterable[Candidate]:
        """The first word names a sweep or a setting of the newest sweep; later words are settings."""
        positionals = self._wanted.positionals
        known = self._facts.settings(self._sweep(), self._root)
        given = {word.partition("=")[0] for word in positionals}
        left = {name: choices for name, choices in known.items() if name not in given}
        return [*(() if positionals else self.sweeps()), *names.settings(self._wanted.text, left)]

    def overrides(self) -> Iterable[Candidate]:
        return self._facts.overrides(self._wanted)

    def configs(self) -> Iterable[Candidate]:
        return map(Candidate, self._facts.configs(self._wanted.value("--config-dir")))

    def columns(self) -> Iterable[Candidate]:
        """The names of columns, in the form that this option takes."""
        columns = self._facts.columns(self._wanted.positionals, self._root)
        text = self._wanted.text
        if self._wanted.kind == "METRIC":
            return names.metric(text, columns)
        if self._wanted.kind == "A,B":
            return names.names(text, columns.all)
        if self._wanted.kind == "CONDITION":
            return names.condition(text, columns.all)
        return map(Candidate, columns.all if self._wanted.kind == "COLUMN" else columns.parameters)

    def _sweep(self) -> str | None:
        """Return the sweep that the first word names; None means the newest sweep."""
        first = next(iter(self._wanted.positionals), None)
        return first if first is not None and self._facts.is_sweep(first, self._root) else None

    def nothing(self) -> Iterable[Candidate]:
        """No candidates: only the user knows the value."""
        return ()


_MAKERS: dict[str, Callable[[_Completion], Iterable[Candidate]]] = {
    OPTION: _Completion.options,
    **dict.fromkeys(("SWEEP", RENAME), _Completion.sweeps),
    SET: _Completion.changes,
    EITHER: _Completion.sweep_or_trials,
    **dict.fromkeys((ANY, *LABELS), _Completion.sweep_or_trials),
    "TRIAL": _Completion.trials,
    COLLECT: _Completion.collected,
    "OVERRIDE": _Completion.overrides,
    "NAME": _Completion.configs,
    **dict.fromkeys(("COLUMN", "DOWN", "ACROSS", "A,B", "METRIC", "CONDITION"), _Completion.columns),
    **dict.fromkeys((NOTHING, "HOST", "N", "KEY", "NEWNAME", "SECONDS"), _Completion.nothing),
}

KINDS = frozenset({*_MAKERS, *_PATHS})
"""Every kind of word that completion knows; a test checks that the parsers use no other kind."""
