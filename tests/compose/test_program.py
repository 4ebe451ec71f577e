"""A Hydra app writes into its attempt's folder, and no other program gets a key that it does not know."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from sweeper.compose import Composed, compose
from sweeper.compose.program import RUN_DIR
from sweeper.core.errors import UsageError

APP = "import hydra\n@hydra.main(config_path='conf', config_name='config')\ndef main(cfg): ...\n"
OTHER = "from omegaconf import OmegaConf\ncfg = OmegaConf.from_cli()\n"
WORD = "'hydra.run.dir=${oc.env:CVSWEEP_OUT}'"
GROUPS = {"model/cnn": "width: 1\n", "model/mlp": "width: 2\n", "model/deep": "width: 1\nlayers: 3\n"}


def composed(root: Path, command: str, *overrides: str, script: str = APP, style: str = "hydra",
             config: str = "") -> Composed:  # fmt: skip
    (root / "train.py").write_text(script)
    files = {"config": f"defaults: [{{model: cnn}}, _self_]\nlr: 0.1\n{config}", **GROUPS}
    own = f"defaults: [config, _self_]\ntask: {{command: {command}, args_style: {style}}}\n"
    for name, text in {**files, "ours": own}.items():
        path = root / "conf" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return compose(
        overrides, config_dir=Path("conf"), config_name="ours", multirun=True, project=root
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "style", "rendered"),
    [
        ("[python, train.py, '{overrides}']", "hydra", f"exec python train.py lr=1 {WORD}"),
        ("[python, train.py, '{args}', x=1]", "overrides", f"exec python train.py lr=1 {WORD} x=1"),
        ("[app, '{overrides}']", "argparse", f"exec app lr=1 {WORD}"),
        ("[python, train.py, '{args}']", "hydra", f"exec python train.py model.width=1 lr=1 {WORD}"),
        ("[python, '{code}/train.py', lr=2]", "env", f'python "$CVSWEEP_CODE"/train.py lr=2 {WORD}'),
        ("[python, -m, train]", "json", f"exec python -m train {WORD}"),
    ],
)
def test_a_hydra_app_writes_into_its_attempts_folder(
    tmp_path: Path, command: str, style: str, rendered: str
) -> None:
    """Whether it gets overrides, values or neither: apps that start in one second share no folder."""
    (one,) = composed(tmp_path, command, "lr=1", style=style).trials
    assert one.command.endswith(rendered)


def test_a_hydra_app_reads_that_folder_from_its_environment(tmp_path: Path) -> None:
    """The word is Hydra's grammar, so that no character of a path can break it."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    (one,) = composed(tmp_path, "[echo, train.py, '{overrides}']").trials
    result = subprocess.run(["sh", "-c", one.command], capture_output=True, text=True, check=True).stdout
    parsed = OverridesParser.create().parse_override(result.split()[-1])
    assert (parsed.key_or_group, parsed.value()) == ("hydra.run.dir", "${oc.env:CVSWEEP_OUT}")


@pytest.mark.parametrize(
    "script",
    [
        APP.replace("import hydra", "import hydra as h").replace("@hydra", "@h"),
        APP.replace("import hydra", "from hydra import main as start").replace("@hydra.main", "@start"),
        "import hydra\ndef run(cfg): ...\nif True:\n    hydra.main(config_name='c')(run)()\n",
    ],
)
def test_every_way_to_write_hydra_main_is_known(tmp_path: Path, script: str) -> None:
    """An alias, a name of its own, or a call without a decorator."""
    assert WORD in composed(tmp_path, "[python, train.py, '{args}']", script=script).trials[0].command


@pytest.mark.parametrize("script", [OTHER, "def main(: ...\n", "# hydra.main\nprint('hydra.main')\n", "\0"])
def test_other_programs_do_not_get_the_key(tmp_path: Path, script: str) -> None:
    """OmegaConf's from_cli would take it for a parameter; what cannot be parsed is no Hydra app."""
    found = composed(tmp_path, "[python, train.py, '{args}']", script=script)
    assert "run.dir" not in found.trials[0].command


@pytest.mark.parametrize("place", ["command", "app's file", "composed file", "override"])
def test_a_folder_that_the_user_chose_stays(tmp_path: Path, place: str) -> None:
    """In a word of the command, in either configuration, or on the command line of the sweep."""
    chosen = "hydra.run.dir=/data/${model.width}"
    config = "hydra: {run: {dir: '/data/${model.width}'}}\n"
    words = f"[python, train.py, '{{overrides}}'{', ' + repr(chosen) if place == 'command' else ''}]"
    overrides = [chosen] if place == "override" else []
    script = APP if place == "app's file" else APP.replace("'config'", "'missing'")
    text = config if place.endswith("file") else ""
    (one,) = composed(tmp_path, words, *overrides, script=script, config=text).trials
    assert WORD not in one.command
    assert one.command.count("run.dir") == (place in ("command", "override"))


