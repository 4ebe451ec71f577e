"""Secrets among the parameters: recognizes them by their names, finds their variables, and masks them.

A secret should be a reference to an environment variable, `${oc.env:DB_PASSWORD}`. Then the reference is
stored, hashed and shown, and it is resolved only when an attempt starts. A literal secret is stored as it is,
and masked when it is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from sweeper.core.cluster import ClusterSettings
from sweeper.core.model import Trial, Value, canonical_json
from sweeper.core.patterns import lazy
from sweeper.core.values import flatten

MASK = "***"
REFERENCE = lazy(r"\$\{oc\.env:\s*['\"]?([A-Za-z_][A-Za-z0-9_]*)['\"]?\s*(,[^{}]*)?\}")
"""A reference to an environment variable in a stored text, with its default, if it has one."""

_SHORTEST = 4
"""The length of the shortest value that is masked: a shorter one occurs in ordinary text too often."""

_WORDS = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SHELL_WORD = lazy(r"(?:'[^']*'|\"[^\"]*\"|\\.|[^\s'\"\\])+")
_NUMBERS = frozenset({int, float, bool})
_PARTS = lazy(r"[.\[]")
_PAIRS = (("api", "key"), ("api", "keys"))
_ANYWHERE = ("password", "passwd", "credential")
_AT_THE_END = ("secret", "secrets", "secretkey", "apikey", "apikeys")
_TOKENS = ("token", "authtoken", "accesstoken", "apitoken", "hftoken", "bearertoken", "githubtoken")
# The last word of names that belong to a secret but are not secret: its file, its length, its kind.
_OF_A_SECRET = frozenset({
    "file", "filename", "path", "dir", "folder", "name", "type", "kind", "env", "var", "variable", "length",
    "len", "size", "dim", "count", "num", "url", "uri", "endpoint", "policy", "field", "column", "provider",
    "mode", "prob", "rate", "weight", "index", "ttl", "expiry", "timeout", "prefix",
})  # fmt: skip
_COUNTS = frozenset({"max", "min", "num", "n", "new", "per"})
# Words in the names of text tokens, which are not login tokens: pad_token, max_token.
_OF_A_TEXT = _COUNTS | frozenset({
    "pad", "padding", "eos", "bos", "cls", "sep", "unk", "mask", "special", "image", "img", "audio", "video",
    "text", "start", "end", "stop", "begin", "next", "first", "last",
    "class", "register", "patch", "query", "prompt", "word", "vision", "separator", "unknown", "mean", "sos",
    "eot", "decoder", "encoder", "target", "source", "pooling", "pool", "global", "by", "cost", "delimiter",
})  # fmt: skip
_NO_SECRET = lazy(
    r"[<\[].*[>\]]"  # a special token: <pad>, [CLS]
    r"|[~.]{1,2}/.*|/(?:home|root|etc|mnt|data|opt|run|tmp|usr|var|scratch|srv|workspace)/.*"  # a path
    r"|.*\.(?:json|ya?ml|toml|ini|txt|env|pem|key)",  # a file name
    re.DOTALL,
)
# Ordinary variables, which do not become secret if a secret key refers to them.
_ORDINARY = frozenset({
    "HOME", "USER", "LOGNAME", "USERNAME", "PWD", "PATH", "SHELL", "HOSTNAME", "LANG", "TMPDIR", "TMP",
    "SCRATCH", "WORK", "DATA", "CUDA_VISIBLE_DEVICES", "CONDA_PREFIX", "VIRTUAL_ENV", "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME", "XDG_DATA_HOME",
})  # fmt: skip


@lru_cache(maxsize=4096)
def is_secret_variable(name: str) -> bool:
    """Whether the name of an environment variable suggests that its value is a secret."""
    words = _words(name)
    return _says(words) or (_ends_in_token(words) and not _COUNTS & set(words))


@lru_cache(maxsize=4096)
def is_secret_key(key: str) -> bool:
    """Whether a dotted key suggests a secret, by its own name or that of one of its sections."""
    *sections, name = _PARTS.split(key.rstrip("]"))
    of_a_secret = (_words(name) or ("",))[-1] in _OF_A_SECRET
    return (
        _is_token(_words(name))
        or _says(_words(name))
        or (not of_a_secret and any(_says(_words(part)) for part in sections))
    )


def is_below(key: str, keys: Collection[str]) -> bool:
    """Whether a dotted key is one of `keys`, or below one of them."""
    return any(key == one or key.startswith((f"{one}.", f"{one}[")) for one in keys)


def reference(variable: str) -> str:
    """Return the reference to a variable."""
    return f"${{oc.env:{variable}}}"


def can_be_secret(variable: str) -> bool:
    """Whether this variable may hold a secret if a secret key refers to it."""
    return variable not in _ORDINARY


def secret_keys(
    params: Mapping[str, Value], listed: Collection[str] = (), variables: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the dotted keys of the parameters that hold a secret, as a reference or literally.

    Args:
        listed: keys that are secrets, whatever their names are; so are all keys below them.
        variables: environment variables that are secrets, in addition to those with such a name.
    """
    return tuple(_secret_keys(params, "", listed, variables))


