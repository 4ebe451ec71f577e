"""Candidates made of names: metrics, lists of columns, conditions, ranges of trials, settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sweeper.core.completion.facts import Candidate, Columns, TrialFact
from sweeper.core.patterns import lazy

_FIRST_OF_SPAN = lazy(r"([0-9]+)-[0-9]*")
_LAST_NAME = lazy(r"[A-Za-z0-9_.]*\Z")
_OVER_CURVE = ("max", "min", "last")


def metric(text: str, columns: Columns) -> Iterator[Candidate]:
    """Yield NAME, or after a typed colon NAME:max, NAME:best@OTHER and NAME:best@OTHER:min."""
    name, colon, how = text.rpartition(":")
    if not colon:
        yield from map(Candidate, columns.metrics)
        return
    if how.startswith("best@"):
        yield from (Candidate(f"{name}:best@{one}") for one in columns.metrics)
        return
    if ":best@" in name:
        yield from (Candidate(f"{name}:{mode}") for mode in ("max", "min"))
        return
    yield from (Candidate(f"{name}:{one}") for one in _OVER_CURVE)
    yield Candidate(f"{name}:best@", open=True)


def names(text: str, known: Iterable[str]) -> Iterator[Candidate]:
    """Complete a comma-separated list; names before the last comma stay and are not offered again."""
    before, comma, _ = text.rpartition(",")
    taken = {name.strip() for name in before.split(",")}
    return (Candidate(f"{before}{comma}{name}") for name in known if name not in taken)


def condition(text: str, known: Iterable[str]) -> Iterator[Candidate]:
    """Complete the column at the end of a condition; the condition continues after it."""
    begun = _LAST_NAME.search(text)
    before = text[: begun.start()] if begun else text
    return (Candidate(f"{before}{name}", open=True) for name in known if _LAST_NAME.fullmatch(name))


def trials(text: str, facts: Sequence[TrialFact], taken: Iterable[str]) -> Iterator[Candidate]:
    """Complete an index, the end of a range (`5-8`), or a key once the text can only begin a key."""
    first = _FIRST_OF_SPAN.fullmatch(text)
    if first:
        return (
            Candidate(f"{first[1]}-{one.number}", one.help) for one in facts if one.number > int(first[1])
        )
    if text and not text.isdigit():
        return (Candidate(one.key, one.help) for one in facts)
    given = set(taken)
    return (Candidate(str(one.number), one.help) for one in facts if str(one.number) not in given)


def results(text: str) -> Iterator[Candidate]:
    """Complete a setting of results, as `collect` takes it."""
    from sweeper.core.results_settings import ResultsSettings  # only here: it takes longer than all the rest
    from sweeper.core.setting import settings_of

    return settings(
        text, {f"results.{key}": one.choices for key, one in settings_of(ResultsSettings).items()}
    )


def settings(text: str, known: Mapping[str, Sequence[str]]) -> Iterator[Candidate]:
    """Complete KEY=VALUE; `known` maps each setting to its values, empty unless these are few."""
    key, equals, _ = text.partition("=")
    if not equals:
        return (Candidate(f"{name}=", open=True) for name in known)
    return (Candidate(f"{key}={value}") for value in known.get(key, ()))
