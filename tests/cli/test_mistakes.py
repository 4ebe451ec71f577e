"""What people type by mistake in a small project, and the one line that answers each of it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from sweeper.cli.main import main

FILES = {
    "configs/config.yaml": """\
defaults: [{model: cnn}, {experiment: tiny}, _self_]
task: {command: [sh, program.sh, "{args}"], args_style: env}
results: {metric: v}
lr: 0.1
seed: 0
act: relu
opt: {momentum: 0.9}
adam: {beta: 0.9}
sgd: {beta: 0}
""",
    "configs/experiment/tiny.yaml": "# @package _global_\nwidth: 8\n",
    "configs/model/cnn.yaml": "depth: 3\n",
    "configs/model/resnet.yaml": "depth: 4\n",
    "configs/model/vit.yaml": "depth: 5\nheads: 2\n",
    "configs/logger/csv.yaml": "level: 0\n",
    "program.sh": "exit 1\n",
}

COMMAND_LINES = [
    # a verb or an option
    ("oops", "'oops' is neither a verb nor an override (KEY=VALUE); see: cvsweep --help"),
    ("kill 3", "'kill' is neither a verb nor an override (KEY=VALUE); type: cvsweep cancel 3"),
    ("stop --at-once", "unrecognized arguments: --at-once"),
    ("stop 3", "there is no sweep '3' in sweeps"),
    ("note", "note: name the sweep or the trials, then the note, as in: cvsweep note NAME 3"),
    ("note monday", "note: name the sweep or the trials, then the note, as in: cvsweep note NAME 3"),
    ("note monday hm", "there is no sweep 'monday' in sweeps"),
    ("tag best", "there is no sweep 'best' in sweeps"),
    ("rm", "rm: the following arguments are required: SWEEP"),
    ("rm monday", "there is no sweep 'monday' in sweeps"),
    ("wait --timeout soon", "argument --timeout: 'soon' is not a number of seconds"),
    ("set", "set: name a setting and its value, as in: cvsweep set cluster.max_parallel=4"),
    ("set cluster.max_parallel 4", "set: name a setting and its value"),
    ("set monday max_parallel cluster.reserve=1", "a setting has a value: max_parallel=..."),
    ("set monday cluster.max_parallel=4", "there is no sweep 'monday' in sweeps"),
    ("delete monday", "type: cvsweep rm monday"),
    ("clean monday", "clean: say what is to go: cvsweep clean --checkpoints SWEEP"),
    ("rename monday", "rename: the following arguments are required: NEWNAME"),
    ("rename monday tuesday", "there is no sweep 'monday' in sweeps"),
    ("run -m lr=1,2", "a run needs no verb; type: cvsweep -m lr=1,2"),
    ("--dryrun lr=1", "unrecognized arguments: --dryrun (did you mean --dry-run?)"),
    ("-m lr=1,2 --detatch", "unrecognized arguments: --detatch (did you mean --detach?)"),
    ("-detach", "unrecognized arguments: -detach (did you mean --detach?)"),
    ("--jobs=4 lr=1", "unrecognized arguments: --jobs=4 (did you mean cluster.max_parallel=4?)"),
    ("status --json", "unrecognized arguments: --json (did you mean -o json?)"),
    ("staus", "'staus' is neither a verb nor an override (KEY=VALUE); did you mean: cvsweep status?"),
    ("-m status", "'status' is neither an override (KEY=VALUE) nor an option"),
    ("python train.py lr=1", "what a trial runs is task.command in your config, as in task: {command: "),
    (
        "lr=1 cluster=kubernetes cluster.image=i cluster.volumes.data.claim=c cluster.volumes.data.path=/d"
        " cluster.user=ada@lab.org",
        "cluster.labels.user: '{user}' stands for 'ada@lab.org', which the cluster refuses",
    ),
    (
        "lr=1 cluster=kubernetes cluster.volumes.data.claim=c 'cluster.resource_claims={gpu: 2}'",
        "cluster.resource_claims.gpu must be a ResourceClaimTemplate, as in one-gpu, or a ResourceClaim",
    ),
    ("--lr=1", "unrecognized arguments: --lr=1 (a parameter has no dashes in front, as in lr=1)"),
    ("-lr 1", "unrecognized arguments: -lr (a parameter has no dashes in front, as in lr=1)"),
    ("'-m lr=1,2'", "-m/--multirun takes no value: put 'lr=1,2' into a word of its own"),
    (
        "–m lr=1,2",
        "cannot read '–m': its character U+2013 (en dash) is not the one on a keyboard; type it as -m",
    ),
    ("-cp conf", "there is no --config-path: -cd conf adds this folder to ./configs"),
    ("config.yaml", "cannot read 'config.yaml': to start from this file write --config-name config"),
    ("results --tpo 3", "unrecognized arguments: --tpo (did you mean --top?)"),
    ("--cfg jobs", "argument -c/--cfg: invalid choice: 'jobs' (choose from 'job', 'hydra', 'all')"),
    ("--resolve lr=1", "--resolve and --package go with --cfg"),
    ("--all lr=1", "--all goes with --dry-run: it shows every trial instead of the first few"),
    ("completion csh", "completion: argument SHELL: invalid choice: 'csh'"),
    ("completion", "completion: the following arguments are required: SHELL"),
    ("-sc", "-sc takes install=bash, zsh or fish (or uninstall=); the same is: cvsweep completion bash"),
    ("-cn", "argument -cn/--config-name: expected one argument"),
    # a file or a folder
    ("-cn nope", "no nope.yaml in {here}/configs; there is config"),
    ("-cd conf lr=1", "--config-dir: there is no folder {here}/conf"),
    ("status monday", "there is no sweep 'monday' in sweeps"),
    ("task.command=[no-such-program]", "task.command: the program 'no-such-program' is not on PATH"),
    ("task.command=[./nope.sh]", "nope.sh does not exist"),
    ("task.command=[python,program.sg]", "there is no program.sg in {here}"),
    ("task.command=[sh,./programm.sh]", "there is no ./programm.sh in {here} (did you mean ./program.sh?)"),
    # a variable of the shell that is not set
    ("'' lr=1", "an argument is empty; perhaps it is a shell variable that is not set"),
    ("sweep.name=", "sweep.name must be at most 63 letters"),
    # blanks, quotes and brackets
    ("lr = 1", "cannot read 'lr': no blanks around '=': write lr=1"),
    ("lr= 1", "cannot read '1': no blanks around '=': write lr=1"),
    ("-m seed=0, 1", "cannot read 'seed=0,': the shell split it at a blank; quote it: 'seed=0, 1'"),
    ("-m seed=0 1", "cannot read '1': several values are separated by commas, without blanks: seed=0,1"),
    ("-m seed='range(1,' 5)", "cannot read 'seed=range(1,': the shell split it at a blank; quote it: 'seed="),
    ("-m 'seed=range(5'", "cannot read 'seed=range(5': '(' is not closed: write 'seed=range(5)'"),
    ("lr=[1,2", "cannot read 'lr=[1,2': '[' is not closed: write 'lr=[1,2]'"),
    ("'act=“relu”'", """type it as 'act="relu"'"""),
    ("'lr=1,2 seed=3'", "it is more than one override in one word: lr=1,2 seed=3"),
    (
        "-m lr=1e-3,1e-4,",
        "cannot read 'lr=1e-3,1e-4,': it ends with a comma: write lr=1e-3,1e-4, or a further",
    ),
    # a key or a value
    ("lr==1", "cannot read 'lr==1': one '=' is enough: write lr=1"),
    ("lr:1", "cannot read 'lr:1': it takes '=', not ':': write lr=1"),
    ("model/resnet", "cannot read 'model/resnet': to choose an option of a group write model=resnet"),
    ("act=ckpt/epoch=3.ckpt", """a text with '=' must be quoted: 'act="ckpt/epoch=3.ckpt"'"""),
    ("LR=1", "LR: there is no such parameter (did you mean lr?); to add a new one write +LR=..."),
    ("Opt.momentum=1", "Opt.momentum: there is no such parameter (did you mean opt.momentum?)"),
    ("lrr=1", "lrr: there is no such parameter (did you mean lr?); to add a new one write +lrr=..."),
    ("opt.momentm=1", "opt.momentm: there is no such parameter (did you mean momentum?)"),
    ("task.comand=[x]", "task.comand: there is no such setting (did you mean command?)"),
    ("cluster.max_parallel=many", "cluster.max_parallel must be a whole number, not 'many'"),
    ("cluster.gpus=-1", "cluster.gpus must be at least 0, or null, not -1"),
    (
        "+cluster.queue=night",
        "cluster.queue means nothing where cluster.backend is local: choose a cluster as",
    ),
    (
        "cluster=cvlab cluster.queue_kind=slurm",
        "cluster.queue_kind must be kueue, kai, runai, volcano or null",
    ),
    (
        "cluster=cvlab cluster.queue='team a'",
        "cluster.queue must be a queue's name (letters, digits, '-', '_' and",
    ),
    ("results.file=out/final.json", "results.file must be the name of a file that ends in .json, .jsonl or"),
    ("results.mode=best", "results.mode must be max, min or null, not 'best'"),
    ("model=resne", "Could not find 'model/resne' (did you mean resnet?); there is cnn, resnet, vit"),
    (
        "lr='${sed}'",
        "lr: its interpolation names sed, which the configuration does not have (did you mean seed?)",
    ),
    ("lr='${HOME}'", "there is no key HOME; for the environment variable write ${oc.env:HOME}"),
    ("lr='${env:HOME}'", "for an environment variable write ${oc.env:NAME}, not ${env:NAME}"),
    ("lr='${seed'", "cannot read 'lr=${seed': '{' is not closed: write 'lr=${seed}'"),
    ("lr='${lr}'", "lr: its value leads back to itself through interpolations"),
    ("+lr=1", "lr is there already: leave out the '+' to give it another value"),
    ("+model=resnet", "model is chosen already: leave out the '+'"),
    ("~nope", "~nope: there is no such parameter to leave out"),
    ("=1", "cannot read '=1': it has no key in front of '='"),
    ("model=null", "model=null: name one of cnn, resnet, vit, or leave it out: ~model"),
    ("model=18", """model=18: an option whose name is a number is quoted: 'model="18"'"""),
    ("model=", "'model/' names no option; there is cnn, resnet, vit"),
    ("Model=resnet", "Model: there is no such parameter (did you mean model?)"),
    ("experimnt=tiny", "experimnt: there is no such parameter (did you mean experiment?)"),
    ("momentum=1", "momentum: there is no such parameter (did you mean opt.momentum?)"),
    ("-m momentum=0.1,0.2", "(did you mean opt.momentum?); to add a new one write +momentum=..."),
    ("momentm=1", "momentm: there is no such parameter (did you mean opt.momentum?)"),
    ("model.lr=1", "model.lr: there is no such parameter (did you mean lr?)"),
    ("beta=1", "beta: there is no such parameter (did you mean adam.beta or sgd.beta?)"),
    ("-m trainer.max_epochs=1,2", "parameter; to add a new one write +trainer.max_epochs=..."),
    (
        "logger.level=1",
        "logger.level: no option of the config group logger is chosen; choose one first, as in +logger=...",
    ),
    (
        "-m model=cnn,resnet,vit model.heads=4,8",
        "model.heads: there is no such parameter with model=cnn, model=resnet, only with model=vit; sweep"
        " these in two runs, or write ++model.heads=... to set it with all of them",
    ),
    ("-m model=cnn,vit +model.heads=4,8", "there is no such parameter with model=cnn, only with model=vit;"),
    ("-m model=vit,cnn model.heads=4", "there is no such parameter with model=cnn, only with model=vit;"),
    ("-m model=cnn,vit '~model.heads'", "with model=cnn, only with model=vit; sweep these in two runs\n"),
    ("-m model=cnn,vit model.nope=4", "model.nope: there is no such parameter; to add a new one"),
    (
        r"""'results.pattern=(?P<name>test acc) (?P<value>\S+)'""",
        r"""must be quoted: "results.pattern='(?P<name>test acc) (?P<value>\S+)'" """.strip(),
    ),
    ("results.pattern=[a-z]", 'must be text, not a list; if this is one, quote it: "results.pattern='),
    ("results.metric=acc,", "it ends with a comma: write results.metric=acc"),
    ("task.command='[python,null]'", "task.command[1] must be text, not null"),
    ("task.command='[sh,program.sh]' task.cwd=out", "write {code}/program.sh"),
    (
        "lr='${oc.env:NOT_SET_ANYWHERE}'",
        "lr: the environment variable NOT_SET_ANYWHERE is not set; export it",
    ),
    ("task.command='python train.py'", "task.command must be a list, as in 'task.command=[python,train.py]'"),
    ("task.command='[sh,\"{parms}\"]'", "there is no placeholder {parms}: did you mean {params}?"),
    ("sweep.name=a/b", "sweep.name must be at most 63 letters, digits, '.', '_' and '-', the first a letter"),
    ("lr=", "lr= has no value, perhaps because of a shell variable that is not set"),
    ("'lr=1 2'", "lr=1 2 is one text; several values are written lr=1,2, the text 'lr=\"1 2\"'"),
    ("'lr=$LR'", "lr=$LR: no shell has replaced this variable"),
    ("seed=0..4", "seed=0..4 is one text; several values are written 'seed=range(0,5)'"),
    ("seed=1-5", "seed=1-5 is one text; several values are written 'seed=range(1,6)'"),
    ("lr=1e-3.5", "lr=1e-3.5 is a text, not a number as in the configuration"),
    ("model=resnet.yaml", "model=resnet.yaml: an option is named without its suffix: model=resnet"),
    # what other launchers and sweepers do
    ("hydra/launcher=joblib", "hydra/launcher: cvsweep is the launcher: it starts the trials itself"),
    ("hydra.launcher.n_jobs=4", "leave this out, and set cluster.max_parallel=N for how many run at once"),
    ("-m hydra/sweeper=optuna lr=1,2", "hydra/sweeper: cvsweep makes the points itself, every one of a grid"),
    ("hydra.sweeper.n_trials=20", "leave this out, and write the grid as values: -m lr=1e-3,1e-4"),
    ("'hydra.sweeper.params={lr: 1}'", "on the command line a grid is written as values: -m lr=1e-3,1e-4"),
    ("-m hydra.mode=RUN lr=1,2", "hydra.mode=RUN: -m runs every point of the grid, this only one"),
    # a grid
    ("-m 'lr=[1,2]'", "lr=[1,2] is one value, a list; several values are written lr=1,2, the list "),
    ("lr=1,2", "lr=1,2 gives more than one value: add -m to run all of them, or quote it to mean one text"),
    ("-m 'seed=range(5,1)'", "the grid has no points: seed has no values"),
    (
        "-m 'lr=linspace(0,1,5)'",
        "there is no function linspace; name the values, as in lr=0.1,0.2, or use range",
    ),
    ("-m 'seed={0..4}'", "several values are written 'seed=range(0,5)'"),
    ("-m 'lr=(1,2)'", "several values are written lr=1,2, and a list 'lr=[1,2]'"),
    ("-m model='glob(swin*)'", "the grid has no points: model has no values"),
    ("-m 'lr=interval(0,1)'", "an interval has no list of values; use range or choice"),
    ("-m cluster.gpus=1,2", "cluster.gpus: 'cluster' holds for the whole sweep and cannot vary inside it"),
    ("-m lr=1,2 seed=1,2 'sweep.zip=[lr,seed]'", "each entry of sweep.zip must be a list of keys"),
    (
        "-m lr=1,2 'sweep.exclude={lr: 1}'",
        "sweep.exclude must be a list, as in 'sweep.exclude=[{key: value}]'",
    ),
    ("-m lr=1,2 seed=1,2,3 'sweep.zip=[[lr,seed]]'", "lr has 2 values, seed has 3 values"),
    (
        "-m lr=1,2 'sweep.exclude=[{lrr: 1}]'",
        "sweep.exclude names lrr, which no point has (did you mean lr?)",
    ),
    (
        "-m 'seed=range(1000000)'",
        "the grid has 1,000,000 points (seed 1,000,000), more than sweep.max_trials",
    ),
]
"""A line as it is typed after `cvsweep`, and what its answer holds; {here} is the project's folder."""