def uses_secret(value: Value, variables: Collection[str] = ()) -> str | None:
    """Return the first secret variable to which a value refers: by its name, or as one of `variables`."""
    found = (match[1] for text in _texts(value) for match in REFERENCE.finditer(text))
    return next((name for name in found if name in variables or is_secret_variable(name)), None)


def references(value: Value) -> list[str]:
    """Return the environment variables to which a value refers."""
    return [match[1] for text in _texts(value) for match in REFERENCE.finditer(text)]


def filled_in(
    params: Mapping[str, Value], keys: Collection[str], environ: Mapping[str, str]
) -> dict[str, Value]:
    """Return the parameters with the references of these keys resolved; those to unset variables stay."""
    return _filled(params, "", keys, environ)


def needs(trial: Trial) -> dict[str, str]:
    """Return the environment variables that a trial's program needs, each with the first key that uses it."""
    if not trial.secrets:
        return {}
    found: dict[str, str] = {}
    for key, value in _secrets(trial):
        for name in references(value):
            found.setdefault(name, key)
    return found


def literal_keys(trial: Trial) -> list[str]:
    """Return the keys of a trial that hold a secret literally."""
    return [key for key, value in _secrets(trial) if not references(value)]


def is_private(trial: Trial) -> bool:
    """Whether the stored trial contains a secret literally, or as the default of a reference."""
    if not trial.secrets:
        return False
    texts = [text for _, value in _secrets(trial) for text in _texts(value)]
    with_default = any(match[2] for text in (*texts, *trial.overrides) for match in REFERENCE.finditer(text))
    return with_default or bool(literal_keys(trial))


def public_secrets(cluster: ClusterSettings) -> list[str]:
    """Return the names in cluster.env that suggest a secret value, which is readable in every pod."""
    env = cluster.data.get("env")
    if not isinstance(env, Mapping):
        return []
    return [name for name, value in env.items() if value and is_secret_variable(name)]


def secret_values(trial: Trial, environ: Mapping[str, str]) -> list[str]:
    """Return the known values of a trial's secrets: the literal ones, and those in `environ`."""
    if not trial.secrets:
        return []
    literal = [text for _, value in _secrets(trial) if not references(value) for text in _texts(value)]
    return [*(environ[name] for name in needs(trial) if name in environ), *literal]


def masked(text: str, values: Iterable[str]) -> str:
    """Return the text with these values masked, also where they are quoted or escaped."""
    spellings = {one for value in values for line in value.splitlines() for one in _spellings(line)}
    for one in sorted(spellings, key=lambda one: (-len(one), one)):
        text = text.replace(one, MASK)
    return text


def shown_command(trial: Trial) -> str:
    """Return a trial's command for display, with its literal secrets masked."""
    literal = literal_keys(trial) if trial.secrets else []
    if not literal:
        return trial.command
    names = "|".join(re.escape(name) for key in literal for name in _options(key))
    option = re.compile(rf"'?[-+~]*(?:{names})=")

    def shown(word: re.Match[str]) -> str:
        start = option.match(word[0])
        if start is None:
            return word[0]
        quote = "'" if word[0].startswith("'") else ""
        return f"{start[0]}{MASK}{quote}"

    return masked(_SHELL_WORD.sub(shown, trial.command), secret_values(trial, {}))


