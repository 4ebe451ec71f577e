"""A secret's value, looked for everywhere: files, modes, command lines and all that is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from sweeper import clusters
from sweeper.app.events import Observers
from sweeper.app.secret_checks import check_variables, secret_remarks
from sweeper.app.taking import taken_for_writing
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import UsageError
from sweeper.core.model import Trial
from sweeper.core.records import Granted
from sweeper.core.secrets import secret_keys
from sweeper.core.settings import Settings
from sweeper.store.folder import SweepFolder
from tests.cli.tiny import Tiny

CANARY = "c4n4ry Zq'\"7$x"
PROGRAM = """\
tr '\\0' '\\n' < /proc/self/cmdline > "$CVSWEEP_OUT/cmdline"
tr '\\0' '\\n' < "/proc/$PPID/cmdline" >> "$CVSWEEP_OUT/cmdline"
[ "$password" = "$DB_PASSWORD" ] && [ "$url" = "postgres://me:$DB_PASSWORD@host/db" ] || exit 9
if [ "$x" = 1 ]; then echo "ValueError: cannot log in with $DB_PASSWORD" >&2; exit 1; fi
echo "{\\"v\\": $x}" > "$CVSWEEP_OUT/metrics.json"
"""
CONFIG = """\
sweep: {name: s}
password: ${oc.env:DB_PASSWORD}
url: postgres://me:${oc.env:DB_PASSWORD}@host/db
"""
VERBS = (["status", "s"], ["results", "s", "-o", "csv"], ["report", "s"], ["results", "s", "--over", "y"])


PODS = KubernetesSettings(image="x", secrets={"DB_PASSWORD": "db/password"})


def trial(**params: object) -> Trial:
    return Trial(0, "k", params, 'exec p "$CVSWEEP_PARAMS"', secrets=secret_keys(params))


@pytest.fixture
def secret(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    """A project with a secret, and its value in the environment."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    monkeypatch.setenv("DB_PASSWORD", CANARY)
    config = tiny.folder / "configs" / "config.yaml"
    config.write_text(config.read_text() + CONFIG)
    tiny.program(PROGRAM)
    return tiny


def files_with(folder: Path, text: str) -> dict[str, int]:
    """The files below a folder that hold the text, in whatever quotes, with their modes."""
    spellings = {text, quote(text), text.replace('"', '\\"'), text.replace("'", "'\"'\"'")}
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = [path for path in files if any(one in path.read_text(errors="replace") for one in spellings)]
    return {path.name: path.stat().st_mode & 0o777 for path in found}


def test_the_value_of_a_secret_is_nowhere(secret: Tiny) -> None:
    """Only the program has it, and what it prints of it is in its own log alone."""
    ran = secret.run("-m", "x=0,1")
    assert ran.code == 1
    assert "trial 1 failed (error): ValueError: cannot log in with ***" in ran.err
    result = [ran, secret.run("x=5", "--dry-run"), *(secret.run(*words) for words in VERBS)]
    assert CANARY not in "".join(one.out + one.err for one in result)
    assert files_with(secret.sweeps, CANARY).keys() == {"log.txt"}
    assert len(list(secret.sweeps.rglob("cmdline"))) == 2
    (one, other) = secret.rows("s")
    assert (one["v"], other["error"]) == (0, "ValueError: cannot log in with ***")
    assert one["password"] == "${oc.env:DB_PASSWORD}"


