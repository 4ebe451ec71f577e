"""The pod's command, through Kubernetes' own expansion and the shells of the images, byte for byte."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.pods.manifest import pod, probe_pod
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt

LAB = ["/opt/lab/setup_and_run_command.sh", "{command}"]
PLAIN = ["sh", "-c", "{command}"]
SHELLS = {"dash": ["dash"], "bash": ["bash"], "busybox": ["busybox", "sh"]}

# The end of the lab's script as it is, but for where homes are; `su` gives its -c to the user's bash.
SCRIPT = """\
#!/bin/bash
cd "HOMES/$CLUSTER_USER"
exec su "$CLUSTER_USER" -c "source HOMES/$CLUSTER_USER/.bashrc && $1"
"""
SU = '#!/bin/bash\nshift\nexec /bin/bash "$@"\n'
SHOW = "#!/bin/bash\nprintf '%s\\0' \"$@\"\n"

PATHS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20) | st.text(
    "$(){}'\"\\;&|<>*?~#!` \n\tA", max_size=20
)


def expand(text: str, variables: dict[str, str]) -> str:
    """What Kubernetes makes of a command's word (third_party/forked/golang/expansion)."""
    made, at = "", 0
    while at < len(text):
        rest = text[at + 1 :]
        if text[at] != "$" or not rest:
            made, at = made + text[at], at + 1
        elif rest[0] == "$":
            made, at = f"{made}$", at + 2
        elif rest[0] == "(" and ")" in rest:
            name = rest[1 : rest.index(")")]
            made, at = made + variables.get(name, f"$({name})"), at + len(name) + 3
        else:
            made, at = f"{made}${rest[0]}", at + 2
    return made


def command(words: list[str], shim: str, trial_dir: str) -> list[str]:
    """The command that the container starts with."""
    how = KubernetesSettings(user="lis", uid=1, gid=2, namespace="cvlab", image="image", command=words)
    made = pod(how, SweepLabel("0a1b2c3d", "mine"), Attempt(0, 7), shim, trial_dir)
    container = made["spec"]["containers"][0]
    return [expand(word, {"HOME": "/root", "A": "expanded", "": "nothing"}) for word in container["command"]]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's script, an `su` for it, and an `sh` that shows its arguments."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "lis").mkdir()
    (folder / "lis/.bashrc").touch()
    for name, text in {"run": SCRIPT.replace("HOMES", str(folder)), "bin/su": SU, "show/sh": SHOW}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    return folder


def arguments(image: Path, started: list[str]) -> list[bytes]:
    path = f"{image}/show:{image}/bin:/usr/bin:/bin"
    run = subprocess.run(
        started, env={"PATH": path, "CLUSTER_USER": "lis"}, stdout=subprocess.PIPE, check=True, timeout=20
    )
    return run.stdout.split(b"\0")[:-1]


@settings(max_examples=60, deadline=None)
@given(PATHS, PATHS)
@example("it's", "a b\n$(HOME) $$(A) $$ $HOME ${A} `id` ; exit 3 # \\")
@example("$", "$(")
def test_the_shim_gets_its_words_through_the_labs_two_shells(image: Path, shim: str, trial_dir: str) -> None:
    shim, trial_dir = f"/{shim}", f"/{trial_dir}"
    script, words = command(LAB, shim, trial_dir)
    assert script == LAB[0]
    assert arguments(image, [str(image / "run"), words]) == [shim.encode(), trial_dir.encode(), b"7"]


@pytest.mark.parametrize("shell", SHELLS.values(), ids=SHELLS)
@settings(max_examples=30, deadline=None)
@given(PATHS, PATHS)
@example("it's", "a b\n$(HOME) $$(A) $$ $HOME ${A} `id` ; exit 3 # \\")
def test_and_through_the_one_shell_of_another_image(
    image: Path, shell: list[str], shim: str, trial_dir: str
) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    shim, trial_dir = f"/{shim}", f"/{trial_dir}"
    words = command(PLAIN, shim, trial_dir)
    # busybox would take its own sh for `sh`: it is asked for by path.
    text = words[2].replace("exec sh", f"exec {image}/show/sh", 1) if shell[0] == "busybox" else words[2]
    assert arguments(image, [*shell, "-c", text]) == [shim.encode(), trial_dir.encode(), b"7"]


def test_a_users_own_words_are_expanded_as_kubernetes_does(image: Path) -> None:
    assert command(["$(A)", "$$(A)", "{command} {other}"], "/s", "/t") == [
        "expanded",
        "$(A)",
        "exec sh /s /t 7 {other}",
    ]


def test_the_probes_script_gets_through_as_it_is(image: Path) -> None:
    script = "id\necho 'it''s' > \"$(A)/$$ b\"; :"
    how = KubernetesSettings(user="lis", uid=1, gid=2, image="image", command=LAB)
    words = probe_pod(how, SweepLabel("0a1b2c3d", "mine"), script)["spec"]["containers"][0]["command"][1]
    assert arguments(image, [str(image / "run"), expand(words, {"A": "no"})]) == [b"-c", script.encode()]


def _hook(folder: Path) -> str:
    how = KubernetesSettings(user="lis", uid=1, gid=2, image="image")
    made = pod(how, SweepLabel("0a1b2c3d", "mine"), Attempt(0, 1), "/s", "/t")
    shell, flag, text = made["spec"]["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    assert (shell, flag) == ("sh", "-c")
    return str(text).replace("/tmp/cvsweep.pid", str(folder / "pid"))


SAVES = """
import signal, sys, time
def save(*_):
    time.sleep(0.5)
    print("saved")
    sys.exit(3)
signal.signal(signal.SIGTERM, save)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("shell", SHELLS.values(), ids=SHELLS)
def test_the_hook_asks_the_attempt_to_end_and_waits_for_it(tmp_path: Path, shell: list[str]) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    attempt = subprocess.Popen([sys.executable, "-c", SAVES], stdout=subprocess.PIPE, text=True)
    assert attempt.stdout is not None
    assert attempt.stdout.readline() == "ready\n"
    (tmp_path / "pid").write_text(f"{attempt.pid}\n")
    hook = subprocess.Popen([*shell, "-c", _hook(tmp_path)])
    try:
        # A process that nobody has waited for still bears its number: the hook cannot be done.
        with pytest.raises(subprocess.TimeoutExpired):
            hook.wait(1)
        assert (attempt.communicate(timeout=10)[0], attempt.returncode) == ("saved\n", 3)
        assert hook.wait(10) == 0
    finally:
        attempt.kill()
        hook.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("content", [None, "", "4194999\n", "no number\n"])
@pytest.mark.parametrize("shell", SHELLS.values(), ids=SHELLS)
def test_the_hook_has_nothing_to_wait_for_where_there_is_no_attempt(
    tmp_path: Path, shell: list[str], content: str | None
) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    if content is not None:
        (tmp_path / "pid").write_text(content)
    run = subprocess.run([*shell, "-c", _hook(tmp_path)], capture_output=True, timeout=10, check=True)
    assert run.stdout + run.stderr == b""
