"""Formats a file about one trial for an administrator, with secrets masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sweeper.core.formatting import escape
from sweeper.core.secrets import MASK, is_secret_variable, masked

_SHORTEST = 4
_LOGIN = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")
_BEARER = re.compile(r"(?i)(?<=bearer )[\w.~+/-]{8,}=*")
_HEADER = re.compile(r"(?i)(?<=authorization: )basic [\w+/-]+=*")
_KNOWN = re.compile(
    r"\b(?:gh[oprsu]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{20,}|sk-[\w-]{20,}"
    r"|xox[abprs]-[\w-]{10,}|AKIA[A-Z0-9]{16}|eyJ[\w-]{10,999}\.eyJ[\w-]+\.[\w-]+)"
)
"""Tokens with the prefixes of GitHub, GitLab, Hugging Face, OpenAI, Slack and AWS, and JSON Web Tokens."""
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
# The length of a name is limited: in a line of a million letters, a name could begin at each letter.
_NAME = r"(?<![A-Za-z_])(?P<name>[A-Za-z_][\w-]{0,99})"
_ASSIGNED = re.compile(_NAME + r"""(?:\\?["']?\]? ?[=:] ?|", ?"value": ?)""")
_OPTION = re.compile(r"(?<=--)(?P<name>[A-Za-z][\w-]{0,99}) (?!-)")
_VALUE = re.compile(r"""\\?["']?(?P<value>(?<=")[^"\n]+|(?<=')[^'\n]+|[^\s"',;&]+)""")


class DiagnosisSection(NamedTuple):
    """A part of the file: its title, and its text before masking."""

    title: str
    text: str


def report(sections: Iterable[DiagnosisSection], secrets: Iterable[str]) -> str:
    """Return the whole file with secrets masked and control characters escaped; empty sections are marked.

    Args:
        sections: the sections, in order.
        secrets: values that are masked wherever they occur.
    """
    values = [value for value in secrets if len(value) >= _SHORTEST]
    parts = [f"== {one.title} ==\n{_shown(one.text, values)}\n" for one in sections]
    return "\n".join(parts)


def known_secrets(environ: Mapping[str, str]) -> list[str]:
    """Return the values of the environment variables whose names suggest a secret."""
    return [value for name, value in environ.items() if value and is_secret_variable(name)]


def _shown(text: str, secrets: Sequence[str]) -> str:
    lines = masked(text, secrets).strip("\n")
    for pattern in (_PRIVATE_KEY, _LOGIN, _BEARER, _HEADER, _KNOWN):
        lines = pattern.sub(MASK, lines)
    for pattern in (_ASSIGNED, _OPTION):
        lines = _without_values(lines, pattern)
    lines = "\n".join(map(escape, lines.splitlines()))
    return lines or "(nothing)"


def _without_values(text: str, names: re.Pattern[str]) -> str:
    """Return the text with the values after secret names masked, as in `API_KEY=…` in a log or command."""
    shown, at = [], 0
    for found in names.finditer(text):
        # Check the name first: matching the value after every name would take long on a long line.
        if found.start() < at or not is_secret_variable(found["name"].upper().replace("-", "_")):
            continue
        value = _VALUE.match(text, found.end())
        if value and not value["value"].startswith(("$", MASK)):
            shown += [text[at : value.start("value")], MASK]
            at = value.end()
    return "".join([*shown, text[at:]])
