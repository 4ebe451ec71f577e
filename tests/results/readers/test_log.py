"""log.txt, where a program only prints."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.settings import ResultsSettings
from sweeper.results.curve import Curve
from sweeper.results.direction import by_name
from sweeper.results.readers import log, read_curve, read_metrics
from tests.results.readers.conftest import final

on_disk = settings(deadline=None)  # a busy disk is no failure

LOG = ResultsSettings(reader="log")


def test_what_a_real_script_printed_becomes_metrics(data):
    """The last value of every name counts, and the epoch that each line tells counts the steps."""
    assert final(str(data / "printed"), LOG) == (
        {"Epoch": 5, "train_loss": 0.107374, "acc": 97.32},
        "",
    )
    losses = (0.64, 0.4096, 0.262144, 0.167772, 0.107374)
    shares = (84.0, 89.76, 93.45, 95.81, 97.32)
    expected = Curve((1, 2, 3, 4, 5), {"train_loss": losses, "acc": shares}, "Epoch")
    assert read_curve(str(data / "printed"), LOG) == (expected, "")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("loss=0.5 acc: 93.5%", {"loss": 0.5, "acc": 93.5}),
        ("val/loss = -1e-3, top.5 =+.5;", {"val/loss": -0.001, "top.5": 0.5}),
        ("loss=nan best=-inf n: 3.", {"loss": math.nan, "best": -math.inf, "n": 3}),
        ("\x1b[32mloss\x1b[0m: \x1b[1m2\x1b[0m", {"loss": 2}),
        ("100%|###| 50/50 [00:01<00:00, 41.2it/s, loss=0.25]", {"loss": 0.25}),
        ("2024-05-04 22:14:54 INFO:root: acc=1", {"acc": 1}),
        ("python train.py --lr=0.1 date=2024-05-04 at=12:30 host=10.0.0.1 size=10MB v=1e4x url=http://a", {}),
        ("Epoch [3/10], Step 20, Loss: 0.25", {"Epoch": 3, "Step": 20, "Loss": 0.25}),
        ("train epoch #3 global_step  7 footstep 8", {"epoch": 3, "global_step": 7, "footstep": 8}),
        ("an epochal 3, layer 4", {}),
        ("name = x, =5, 3=4, a==1", {}),
        ("ünï=1", {}),
        ("{'loss': 0.5, 'grad_norm': 1e-05, 'epoch': 0.1}", {"loss": 0.5, "grad_norm": 1e-05, "epoch": 0.1}),
        ('{"step": 3, "acc": 0.25, "name": "x"}', {"step": 3, "acc": 0.25}),
        ("say 'hello' : 3", {"hello": 3}),
        ("Accuracy: 75/200 (38%)", {"Accuracy": 0.375}),
        ("Average loss: 0.0289, Accuracy: 9905/10000 (99%)", {"Average_loss": 0.0289, "Accuracy": 0.9905}),
        ("Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.3", {"Epoch": 1, "Train_Loss": 2.3}),
        ("acc: 3/0 hits: 9/3 wrong: 75/200 (50%) date: 1/2/2024 step: 3/10", {"step": 3}),
        ("1875/1875 - 2s - 1ms/step - loss: 0.25 - acc: 0.9", {"loss": 0.25, "acc": 0.9}),
        ("[12/100] loss=0.5 took: 12ms at: 12:30:01 torch: 1.13.1", {"loss": 0.5}),
        ("GPU: 0, seed=3, lr: 0.1, loss=2", {"loss": 2}),
        ("Adam(lr=0.1, betas=(0.9, 0.99), eps=1e-08) Conv2d(3, 6, kernel_size=(3, 3), p=2)", {}),
        ("Namespace(hidden=64, name='x', deep=Sub(a=1)) loss=1", {"loss": 1}),
        ("EvalResult(top1=0.5, n=3) (loss=2)", {"top1": 0.5, "n": 3, "loss": 2}),
        ("{'hidden': 64, 'name': 'x'}", {}),
        ("acc=0,85 tokens=1,234,567 loss=2, n=3,", {"loss": 2, "n": 3}),
    ],
)
def test_a_line_is_searched_for_names_with_numbers(leave, line, found):
    """Wherever they stand; what only looks like one (a date, a size, an address) is none."""
    metrics, problem = leave({"log.txt": f"hello\n{line}\nbye\n"}, reader="log")
    assert (repr(metrics), problem) == (repr(found), "")


@on_disk
@given(
    row=st.dictionaries(
        st.from_regex(r"[A-Za-z_][A-Za-z0-9_./-]{0,9}", fullmatch=True),
        st.integers() | st.floats(),
        min_size=1,
    ),
    between=st.sampled_from([" ", ", ", " | ", "; "]),
    sign=st.sampled_from(["=", ": ", " = "]),
)
def test_what_is_printed_comes_back(leave, row, between, sign):
    """Any names and numbers as Python prints them, equal and of the same type."""
    line = between.join(f"{name}{sign}{value!r}" for name, value in row.items())
    metrics, problem = leave({"log.txt": f"INFO {line}\n"}, reader="log")
    assert (repr(metrics), problem) == (repr(row), "")


def test_lines_belong_to_the_step_that_was_counted_last(trace):
    """Programs print a heading for an epoch, and then what came of it."""
    log = "lr=0.1\nepoch: 1\nloss=3\nacc=0\nepoch: 2\nloss=2\nacc=1\nbest acc=1\n"
    assert trace({"log.txt": log}, reader="log") == (
        Curve((1, 2), {"loss": (3, 2), "acc": (0, 1), "best_acc": (None, 1)}, "epoch"),
        "",
    )


def test_without_a_counter_every_line_is_a_step(trace):
    """A step that is told once is no counter."""
    found, _ = trace({"log.txt": "loss=3\nloss=2\nbest epoch: 1\n"}, reader="log")
    assert found == Curve((1, 2, 3), {"loss": (3, 2, None), "best_epoch": (None, None, 1)})


def test_a_progress_bar_ends_its_lines_by_a_return(trace):
    """Each of its pictures is a line."""
    found, _ = trace({"log.txt": "step=1 loss=3\rstep=2 loss=2\rstep=2 loss=1\n"}, reader="log")
    assert found == Curve((1, 2), {"loss": (3, 1)}, "step")


def test_a_pattern_says_what_a_metric_looks_like(leave, trace):
    """The groups name and value; the pattern alone chooses the reader, whatever else lies there."""
    files = {"log.txt": "loss is 0.5 today\nacc is good\n", "metrics.json": '{"a": 1}'}
    pattern = r"(?P<name>\w+) is (?P<value>\S+)"
    assert leave(files, pattern=pattern) == ({"loss": 0.5, "acc": "good"}, "")
    assert trace(files, pattern=pattern)[0] == Curve((1, 2), {"loss": (0.5, None)})


@pytest.mark.parametrize("files", [{}, {"log.txt": ""}, {"log.txt": "nothing to see\n"}])
def test_a_log_that_tells_nothing_is_no_problem(leave, trace, files):
    """A program may print nothing, or nothing of interest."""
    assert leave(files, reader="log") == ({}, "")
    assert trace(files, reader="log") == (Curve(), "")


def test_a_log_is_not_read_unasked(leave, trace):
    """What a program prints is for people, until somebody says that it is data."""
    assert leave({"log.txt": "loss=1\n"}) == ({}, "")
    assert trace({"log.txt": "loss=1\n"}) == (Curve(), "")


@pytest.mark.parametrize(
    "line",
    [
        "a" * 2_000_000,
        "a." * 1_000_000,
        "a =" * 500_000,
        "a=1" + "1" * 2_000_000,
        "a: b" + " " * 16_000 + "=c",
    ],
)
def test_a_hostile_line_takes_no_time(leave, line):
    """The search is linear, and looks at no more than the beginning of a line."""
    began = time.process_time()
    metrics, problem = leave({"log.txt": line + "\nloss=1\n"}, reader="log")
    assert time.process_time() - began < 2
    assert (metrics.get("loss"), problem) == (1, "")


def test_very_many_lines_make_no_curve(leave, trace, monkeypatch):
    """Each would take a hundred times its bytes in memory; the final values are there all the same."""
    monkeypatch.setattr(log, "_MOST_ROWS", 5_000)
    files = {"log.txt": "a=1\n" * 5_001}
    assert trace(files, reader="log") == (Curve(), "log.txt tells metrics in more than 5000 lines")
    assert leave(files, reader="log") == ({"a": 1}, "")


def test_a_last_line_that_is_not_whole_is_no_step_yet(leave, trace):
    """Of a running program nobody can see whether its last number is; of an ended one it counts."""
    files = {"log.txt": "step=1 loss=3\nstep=2 loss=0.2"}
    assert trace(files, reader="log") == (Curve((1,), {"loss": (3,)}, "step"), "")
    assert leave(files, reader="log") == ({"step": 2, "loss": 0.2}, "")


def test_a_line_cut_by_the_limit_is_not_read(tmp_path):
    """The first line of the last megabyte may lack its beginning."""
    line = b"loss=1 " * 7 + b"validation_loss=2\n"
    (tmp_path / "log.txt").write_bytes(line * (3 * 1024 * 1024 // len(line)))
    assert final(str(tmp_path), LOG) == ({"loss": 1, "validation_loss": 2}, "")


def test_a_huge_log_is_read_at_its_end_only(tmp_path):
    """The final values of a log of a gigabyte (of holes) are those of its last megabyte."""
    with open(tmp_path / "log.txt", "wb") as file:
        file.seek(1024**3)
        file.write(b"\nloss=7\n")
    assert final(str(tmp_path), LOG) == ({"loss": 7}, "")


@on_disk
@given(content=st.binary(max_size=200) | st.text("aé=: .-1e\r\n\x1b[m", max_size=80))
def test_garbage_never_crashes_the_reader(leave, trace, content):
    """Any bytes give metrics and a curve, or one line that says why not."""
    for read in (leave, trace):
        found, problem = read({"log.txt": content}, reader="log")
        assert not (problem and found not in ({}, Curve()))
        assert problem.isprintable()


YAML = """\
model:
  name: resnet
  width: 64
