"""TensorBoard event files: a real script's, and what TensorBoard's own writer makes here."""

from __future__ import annotations

import os
import struct
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.errors import UsageError
from sweeper.core.settings import ResultsSettings
from sweeper.results.curve import Curve
from sweeper.results.readers import check_reader, read_curve, tensorboard
from sweeper.results.readers.tensorboard import MISSING
from tests.results.readers.conftest import final

on_disk = settings(deadline=None)  # a busy disk is no failure

event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
TensorProto = pytest.importorskip("tensorboard.compat.proto.tensor_pb2").TensorProto
NAME = "events.out.tfevents.1700000000.host.1.0"


def framed(record: bytes) -> bytes:
    return struct.pack("<Q4x", len(record)) + record + b"\0\0\0\0"


def events(*scalars, first=True) -> bytes:
    """An event file: tag, step and value of each."""
    records = [event_pb2.Event(file_version="brain.Event:2")] if first else []
    for tag, step, value in scalars:
        event = event_pb2.Event(step=step)
        event.summary.value.add(tag=tag, simple_value=value)
        records.append(event)
    return b"".join(framed(record.SerializeToString()) for record in records)


def test_the_last_value_of_every_scalar_counts(data):
    """What was written to the folder that SummaryWriter chose, and to that of add_hparams in it."""
    metrics, problem = final(str(data / "tensorboard"))
    assert problem == ""
    assert metrics == {
        "loss/train": 0.10737418383359909,
        "loss/val": 0.6677721738815308,
        "score": -0.10737418383359909,
    }


def test_scalars_lie_over_the_union_of_their_steps(data):
    """None where one was not written; a text that was is no number."""
    curve, problem = read_curve(str(data / "tensorboard"))
    assert (problem, curve.steps) == ("", (0, 1, 2, 3, 4, 5))
    assert curve.series["loss/val"] == (None, None, 0.909600019454956, None, 0.6677721738815308, None)
    assert curve.final() == final(str(data / "tensorboard"))[0]


def test_numbers_written_as_tensors_are_read(tmp_path):
    """As TensorFlow 2 and Keras do; one with many elements is no number."""
    import numpy as np
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    from tensorboard.util.tensor_util import make_tensor_proto

    writer = EventFileWriter(str(tmp_path / "train"))
    many = Summary(value=[Summary.Value(tag="many", tensor=make_tensor_proto(np.ones(3)))])
    text = Summary(value=[Summary.Value(tag="text", tensor=make_tensor_proto("hello"))])
    for step, summary in ((1, scalar_pb("acc", 0.5)), (2, scalar_pb("acc", 0.75)), (2, many), (2, text)):
        writer.add_event(event_pb2.Event(step=step, summary=summary))
    writer.close()
    assert read_curve(str(tmp_path)) == (Curve((1, 2), {"acc": (0.5, 0.75)}), "")


def test_runs_beside_each_other_keep_their_names(leave):
    """As Keras writes training and validation, and add_scalars what it compares."""
    files = {
        f"logs/train/{NAME}": events(("loss", 1, 2.0)),
        f"logs/validation/{NAME}": events(("loss", 1, 3.0)),
    }
    assert leave(files) == ({"train/loss": 2.0, "validation/loss": 3.0}, "")
    files = {
        f"runs/May04_22-14-54_h/{NAME}": events(("a", 1, 1.0)),
        f"runs/May04_22-14-54_h/b/{NAME}": events(("a", 1, 2.0)),
    }
    assert leave(files) == ({"a": 1.0, "b/a": 2.0}, "")


def test_no_metric_is_named_by_the_time(remarks):
    """Runs that are named by their date are numbered if they give the same metric, in their order."""
    later = NAME.replace("1700000000", "1700000009")
    files = {
        f"runs/Nov04_22-14-54_h/{later}": events(("a", 1, 2.0)),
        f"runs/May04_22-14-54_h/{NAME}": events(("a", 1, 1.0)),
        f"runs/May04_22-14-54_h/b/{NAME}": events(("a", 1, 9.0)),
        f"other/{NAME}": events(("a", 1, 3.0)),
    }
    names = {"other/a": 3.0, "runs/run1/a": 1.0, "runs/run2/a": 2.0, "runs/b/a": 9.0}
    words = "3 runs give 'a': they are named by their folders, "
    metrics, warning = remarks(files)
    assert metrics == names
    assert warning.startswith(words)


