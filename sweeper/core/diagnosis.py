"""A file about one trial for an administrator: its sections, and what is masked in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sweeper.core.secrets import MASK, is_secret_variable, masked
from sweeper.core.words import escape

_SHORTEST = 4
_LOGIN = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")
_BEARER = re.compile(r"(?i)(?<=bearer )[\w.~+/-]{8,}=*")
_HEADER = re.compile(r"(?i)(?<=authorization: )basic [\w+/-]+=*")
_KNOWN = re.compile(
    r"\b(?:gh[oprsu]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{20,}|sk-[\w-]{20,}"
    r"|xox[abprs]-[\w-]{10,}|AKIA[A-Z0-9]{16}|eyJ[\w-]{10,}\.eyJ[\w-]+\.[\w-]+)"
)
"""Tokens that begin as those of GitHub, GitLab, Hugging Face, OpenAI, Slack, AWS do, and JSON Web Tokens."""
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
_ASSIGNED = re.compile(r"(?P<name>[A-Za-z_][\w-]*)(?P<sign>=|: ?|\": ?\"|': ?')(?P<value>[^\s\"',;&]+)")
_LISTED = re.compile(r"(?P<name>[A-Za-z_][\w-]*)(?P<sign>\", ?\"value\": ?\")(?P<value>[^\"]+)")
_OPTION = re.compile(r"(?<=--)(?P<name>[A-Za-z][\w-]*)(?P<sign> )(?P<value>(?!-)[^\s\"',;&]+)")


class Section(NamedTuple):
    """A part of the file: its title, and its text as it was found."""

    title: str
    text: str


def report(sections: Iterable[Section], secrets: Iterable[str]) -> str:
    """The whole file, without anything that would steer a terminal; an empty section says so.

    Args:
        secrets: values that are masked wherever they stand.
    """
    values = [value for value in secrets if len(value) >= _SHORTEST]
    parts = [f"== {one.title} ==\n{_shown(one.text, values)}\n" for one in sections]
    return "\n".join(parts)


def known_secrets(environ: Mapping[str, str]) -> list[str]:
    """The values of the environment variables whose names say that they are secrets."""
    return [value for name, value in environ.items() if value and is_secret_variable(name)]


def _shown(text: str, secrets: Sequence[str]) -> str:
    lines = masked(text, secrets).strip("\n")
    for pattern in (_PRIVATE_KEY, _LOGIN, _BEARER, _HEADER, _KNOWN):
        lines = pattern.sub(MASK, lines)
    for pattern in (_LISTED, _ASSIGNED, _OPTION):
        lines = pattern.sub(_assigned, lines)
    lines = "\n".join(map(escape, lines.splitlines()))
    return lines or "(nothing)"


def _assigned(found: re.Match[str]) -> str:
    """`API_KEY=…` in a log or a command: the value is masked."""
    if not is_secret_variable(found["name"].upper().replace("-", "_")) or found["value"].startswith("$"):
        return found[0]
    return f"{found['name']}{found['sign']}{MASK}"