def test_the_folder_and_the_order_of_overrides_are_not_part_of_the_key(tmp_path: Path) -> None:
    """The same point is the same trial, however it was asked for."""
    words = "[python, train.py, '{overrides}']"
    keys = {
        composed(tmp_path, words, *overrides).trials[0].key
        for overrides in (
            ["model=mlp", "lr=1"], ["lr=1", "model=mlp"], ["lr=1", "model=mlp", "hydra.run.dir=x"],
        )
    }  # fmt: skip
    assert len(keys) == 1
    assert composed(tmp_path, words, "model=mlp").trials[0].key not in keys


def test_a_hydra_app_that_would_keep_keys_of_its_default_option_is_refused(tmp_path: Path) -> None:
    """Values alone cannot say that an option has other keys: the app would train another model."""
    with pytest.raises(
        UsageError, match=r"train\.py only values: .*\"\{overrides\}\" instead of \"\{args\}\""
    ):
        composed(tmp_path, "[python, train.py, '{args}']", "model=cnn,deep")
    assert len(composed(tmp_path, "[python, train.py, '{overrides}']", "model=cnn,deep").trials) == 2
    assert len(composed(tmp_path, "[python, train.py, '{args}']", "model=cnn,deep", script=OTHER).trials) == 2


def test_a_choice_that_reaches_a_hydra_app_as_values_is_warned_of(tmp_path: Path) -> None:
    """Options with the same keys are right as values, but nobody can know what only the app's default has."""
    assert (
        "gets the values of model" in composed(tmp_path, "[python, train.py, '{args}']", "model=mlp").warning
    )
    assert composed(tmp_path, "[python, train.py, '{args}']", "lr=1,2").warning == ""


@pytest.mark.parametrize(
    ("message", "passed"),
    [
        ("hydra.run.dir=x", ["hydra.run.dir=x"]),
        ("++hydra.run.dir=x", ["++hydra.run.dir=x"]),
        ("hydra.run={dir:x}", ["hydra.run={dir:x}"]),
        ("+hydra=mine", ["+hydra=mine"]),
        ("+hydra=quiet", ["+hydra=quiet", RUN_DIR]),
        ("hydra.job.chdir=true", ["hydra.job.chdir=true", RUN_DIR]),
        ("hydra/job_logging=disabled", ["hydra/job_logging=disabled", RUN_DIR]),
        ("hydra.sweep.dir=x", [RUN_DIR]),
        ("hydra/sweeper=basic", [RUN_DIR]),
    ],
)
def test_what_is_passed_to_hydra_reaches_the_app(tmp_path: Path, message: str, passed: list[str]) -> None:
    """All but what Hydra would do with a grid: without the words, apps would share a folder."""
    (tmp_path / "conf" / "hydra").mkdir(parents=True)
    (tmp_path / "conf/hydra/mine.yaml").write_text("run: {dir: y}\n")
    (tmp_path / "conf/hydra/quiet.yaml").write_text("verbose: false\n")
    (one,) = composed(tmp_path, "[app, '{overrides}']", message).trials
    assert shlex.split(one.command)[2:] == passed
    assert one.overrides == ()


def test_a_folder_in_a_word_of_the_command_is_known_with_plus_signs(tmp_path: Path) -> None:
    """`++hydra.run.dir=` is a way to set it, too."""
    (one,) = composed(tmp_path, "[python, train.py, '++hydra.run.dir=x', '{overrides}']").trials
    assert WORD not in one.command


def test_where_a_hydra_app_writes_is_not_part_of_its_key(tmp_path: Path) -> None:
    """With values as with overrides."""
    words = "[python, train.py, '{args}']"
    keys = {composed(tmp_path, words, *more).trials[0].key for more in ([], ["hydra.run.dir=x"])}
    assert len(keys) == 1


def test_a_configured_folder_that_trials_may_share_is_warned_of(tmp_path: Path) -> None:
    """A folder named by the time is one folder for all trials that start in that second."""
    config = "hydra: {run: {dir: 'logs/${now:%H-%M-%S}'}}\n"
    words = "[python, train.py, '{overrides}']"
    assert "hydra.run.dir" in composed(tmp_path, words, "lr=1,2", config=config).warning
    assert composed(tmp_path, words, "lr=1", config=config).warning == ""
    assert composed(tmp_path, words, "lr=1,2", "hydra.run.dir=x", config=config).warning == ""
    assert composed(tmp_path, words, "lr=1,2").warning == ""