def test_versions_are_distinguished_only_if_they_give_the_same(remarks, trace):
    """A fit and a test are one; folds are named by their folders, with a remark."""
    fit, test = events(("val_acc", 9, 0.5), ("hp_metric", 0, -1.0)), events(("test_acc", 9, 0.25))
    files = {f"logs/version_0/{NAME}": fit, f"logs/version_1/{NAME}": test}
    assert remarks(files) == ({"val_acc": 0.5, "hp_metric": -1.0, "test_acc": 0.25}, "")
    files = {f"version_{n}/{NAME}": events(("val_acc", 9, n / 4)) for n in range(2)}
    words = "2 runs give 'val_acc': they are named by their folders, version_0/val_acc, version_1/val_acc"
    assert remarks(files) == ({"version_0/val_acc": 0.0, "version_1/val_acc": 0.25}, words)
    assert trace(files)[0].series == {"version_0/val_acc": (0.0,), "version_1/val_acc": (0.25,)}
    files = {f"fold{n}/{NAME}": events(("val_acc", 9, n / 4)) for n in range(2)}
    words = "2 runs give 'val_acc': they are named by their folders, fold0/val_acc, fold1/val_acc"
    assert remarks(files) == ({"fold0/val_acc": 0.0, "fold1/val_acc": 0.25}, words)


def test_a_damaged_file_hides_neither_other_files_nor_other_readers(remarks):
    """It is passed over with a remark."""
    words = f"logs/{NAME} is no TensorBoard event file, or damaged"
    good = NAME.replace("1700000000", "1700000009")
    assert remarks({f"logs/{NAME}": b"x", f"logs/{good}": events(("a", 1, 1.0))}) == ({"a": 1.0}, words)


def test_several_files_of_a_run_are_one(trace):
    """What was begun later counts where both tell a step; one that was begun and left is nothing."""
    files = {
        NAME: events(("a", 1, 1.0), ("a", 2, 2.0)),
        NAME.replace("1700000000", "1700000009"): events(("a", 2, 3.0), ("a", 3, 4.0)),
        NAME.replace("1700000000", "1700000010"): b"",
    }
    assert trace(files) == (Curve((1, 2, 3), {"a": (1.0, 3.0, 4.0)}), "")


@on_disk
@given(cut=st.integers(0, 200))
def test_a_record_that_is_cut_off_ends_the_file(trace, cut):
    """Wherever its writer was cut off, or still is at it."""
    whole = events(("a", 1, 1.0))
    found = trace({NAME: whole + events(("a", 2, 2.0), first=False)[: min(cut, 30)]})
    assert found[1] == ""
    assert found[0].steps in ((1,), (1, 2))


def test_large_records_are_passed_over_unread(leave):
    """Pictures and graphs between the numbers cost nothing."""
    picture = struct.pack("<Q4x", 10_000_000) + bytes(10_000_004)
    content = events(("a", 1, 1.0)) + picture + events(("a", 2, 2.0), first=False)
    assert leave({NAME: content}) == ({"a": 2.0}, "")


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"hello, this is no event file",
        framed(b"\xff" * 20),
        struct.pack("<Q", 2**64 - 1) + b"\0" * 99,
        b"\0" * 4096,
    ],
)
def test_what_is_none_is_reported(leave, content):
    """Garbage under such a name is a problem, in one line."""
    assert leave({f"logs/{NAME}": content}) == ({}, f"logs/{NAME} is no TensorBoard event file, or damaged")


def test_holes_and_zeros_end_a_file(tmp_path):
    """A power cut leaves them, and a gigabyte of them takes no time."""
    with open(tmp_path / NAME, "wb") as file:
        file.write(events(("a", 1, 1.0)))
        file.truncate(1024**3)
    assert final(str(tmp_path)) == ({"a": 1.0}, "")


