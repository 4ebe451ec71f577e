"""Candidates that are made of names: metrics, lists of columns, conditions, spans of trials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sweeper.core.completion.facts import Candidate, Columns, TrialFact
from sweeper.core.patterns import lazy

_FIRST_OF_SPAN = lazy(r"([0-9]+)-[0-9]*")
_LAST_NAME = lazy(r"[A-Za-z0-9_.]*\Z")
_OVER_CURVE = ("max", "min", "last")


def metric(text: str, columns: Columns) -> Iterator[Candidate]:
    """NAME, NAME:max, NAME:best@OTHER, NAME:best@OTHER:min; what follows the colon only once it is typed."""
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
    """A list with commas: what stands before the last comma stays, and is not offered again."""
    before, comma, _ = text.rpartition(",")
    taken = {name.strip() for name in before.split(",")}
    return (Candidate(f"{before}{comma}{name}") for name in known if name not in taken)


def condition(text: str, known: Iterable[str]) -> Iterator[Candidate]:
    """A column at the end of a condition; it goes on behind it."""
    begun = _LAST_NAME.search(text)
    before = text[: begun.start()] if begun else text
    return (Candidate(f"{before}{name}", open=True) for name in known if _LAST_NAME.fullmatch(name))


def trials(text: str, facts: Sequence[TrialFact], taken: Iterable[str]) -> Iterator[Candidate]:
    """Indexes, the end of a span (`5-8`), and keys once the text can only be the start of one."""
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
    """Settings of results, as `collect` takes them."""
    from sweeper.core.results_settings import ResultsSettings  # only now: it takes longer than all the rest
    from sweeper.core.setting import settings_of

    return settings(
        text, {f"results.{key}": one.choices for key, one in settings_of(ResultsSettings).items()}
    )


def settings(text: str, known: Mapping[str, Sequence[str]]) -> Iterator[Candidate]:
    """KEY=VALUE; `known` has the words that the value of each setting is one of, if it is one of a few."""
    key, equals, _ = text.partition("=")
    if not equals:
        return (Candidate(f"{name}=", open=True) for name in known)
    return (Candidate(f"{key}={value}") for value in known.get(key, ()))
