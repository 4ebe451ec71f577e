"""Where the metrics of a program seem to come from."""

from __future__ import annotations

import pytest

from sweeper.core.recognition.metrics import Metrics, metrics_of, printed_by_shell
from sweeper.core.recognition.syntax import parse_source


def found(text: str, *options: str) -> Metrics:
    source = parse_source(text)
    assert source is not None
    return metrics_of(source, options)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("print(f'epoch {e} loss={x:.3f}, val/acc: {y} {z=}')", ("loss", "val/acc", "z")),
        ("print(f'{e}/{n} done in {t} s')", ()),
        ("print('loss:', x, 'acc =', y, 'time:', t, 'end:')", ("loss", "acc")),
        ("print('loss=%.3f' % x)", ("loss",)),
        ("print('loss: {:.3f}, acc: {}'.format(x, y))", ("loss", "acc")),
        ("print(other(x))", ()),
        ("log.info({'loss': x, 'name': 'a', 3: 4, **more})", ("loss",)),
        ("print(json.dumps({'loss': x, 'epoch': 3}))", ("loss",)),
        ("click.echo(x)", ()),
        ("print(x + 1, 1 + x)", ()),
        ("other(f'loss={x}')", ()),
        ("print(f'Val Acc: {x:.1f}'); print(f'Test Acc: {y:.1f}')", ("Val_Acc", "Test_Acc")),
        (
            "print(f'Train: {e} [{i}/{n}] loss={x}'); print(f'Val: loss={x}')",
            ("Train", "Train_loss", "Val_loss"),
        ),
        ("print('Test acc: %.1f%% (best val acc: %5.1f)' % (x, y))", ("Test_acc", "best_val_acc")),
        ("print('Val:', 'acc =', x, 'loss =', y)", ("Val_acc", "Val_loss")),
        ("print({'train': {'loss': x}, 'val acc': y})", ("train_loss", "val_acc")),
        ("print(f'Train Epoch: {e} Loss: {x}')", ("Train_Loss",)),
        ("print(f'Train time: {t} val_loss: {x}')", ("val_loss",)),
        ("print('v: 1, loss: {}'.format(x))", ("loss",)),
        ("print(f'lr={x} LR={x} batch-size={y} loss={z}')", ("loss",)),
    ],
)
def test_what_a_script_prints_names_its_metrics(line, names):
    """Counters and parameters are none."""
    expected = Metrics("printed", names) if names else Metrics()
    assert found(f"import json\n{line}\n", "lr", "batch_size") == expected


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        (
            "open(os.environ['CVSWEEP_OUT'])\njson.dump({'acc': x, 'name': 'a'})\njson.dump(x)",
            Metrics("out", ("acc",)),
        ),
        (
            "open('runs/metrics.json')\njson.dump({'acc': x})",
            Metrics("file", ("acc",), "runs/metrics.json"),
        ),
        ("from transformers import Trainer\nTrainer(x)\nprint(f'x={x}')", Metrics("trainer")),
        ("from transformers import Trainer\n", Metrics()),
        ("import lightning as L\nL.Trainer()", Metrics("lightning")),
        ("import lightning as L\n", Metrics()),
        ("from x import SummaryWriter\nSummaryWriter()", Metrics("tensorboard")),
        (
            "open(os.path.join(a.out, 'progress.csv'), 'w')\nopen(os.path.join(a.out, 'args.json'), 'w')",
            Metrics("file", (), "progress.csv", True),
        ),
        (
            "print(f'acc={x}')\nopen(os.path.join(a.out, 'progress.csv'), 'w')",
            Metrics("printed", ("acc",)),
        ),
        (
            "os.environ['CVSWEEP_OUT']\nopen(out / 'results.json', 'w')\nopen(out / 'metrics.json', 'w')",
            Metrics("out", (), "metrics.json", True),
        ),
        ("'nothing'\n3\n", Metrics()),
    ],
)
def test_files_and_tools_count_before_what_is_printed(text, metrics):
    """The readers look for these by themselves."""
    assert found(text) == metrics


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ('echo "{\\"acc\\": 1}" > "$CVSWEEP_OUT/metrics.json"', Metrics("out", (), "metrics.json", True)),
        (
            'cat x > "${CVSWEEP_OUT}/progress.csv"; cat y > $CVSWEEP_OUT/args.json',
            Metrics("out", (), "progress.csv", True),
        ),
        ("train --out $CVSWEEP_OUT", Metrics("out")),
        ('x=1\necho "acc=$x lr=$lr"\n', Metrics("printed", ("acc",))),
        ("acc=$x\n", Metrics()),
        ('echo "Val acc: ${x}"; echo "Test: acc=$(cat y)"\n', Metrics("printed", ("Val_acc", "Test_acc"))),
    ],
)
def test_what_a_shell_script_prints_names_its_metrics(text, metrics):
    """By echo or printf."""
    assert printed_by_shell(text, ["lr"]) == metrics


def test_files_of_the_usual_names_are_nobodys_own():
    """They are found without any setting."""
    assert Metrics("file", (), "runs/metrics.csv").own_file == ""
    assert Metrics("file", (), "runs/results.csv").own_file == "results.csv"


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ("open('a/toy.json', 'w')", Metrics("file", (), "a/toy.json", is_fixed=True)),
        ("open('toy.json', 'w')\nprint(f'acc={x}')", Metrics("printed", ("acc",))),
        ("open(os.path.join('a', 'scores.csv'), 'w')", Metrics("file", (), "a/scores.csv", is_fixed=True)),
        (
            "open('toy.json', 'w')\nopen(f'{out}/scores.csv', 'w')",
            Metrics("file", (), "scores.csv", is_placed=True),
        ),
    ],
)
def test_a_file_with_a_fixed_path_is_no_file_in_the_folder_of_the_trial(text, metrics):
    """It is named by its path; one that is surely in the trial's folder comes first."""
    assert found(text) == metrics
