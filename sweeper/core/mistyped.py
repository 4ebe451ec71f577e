"""Explains what is wrong with a word of a command line that Hydra's grammar cannot read, and how to write it.

The explanation comes from the word itself and not from Hydra's error message, which differs between versions
and names tokens of the grammar that no user types.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import takewhile
from unicodedata import name

from sweeper.core.formatting import escape
from sweeper.core.mistyped_values import NUMBER, brackets, closed, quoted, wrong_value
from sweeper.core.patterns import lazy

KEY = r"[A-Za-z_][\w-]*(?:[./@:][\w-]+)*"
_KEY = lazy(rf"[+~]*{KEY}")
_TEXTS = {"results.pattern": r"[\w./, ]*", "results.metric": r"[\w./,= ]*"}
"""Settings whose value is an arbitrary text; a value that matches the pattern has some other mistake."""
_COLON = lazy(rf"({KEY}):(.*)")
_OPTION = lazy(r"([A-Za-z_]\w*)/([\w/-]+)")
_ENTRY = lazy(r"([+~]*[A-Za-z_][\w.]*)\[(.*)\]")
_PROGRAM = lazy(r"(?:python[\d.]*|torchrun|accelerate|bash|sh|.*\.(?:py|sh))")
_TYPOGRAPHIC = str.maketrans({
    **dict.fromkeys("“”„«»″＂", '"'), **dict.fromkeys("‘’‚′＇", "'"),
    **dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("\u00a0\u2007\u202f\u3000", " "),
    **dict.fromkeys("\u200b\u2060\ufeff", ""), "＝": "=", "，": ",", "（": "(", "）": ")", "…": "...",
})  # fmt: skip


def mistyped(words: Sequence[str], at: int) -> str:
    """Return what is wrong with `words[at]`, and the remedy; the other words show where a shell split it."""
    return escape(next(_mistakes(words, at)))


def mistyped_start(words: Sequence[str]) -> str:
    """Return the same for a first word that is neither a verb nor an override; "" if no mistake is known."""
    return escape(_typographic(words[0]) or _stray(words, 0))


def dashed(words: Sequence[str], option: str) -> str:
    """Return the override that is meant by `--lr=1`, `--lr 1` or `-lr 1`; "" if `option` is no such word."""
    key, equals, value = option.lstrip("-").partition("=")
    if not re.fullmatch(KEY, key):
        return ""
    following = words[words.index(option) + 1 :] if option in words else ()
    if not equals:
        value = following[0] if following and not re.search(r"^-|=", following[0]) else ""
    return escape(shlex.quote(f"{key}={value}")) if value else ""


def _mistakes(words: Sequence[str], at: int) -> Iterator[str]:
    word = words[at]
    key, equals, value = word.partition("=")
    checks = [_typographic(word)]
    if equals:
        checks += [_text_setting(words, at, key, value)] if key.strip("+ ") in _TEXTS else []
        checks += [_wrapped(word), _wrong_key(words, at, key, value), _split(words, at, value)]
        checks += [_two_in_one(word, value), wrong_value(key, value)]
    else:
        checks += [_split(words, at, word), _stray(words, at)]
    yield from (f"cannot read {word!r}: {text}" for text in checks if text)
    yield (
        f"cannot read {word!r}: to mean this text, quote it: {quoted(key, value)}"
        if equals
        else f"{word!r} is neither an override (KEY=VALUE) nor an option; see: cvsweep --help"
    )


def _typographic(word: str) -> str:
    found = next((one for one in word if ord(one) in _TYPOGRAPHIC), "")
    if not found:
        return ""
    plain = re.sub(r" *= *", "=", word.translate(_TYPOGRAPHIC), count=1).strip()
    return (
        f"its character U+{ord(found):04X} ({name(found).lower()}) is not the one on a keyboard; type it as"
        f" {shlex.quote(plain)}"
    )


def _stray(words: Sequence[str], at: int) -> str:
    """Explain a word without `=` that is not an option."""
    word, before, after = words[at], words[at - 1] if at else "", "".join(words[at + 1 : at + 2])
    if after.startswith("="):
        value = after[1:] or "".join(words[at + 2 : at + 3])
        return f"no blanks around '=': write {shlex.quote(f'{word}={value}')}"
    return _stray_alone(word, after) or (_stray_value(word, before) if "=" in before else "")


def _stray_alone(word: str, after: str) -> str:
    if match := _COLON.fullmatch(word):
        value = match[2] or after or "..."
        return f"it takes '=', not ':': write {shlex.quote(f'{match[1]}={value}')}"
    if word.endswith((".yaml", ".yml")):
        return f"to start from this file write --config-name {word.rpartition('/')[2].rpartition('.')[0]}"
    if _PROGRAM.fullmatch(word):
        return "what a trial runs is task.command in your config, as in task: {command: [python, train.py]}"
    if match := _OPTION.fullmatch(word):
        return f"to choose an option of a group write {match[1]}={match[2]}"
    if re.match(r"-+\s", word):
        return f"no blank after '-': write {''.join(word.split())}"
    return ""


def _stray_value(word: str, before: str) -> str:
    """Explain a word that may belong to the value of the word before it."""
    key, _, value = before.partition("=")
    if not value:
        return f"no blanks around '=': write {shlex.quote(before + word)}"
    last = value.rpartition(",")[2]
    if bool(re.fullmatch(NUMBER, word)) != bool(re.fullmatch(NUMBER, last)):
        return ""
    return (
        f"several values are separated by commas, without blanks: {shlex.quote(f'{key}={value},{word}')};"
        f" a text with a blank is quoted: {quoted(key, f'{value} {word}')}"
    )


def _text_setting(words: Sequence[str], at: int, key: str, value: str) -> str:
    """Explain how to quote a text, such as a regular expression; the shell may have split it."""
    if value.lstrip()[:1] in "='\"" or re.fullmatch(_TEXTS[key.strip("+ ")], value):
        return ""
    rest = takewhile(lambda word: not re.match(rf"-|[+~]*{KEY}=", word), words[at + 1 :])
    whole = " ".join([value, *rest]).strip()
    is_plain = not re.search(r"[$`\"!']|\\\\|\\$", whole)
    typed = f"\"{key.strip()}='{whole}'\"" if is_plain else quoted(key.strip(), whole)
    return f"its value is a text, which must be quoted: {typed}"


def _wrapped(word: str) -> str:
    inner = word.strip("'\"")
    if word[0] not in "'\"" or inner.count("'") or inner.count('"'):
        return ""
    return f"the quotes around it are part of it; write {shlex.quote(inner)}"


def _wrong_key(words: Sequence[str], at: int, key: str, value: str) -> str:
    if not key.strip("+~ "):
        return "it has no key in front of '='"
    if key.strip() != key and _KEY.fullmatch(key.strip()):
        return f"no blanks around '=': write {shlex.quote(f'{key.strip()}={value.strip()}')}"
    if match := _ENTRY.fullmatch(key):
        if match[2].strip("'\"").isidentifier():
            inner = match[2].strip("'\"")
            return f"a key inside of another is written with a dot: {match[1]}.{inner}={value}"
        return f"an entry of a list cannot be set alone: give the whole list, as in '{match[1]}=[1,2]'"
    if meant := dashed(words, words[at]) if key.startswith("-") else "":
        return f"a parameter has no dashes in front: {meant}"
    if not _KEY.fullmatch(key):
        return f"a key is made of letters, digits, '_' and '-', with dots between names, and {key!r} is not"
    return ""


def _split(words: Sequence[str], at: int, value: str) -> str:
    """Explain a value that the shell split at a blank, so that the following words complete it."""
    if closed(value) and not value.endswith(","):
        return ""
    for end in range(at + 2, len(words) + 1):
        whole = " ".join([value, *words[at + 1 : end]])
        if "=" in words[end - 1] and not value.endswith("{"):
            break
        if closed(whole) and not whole.endswith(","):
            return f"the shell split it at a blank; quote it: {shlex.quote(' '.join(words[at:end]))}"
    return brackets(words[at], value)


def _two_in_one(word: str, value: str) -> str:
    if not re.search(rf"\s[+~]*{KEY}=", value):
        return ""
    return f"it is more than one override in one word: {' '.join(map(shlex.quote, word.split()))}"