def test_a_link_or_a_pipe_is_refused(tmp_path):
    """Neither is followed or waited for."""
    os.mkfifo(tmp_path / NAME)
    assert final(str(tmp_path))[1] == f"{NAME} is a pipe or a device, not a regular file"


def test_very_many_tags_or_numbers_are_not_all_read(leave, remarks, trace, tmp_path, monkeypatch):
    """A table has no room for them, nor has memory for their curves; the trial is no worse for it."""
    files = {NAME: events(*((f"t{number}", number, 1.0) for number in range(1001)))}
    metrics, _ = remarks(files, metric="t1000")
    assert (len(metrics), metrics["t1000"]) == (1001, 1.0)
    files = {NAME: events(*((f"t{number}", number, 1.0) for number in range(1002)))}
    metrics, warning = remarks(files, metric="t1001")
    assert (len(metrics), "t1000" in metrics, "t1001" in metrics) == (1001, False, True)
    assert warning == "there are 1002 metrics, too many; 1001 of them are kept"
    assert len(trace(files)[0].series) == 1000
    monkeypatch.setattr(tensorboard, "_MOST_NUMBERS", 2)
    two, three = (events(*(("a", step, float(step)) for step in range(count))) for count in (2, 3))
    assert leave({NAME: two}) == ({"a": 1.0}, "")
    assert trace({NAME: three}) == (
        Curve(),
        "what it told TensorBoard is more than 2 numbers; it is not read",
    )


@pytest.mark.parametrize(
    "tensor",
    [
        TensorProto(dtype=19, half_val=[70_000]),
        TensorProto(dtype=6, int_val=[70_000]),
        *(TensorProto(dtype=kind) for kind in (20, 21, 120, 121)),
    ],
)
def test_a_tensor_of_damaged_kind_is_no_number(leave, trace, tensor):
    """A flipped bit makes values that numpy cannot hold, and types that nobody knows."""
    broken = event_pb2.Event(step=2, summary={"value": [{"tag": "b", "tensor": tensor}]})
    files = {NAME: events(("a", 1, 1.0)) + framed(broken.SerializeToString())}
    assert leave(files) == ({"a": 1.0}, "")
    assert trace(files) == (Curve((1,), {"a": (1.0,)}), "")


def test_whatever_a_library_raises_is_one_line(leave, trace, monkeypatch):
    """The sweep of a file on which it stumbles in an unknown way goes on."""

    def stumble(run, name, parse):
        raise ZeroDivisionError("odd\n")
        yield

    monkeypatch.setattr(tensorboard, "_scalars", stumble)
    files = {NAME: events(("a", 1, 1.0))}
    assert leave(files) == ({}, "its metrics cannot be read: ZeroDivisionError: odd\\n")
    assert trace(files) == (Curve(), "its curve cannot be read: ZeroDivisionError: odd\\n")


def test_the_package_is_an_extra(leave, trace, tmp_path, monkeypatch):
    """Where it is missing nothing has failed: there are no metrics, and one line says how to get them."""
    check_reader(ResultsSettings(reader="tensorboard"))
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    monkeypatch.setattr(tensorboard, "find_spec", lambda name: None)
    files = {NAME: events(("a", 1, 1.0))}
    (tmp_path / NAME).write_bytes(files[NAME])
    assert leave(files) == ({}, MISSING)
    assert trace(files) == (Curve(), MISSING)
    assert leave(files, reader="tensorboard") == ({}, MISSING)
    assert leave({"log.txt": "acc=1"}, required=True) == ({}, "")
    assert leave({**files, "metrics.json": '{"n": 1}'}) == ({"n": 1}, "")
    with pytest.raises(UsageError, match="takes a package"):
        check_reader(ResultsSettings(reader="tensorboard"))


@on_disk
@given(content=st.binary(max_size=300))
def test_garbage_never_crashes_the_reader(trace, content):
    """Any bytes behind a good beginning give a curve or one line that says why not."""
    curve, problem = trace({NAME: events(("a", 1, 1.0)) + content})
    assert not (curve.steps and problem)
    assert problem.isprintable()