def test_another_value_runs_nothing_again_and_none_starts_nothing(
    secret: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell without the variable is told which, before anything is made or started."""
    assert secret.run("-m", "x=0").code == 0
    monkeypatch.setenv("DB_PASSWORD", "rotated")
    assert "nothing new to run" in secret.run("-m", "x=0").err
    monkeypatch.delenv("DB_PASSWORD")
    before = secret.tree()
    for words in (["-m", "x=0,2"], ["x=3", "sweep.name=new"]):
        refused = secret.run(*words)
        assert refused.code == 2
        assert "DB_PASSWORD is not set, and parameter password needs it" in refused.err
    assert secret.tree() == before


def test_a_sweep_is_not_resumed_without_its_variable(secret: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said which is missing; no attempt is spent."""
    secret.run("-m", "x=0,1")
    folder = SweepFolder(secret.sweeps / "s")
    with taken_for_writing(folder, Observers()) as writer:
        writer.append(Granted("w", "retry", (1,)))
        writer.flush()
    monkeypatch.delenv("DB_PASSWORD")
    refused = secret.run("resume", "s")
    assert refused.code == 2
    assert "DB_PASSWORD is not set" in refused.err
    assert [one["attempts"] for one in secret.rows("s")] == [1, 1]


def test_a_secret_in_clear_text_is_for_nobody_else_to_read(secret: Tiny) -> None:
    """It works, with a warning; files that hold it are private, and all others mask it."""
    secret.program('echo "{\\"v\\": 1}" > "$CVSWEEP_OUT/metrics.json"\n')
    given = [f"+api_key='{CANARY.replace(chr(39), '')}',other1", "+max_tokens=128"]
    ran = secret.run("-m", *given)
    assert ran.code == 0
    assert "warning: api_key: a secret in clear text" in ran.err
    canary = CANARY.replace("'", "")
    added = secret.run("-m", given[0] + ",third1", "+max_tokens=128")
    result = [
        ran,
        added,
        secret.run("-m", "x=5", given[0], "--dry-run"),
        *(secret.run(*words) for words in VERBS),
    ]
    assert canary not in "".join(one.out + one.err for one in result)
    found = files_with(secret.sweeps, canary)
    assert set(found) == {"sweep.json", "000001.jsonl", "params.json", "command.sh"}
    assert {*found.values(), *files_with(secret.sweeps, "third1").values()} == {0o600}
    assert [one["api_key"] for one in secret.rows("s")] == ["***1", "***2", "***3"]
    assert secret.rows("s")[0]["max_tokens"] == 128


def test_pods_have_only_what_a_secret_of_the_namespace_gives_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the variable is set here is of no use: its value is never copied."""
    monkeypatch.setenv("WANDB_API_KEY", CANARY)
    one, other = trial(password="${oc.env:DB_PASSWORD}"), trial(x=[1, "${oc.env:WANDB_API_KEY}"])
    check_variables([one, trial(lr=1)], Settings(cluster=clusters.plain(PODS)))
    with pytest.raises(
        UsageError, match=r"^parameter x needs .*set cluster\.secrets\.WANDB_API_KEY=<secret>/"
    ):
        check_variables([one, other], Settings(cluster=clusters.plain(PODS)))


def test_secrets_in_clear_text_are_warned_of_once() -> None:
    """Each key is named, with the way out; a default is no better, nor is a variable of all pods."""
    known = [trial(password="a"), trial(password="b", lr=1), trial(max_tokens=128)]
    (line,) = secret_remarks(known, Settings())
    assert line.startswith("warning: password: a secret in clear text")
    assert line.endswith("as in password: ${oc.env:PASSWORD}")
    with_default = replace(
        trial(password="${oc.env:PW}"), overrides=("password=${oc.env:PW,x}",), command="exec p"
    )
    (line,) = secret_remarks([with_default], Settings())
    assert "the default of a secret is one as well" in line
    (line,) = secret_remarks([], Settings(cluster=clusters.plain(replace(PODS, env={"WANDB_API_KEY": "k"}))))
    assert "cluster.env.WANDB_API_KEY is a secret in clear text" in line


def test_a_program_that_reads_the_parameter_file_is_told_what_it_finds() -> None:
    (line,) = secret_remarks([trial(password="${oc.env:PW}")] * 2, Settings())
    assert line.startswith("password stays ${oc.env:PW} in the parameter file")


def test_what_a_reader_quotes_is_masked(secret: Tiny) -> None:
    """A metrics file that holds the secret brings it neither into a row nor into a message."""
    secret.program('printf \'{"v": 1, "note": "as %s"}\' "$DB_PASSWORD" > "$CVSWEEP_OUT/metrics.json"\n')
    ran = secret.run("-m", "x=0")
    found = secret.run("collect", "s")
    assert CANARY not in ran.out + ran.err + found.out + found.err
    assert files_with(secret.sweeps, CANARY).keys() <= {"metrics.json"}