def masked_column(column: Sequence[tuple[Value, bool]]) -> list[Value]:
    """Return the values of one key for a table, with literal secrets masked.

    Different values stay different: `***1`, `***2` in the order of their first appearance.

    Args:
        column: each value, and whether it is a secret.
    """
    literal = {canonical_json(one) for one, secret in column if secret and not references(one)}
    if len(literal) == 1:
        return [MASK if secret and not references(one) else one for one, secret in column]
    marks: dict[str, str] = {}
    return [
        marks.setdefault(canonical_json(one), f"{MASK}{len(marks) + 1}")
        if secret and not references(one)
        else one
        for one, secret in column
    ]


def _secret_keys(
    params: Mapping[str, Value], prefix: str, listed: Collection[str], variables: Collection[str]
) -> Iterator[str]:
    # This has to be fast for ten thousand trials: most values are numbers or texts with ordinary names.
    for name, value in params.items():
        if isinstance(value, dict):
            yield from _secret_keys(value, f"{prefix}{name}.", listed, variables)
        elif listed or _may_be_secret(value):
            key = f"{prefix}{name}"
            plain = not listed and isinstance(value, str) and "${" not in value
            if not (plain and not is_secret_key(key)) and _is_secret(key, value, listed, variables):
                yield key


def _may_be_secret(value: Value) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and not _NUMBERS.issuperset(map(type, value)))


def _is_secret(key: str, value: Value, listed: Collection[str], variables: Collection[str]) -> bool:
    if value is None or value == "":
        return False
    if is_below(key, listed):
        return True
    if isinstance(value, bool | int | float):
        return False
    named = is_secret_key(key)
    if uses_secret(value, variables) or (named and references(value)):
        return True
    return named and any(text and not _NO_SECRET.fullmatch(text) for text in _texts(value))


def _words(name: str) -> tuple[str, ...]:
    """Return the words of a name: db and password of `dbPassword2`, `DB_PASSWORD` and `db-password`."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def _says(words: tuple[str, ...]) -> bool:
    if not words or words[-1] in _OF_A_SECRET:
        return False
    return (
        any(part in word for word in words for part in _ANYWHERE)
        or any(word.endswith(_AT_THE_END) for word in words)
        or any(pair in _PAIRS for pair in pairwise(words))
    )


def _is_token(words: tuple[str, ...]) -> bool:
    return _ends_in_token(words) and not _OF_A_TEXT & set(words)


def _ends_in_token(words: tuple[str, ...]) -> bool:
    return bool(words) and words[-1] in _TOKENS


def _secrets(trial: Trial) -> Iterator[tuple[str, Value]]:
    return ((key, value) for key, value in flatten(trial.params, ".") if key in trial.secrets)


def _filled(
    params: Mapping[str, Value], prefix: str, keys: Collection[str], environ: Mapping[str, str]
) -> dict[str, Value]:
    return {
        name: _filled(value, f"{prefix}{name}.", keys, environ)
        if isinstance(value, dict)
        else _resolved(value, environ)
        if f"{prefix}{name}" in keys
        else value
        for name, value in params.items()
    }


def _resolved(value: Value, environ: Mapping[str, str]) -> Value:
    if isinstance(value, str):
        return REFERENCE.sub(lambda match: environ.get(match[1], match[0]), value)
    return [_resolved(one, environ) for one in value] if isinstance(value, list) else value


def _texts(value: Value) -> Iterator[str]:
    """Yield all texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _options(key: str) -> set[str]:
    """Return the spellings of a key as an option or a variable."""
    return {key, key.replace("_", "-"), key.replace(".", "_")}


def _spellings(value: str) -> Iterator[str]:
    from urllib.parse import quote  # slow to import, and rarely needed

    if len(value) >= _SHORTEST:
        yield from (value, quote(value, safe=""), json.dumps(value)[1:-1], repr(value)[1:-1])
        yield value.replace("'", "'\"'\"'")