RUN = 'task: {command: [sh, program.sh, "{args}"], args_style: env}\n'

CONFIG_FILES = [
    # YAML
    ("lr: [1", "configs/config.yaml:1: [ is not closed"),
    ("lr: 1\nlr: 2\n", "configs/config.yaml:2: the key lr is there twice; leave one out"),
    ("lr: 1\n\tseed: 2\n", "configs/config.yaml:2: it is indented with a tab, and YAML takes only blanks"),
    ("lr:1\nseed: 2\n", "configs/config.yaml:1: a blank is missing after ':': write lr: 1"),
    ("lr = 1\nseed: 2\n", "configs/config.yaml:1: it takes ':', not '=': write lr: 1"),
    ("act: %relu\n", "configs/config.yaml:1: a text that begins with '%' must be quoted: act: '%relu'"),
    ("note: a: b\n", "configs/config.yaml:1: a text with ': ' must be quoted: note: 'a: b'"),
    ("name: é\n".encode("latin-1"), "configs/config.yaml: line 1 is not UTF-8 (byte 0xe9); save the file as"),
    (
        "lr: 1\n".encode("utf-16"),
        "configs/config.yaml: it is UTF-16, as some Windows programs write; save it as",
    ),
    ("- lr\n- seed\n", "config.yaml: a configuration holds keys and values, not a list"),
    # keys
    ("lr: 1\n", "no command: set task.command"),
    (RUN + "lr: ???\n", "lr has no value yet (???): give it one, as in lr=..."),
    (RUN + "lr: ${sed}\nseed: 1\n", "lr: its interpolation names sed, which the configuration does not have"),
    (
        RUN + "task.cwd: out\n",
        "task.cwd, written as one key with a dot, is a parameter, not the setting; write task",
    ),
    (
        RUN + "opt.lr: 1\nopt: {lr: 2}\n",
        "opt.lr, written as one key with a dot, is there as nested keys, too;",
    ),
    (RUN + "sweep: {zip: [lr]}\n", "each entry of sweep.zip must be a list of keys"),
    (RUN + "sweep: {exclude: {lr: 1}}\n", "lists are sweep.exclude, sweep.zip, task.command"),
    (RUN + "results: acc\n", "results must hold settings, not acc"),
    (RUN + "hydra: 3\n", "config.yaml: hydra must hold settings of Hydra, not 3"),
    (RUN + "defaults: {model: cnn}\n", "the defaults list of a configuration must be a list"),
    (RUN + "defaults: [{modle: cnn}]\n", "Could not find 'modle/cnn'"),
]
"""What a configs/config.yaml holds, and the answer of a run."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which nothing is ever made: every line here is a mistake."""
    return write(tmp_path_factory.mktemp("project"), FILES)


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.mark.parametrize(("line", "answer"), COMMAND_LINES, ids=[line for line, _ in COMMAND_LINES])
def test_a_mistake_on_the_command_line_is_one_line_with_the_way_out(small, monkeypatch, capsys, line, answer):
    """Exit code 2, no traceback, nothing on stdout, nothing created."""
    monkeypatch.chdir(small)
    monkeypatch.delenv("CVSWEEP_ROOT", raising=False)
    check(shlex.split(line), answer, capsys)