optimizer:
  gain: 0.5
"""


@pytest.mark.parametrize(
    "config",
    [
        YAML,
        '{\n  "width": 64,\n  "gain": 0.5,\n  "name": "x"\n}\n',
        "Namespace(width=64, gain=0.5)\n",
        "{'width': 64, 'gain': 0.5, 'name': 'x'}\n",
    ],
)
def test_a_printed_configuration_is_no_metric(leave, trace, config):
    """However it is printed, before the program begins."""
    log = f"hello\n{config}started\nepoch: 1\nloss: 0.5\nepoch: 2\nloss: 0.25\n"
    assert leave({"log.txt": log}, reader="log") == ({"epoch": 2, "loss": 0.25}, "")
    assert trace({"log.txt": log}, reader="log")[0] == Curve((1, 2), {"loss": (0.5, 0.25)}, "epoch")


def test_results_that_look_like_yaml_are_metrics(leave):
    """Behind other metrics, or with the name of something that is measured, also beside texts."""
    block = "model: resnet\ntime: 12s\nval_acc: 0.5\n"
    assert leave({"log.txt": block}, reader="log") == ({"val_acc": 0.5}, "")
    assert leave({"log.txt": "loss=1\nmodel: resnet\ntime: 12s\nwidth: 3\n"}, reader="log") == (
        {"loss": 1, "width": 3},
        "",
    )
    blocks = "".join(f"epoch: {n}\ntime: 12s\ngain: {n}\n" for n in range(3))
    assert leave({"log.txt": blocks}, reader="log") == ({"epoch": 2, "gain": 2}, "")


def test_a_parameter_of_the_trial_is_no_metric_unless_it_changes(tmp_path):
    """It is known from params.json, under its own name or the last part of it."""
    out = tmp_path / "trials" / "0" / "attempts" / "1"
    out.mkdir(parents=True)
    (tmp_path / "trials" / "0" / "params.json").write_text('{"width": 8, "opt": {"gain": 0.5}, "x": 1}')
    (out / "log.txt").write_text("width=8 gain=0.5 x=1\nloss=3\nx=2\n")
    assert final(str(out), LOG) == ({"x": 2, "loss": 3}, "")
    (out / "log.txt").write_text("width=8\n")
    assert final(str(out), LOG) == (
        {},
        "log.txt: width look like settings that were printed, not like metrics",
    )


def test_what_was_printed_early_counts_in_a_long_log(tmp_path, monkeypatch):
    """All of it is read, line by line; of a huge one the beginning and the end, with a remark."""
    line = b"step=1 " + b"x" * 993 + b"\n"
    (tmp_path / "log.txt").write_bytes(b"best_acc=0.5\n" + line * 3000 + b"loss=2\n")
    assert final(str(tmp_path), LOG) == ({"best_acc": 0.5, "step": 1, "loss": 2}, "")
    monkeypatch.setattr("sweeper.results.readers.line_files._MOST_SEARCHED", 1024 * 1024)
    read = read_metrics(str(tmp_path), LOG)
    assert read.metrics == {"best_acc": 0.5, "step": 1, "loss": 2}
    assert read.warning == "log.txt has 2 MiB: only the first 0 and the last 0 MiB of it are read"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "train: loss=0.5 acc=0.8\nvalid: loss=0.6 acc=0.7\ntest: loss=0.7 acc=0.6\n",
            {"train_loss": 0.5, "train_acc": 0.8, "valid_loss": 0.6, "valid_acc": 0.7}
            | {"test_loss": 0.7, "test_acc": 0.6},
        ),
        (
            "Train: 0 [  0/9 (  0%)]  Loss: 6.9 (6.9)  LR: 1e-06\nTest: [ 0/9]  Loss: 0.8 (0.8)\n"
            "Test: [ 9/9]  Loss: 1.2 (1.3)  Acc@1: 68.7\n",
            {"Train": 0, "Train_Loss": 6.9, "Test_Loss": 1.2},
        ),
        ("INFO: step=1 reward=3\nINFO: step=2 reward=4\nINFO: saved\n", {"step": 2, "reward": 4}),
        ("lr: 0.1\nname: x\nhidden: 8\nTest: Average loss: 0.5, done\n", {"Test_Average_loss": 0.5}),
        ("{'dataset': 'cifar', 'hidden': 8, 'test_acc': 0.91}\n", {"hidden": 8, "test_acc": 0.91}),
    ],
)
def test_lines_with_a_word_in_front_are_no_configuration(leave, text, found):
    """`Test: loss=0.5` looks like a key and its value, but measures something; so does a last dictionary."""
    assert leave({"log.txt": text}, reader="log") == (found, "")


def test_a_name_that_a_line_gives_twice_is_reported(remarks):
    """Of `Box Loss: 0.5, Mask Loss: 0.7` the last counts, and the row says so; a counter may be repeated."""
    line = "Epoch 1 (epoch 1), Box Loss: 0.5, Mask Loss: 0.7\n"
    found, warning = remarks({"log.txt": line}, reader="log")
    assert found["Loss"] == 0.7
    assert warning == "log.txt gives 'Loss' more than once in a line: the last one of the line counts"
    assert remarks({"log.txt": "loss: 0.5 (loss: 0.5)\n"}, reader="log") == ({"loss": 0.5}, "")


def test_values_of_different_parts_of_the_data_are_different_metrics(leave, trace):
    """The words for the part belong to the name, and the direction follows from the rest of it."""
    text = "epoch: 1\nTrain: loss=2 acc=0.1\nVal: loss=3\nepoch: 2\nTrain: loss=1 acc=0.2\nVal: loss=2\n"
    found, _ = trace({"log.txt": text}, reader="log")
    series = {"Train_loss": (2, 1), "Train_acc": (0.1, 0.2), "Val_loss": (3, 2)}
    assert found == Curve((1, 2), series, "epoch")
    text = "Val Acc: 80.1\nTest Acc: 51.0\nTest error: 49.0%  (best val acc: 66.0%, Top 5 error: 3)\n"
    metrics, _ = leave({"log.txt": text}, reader="log")
    assert metrics == {
        "Val_Acc": 80.1,
        "Test_Acc": 51.0,
        "Test_error": 49.0,
        "best_val_acc": 66.0,
        "Top_5_error": 3,
    }
    assert list(map(by_name, metrics)) == ["max", "max", "min", "max", "min"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("loss: 5.e-4, acc=3.E2 n: 3.", {"loss": 0.0005, "acc": 300.0, "n": 3}),
        ("reward: 1,002.3 best=-12,345,678.25, n: 1", {"reward": 1002.3, "best": -12345678.25, "n": 1}),
        ("a=1,002.3.4 b=1,02.3 c=0,002.3x d=1234,567.8 e=1,002.3,4 f=1", {"f": 1}),
    ],
)
def test_a_number_is_read_whole(leave, line, found):
    """An exponent directly after the point, and commas between thousands before a decimal point."""
    metrics, problem = leave({"log.txt": f"hello\n{line}\n"}, reader="log")
    assert (repr(metrics), problem) == (repr(found), "")


@pytest.mark.parametrize(
    "value",
    [
        *("1,002", "1.2k", "0,4", "N/A", "None", "--", "-", "?", "tensor(0.4)", "np.float64(0.4)"),
        *("\u22120.5", "diverged", "3/2", "12:30", "9" * 1001),
    ],
)
def test_a_last_value_that_cannot_be_read_is_reported(remarks, value):
    """The value before it counts, and the row says so; not if a later line has a value that can be read."""
    log = f"epoch 1 Val reward: 998.5\nepoch 2 Val reward: {value}, done\n"
    found, warning = remarks({"log.txt": log}, reader="log")
    assert found == {"epoch": 2, "Val_reward": 998.5}
    shown = f"the last value of 'Val_reward' cannot be read ({ascii(value[:20])[1:-1]})"
    assert warning == f"log.txt: {shown}: the one before it counts"
    again = f"{log}epoch 3 Val reward: 3\n"
    assert remarks({"log.txt": again}, reader="log")[1] == ""


@pytest.mark.parametrize(
    "line",
    [
        "loss: improved to 3",
        "loss: see above",
        "loss: [0.5, 0.4]",
        "loss = x",
        "other: N/A",
        "Train loss: N/A",
        "closs: 1k",
        "http://loss: 1k is no value of another: 1k",
        "loss: nothing",
    ],
)
def test_what_is_no_number_of_this_name_is_not_reported(remarks, line):
    """Texts after a name are prose, and other names are others."""
    assert remarks({"log.txt": f"loss=1 Train: 0\n{line}\n"}, reader="log")[1] == ""


def test_a_nan_is_no_second_value(remarks):
    """NaN differs from itself, but a line that has it once gives it once."""
    found, warning = remarks({"log.txt": "loss: nan (loss: nan)\n"}, reader="log")
    assert math.isnan(found["loss"])
    assert warning == ""
    assert remarks({"log.txt": "loss: nan\n"}, reader="log")[1] == ""
    assert "more than once" in remarks({"log.txt": "loss: nan loss: 1\n"}, reader="log")[1]