@pytest.mark.parametrize(("text", "answer"), CONFIG_FILES, ids=[str(text) for text, _ in CONFIG_FILES])
def test_a_mistake_in_a_file_is_one_line_with_the_way_out(tmp_path, monkeypatch, capsys, text, answer):
    """As for one on the command line."""
    monkeypatch.chdir(write(tmp_path, {**FILES, "configs/config.yaml": text}))
    monkeypatch.delenv("CVSWEEP_ROOT", raising=False)
    check([], answer, capsys)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("-m lr=1,2", "there is conf/: to start from it type cvsweep -cd conf -cn sweep"),
        (
            "-cd conf -m lr=1,2",
            "config.yaml sets no task.command, but sweep.yaml does; to start from it type cvsweep -cd conf"
            " -cn sweep",
        ),
        ("-cd conf -cn nope", "there is config, sweep: choose with --config-name, as in -cn sweep"),
        (
            "-cd conf -cn sweep task.command=[]",
            """set task.command, for example 'task.command=[python,train.py,"{args}"]',""",
        ),
    ],
)
def test_the_configuration_that_has_a_command_is_the_one_to_start_from(
    tmp_path, monkeypatch, capsys, line, answer
):
    """In a Hydra project whose own config.yaml knows nothing of cvsweep."""
    monkeypatch.chdir(
        write(
            tmp_path,
            {
                "conf/config.yaml": "lr: 0.1\n",
                "conf/sweep.yaml": "defaults: [config, {run: local}, _self_]\n",
                "conf/run/local.yaml": "# @package _global_\n" + RUN,
                "conf/broken.yml": "[",
            },
        )
    )
    monkeypatch.delenv("CVSWEEP_ROOT", raising=False)
    check(shlex.split(line), answer, capsys)


def check(words, answer, capsys):
    """The command refuses these words with one line that holds the answer."""
    before = names()
    code = main(words)
    captured = capsys.readouterr()
    assert captured.err.startswith("cvsweep: ")
    assert answer.replace("{here}", os.getcwd()) in captured.err
    assert (code, captured.out, captured.err.count("\n")) == (2, "", 1)
    assert names() == before


def names():
    return sorted(os.path.join(place, name) for place, _, files in os.walk(".") for name in files)
