"""The full names of metrics in a printed line."""

from __future__ import annotations

import re
import time

import pytest

from sweeper.core.printed_names import Printed, full_names

NUMBER = re.compile(r"(?<![\w./-])([A-Za-z_][\w./-]*+)(?:['\"]?[ ]*[=:][ ]*|(?<=poch)[ ]+)[-+]?[.\d]+")


def names(line: str) -> str:
    found = [Printed(one.start(1), one[1], one.end()) for one in NUMBER.finditer(line)]
    return " ".join(full_names(line, found))


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("Val Acc: 80.1", "Val_Acc"),
        ("Test acc: 57.0%  (best val acc: 66.0%)", "Test_acc best_val_acc"),
        ("Best Validation Accuracy: 0.5", "Best_Validation_Accuracy"),
        ("DEV F1=0.5, holdout\tf1=0.4", "DEV_F1 holdout_f1"),
        ("Val. Acc: 0.5 avg. loss: 3", "Val_Acc avg_loss"),
        ("Test set accuracy: 0.5", "Test_accuracy"),
        ("Top-1 accuracy: 68, Top 5 error: 12, top1 acc: 3", "Top-1_accuracy Top_5_error top1_acc"),
        ("Train Loss: 0.5, Val Loss: 0.7, lr: 0.1", "Train_Loss Val_Loss lr"),
        ("'val acc': 0.5", "val_acc"),
        ("Mean IoU: 0.5", "Mean_IoU"),
        ("a contest acc: 1, --val-acc: 2, a value loss: 3", "acc loss"),
        ("ünval acc: 1 Ün Val acc: 2", "acc Val_acc"),
    ],
)
def test_a_word_that_stands_before_a_name_belongs_to_it(line, want):
    """Spelled as printed; other words do not."""
    assert names(line) == want


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("Train: loss=0.5 acc=0.8", "Train_loss Train_acc"),
        ("Train: loss=0.5 acc=0.8, Val: loss=0.6", "Train_loss Train_acc Val_loss"),
        ("[val] loss: 0.5, acc=3", "val_loss val_acc"),
        ("(eval) loss: 0.5", "eval_loss"),
        ("[Train][EMA] loss: 0.5", "Train_EMA_loss"),
        ("Best | Val | loss: 0.5 | acc: 0.3", "Best_Val_loss Best_Val_acc"),
        ("Val - loss: 0.5 - acc: 0.8", "Val_loss Val_acc"),
        ("=== Val === loss: 0.5", "Val_loss"),
        ("Epoch 1 | Train: loss=0.5 | Val: acc=0.7 | time: 3", "Epoch Train_loss Val_acc time"),
        ("Train [loss=0.5 acc=0.8] Val (loss=0.6 (3) acc=1) n: 4", "Train_loss Train_acc Val_loss Val_acc n"),
        ("{'train': {'loss': 0.5, 'acc': 0.8}, 'n': 3}", "train_loss train_acc n"),
        ("Val [10/100] loss: 0.5 acc: 3", "Val_loss Val_acc"),
        ("val_metrics: {'loss': 0.5}", "val_loss"),
        ("Test set: Average loss: 0.0289, Accuracy: 9905", "Test_Average_loss Test_Accuracy"),
        ("Train: 0 [  0/9 (  0%)]  Loss: 6.9 LR: 1", "Train Train_Loss LR"),
        ("Epoch 1 [train]: 100%|###| 50/50 [00:01<00:00, loss=0.25]", "Epoch train_loss"),
        ("Train: loss=1\nloss=2", "Train_loss loss"),
        ("Val: loss=1 Best: acc=2", "Val_loss Val_Best_acc"),
        ("best=0.5, loss: 3, val: 0.3, acc: 2", "best loss val acc"),
        ("acc: 0.8 (train), 0.7 (test), loss: 0.3", "acc loss"),
        ("Time (min): 3, loss: 1", "loss"),
    ],
)
def test_a_word_that_heads_a_line_or_segment_applies_to_its_names(line, want):
    """Before a colon, a bracket, a bar or a dash; a number behind it makes it a name itself."""
    assert names(line) == want


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("Epoch 3/10 - loss: 0.5 - val_loss: 0.6", "Epoch loss val_loss"),
        (
            "Val: val_acc=0.5 val/loss=2 valAcc=3 ValLoss=1 valloss=1",
            "val_acc val/loss valAcc ValLoss valloss",
        ),
        ("Validation: val_acc=0.5 value=3", "val_acc Validation_value"),
        ("Val: best_acc=0.5, train_loss=1", "Val_best_acc train_loss"),
        ("Best: best_val_acc=0.5", "best_val_acc"),
        ("Val val_acc: 0.5", "val_acc"),
    ],
)
def test_a_name_that_holds_the_word_does_not_get_it_twice(line, want):
    """However it is spelled there."""
    assert names(line) == want


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.3", "Epoch Train_Loss"),
        ("Train Epoch: [0][10/20] Loss: 3", "Train_Loss"),
        ("best epoch: 7, acc: 0.5", "best_epoch acc"),
        ("train: epoch: 3 loss: 0.5", "epoch train_loss"),
        ("train myepoch 3", "myepoch"),
    ],
)
def test_a_counter_counts_the_steps_of_all_parts(line, want):
    """The part that it counts for is that of its line."""
    assert names(line) == want


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("train Loss: 0.5 Acc: 0.8 time: 3", "train_Loss train_Acc time"),
        ("Train loss: 1 | acc: 2 | Val loss: 3 | acc: 4", "Train_loss Train_acc Val_loss Val_acc"),
        ("Val acc: 1, best acc: 2", "Val_acc best_acc"),
    ],
)
def test_a_measure_behind_another_is_of_the_same_part(line, want):
    """A line tells the loss and the accuracy of one part together."""
    assert names(line) == want


@pytest.mark.parametrize("piece", ["val ", "val: ", "[val] ", "(val a=1 ", "%|", "top 1 ", "a=1 best val "])
def test_a_hostile_line_takes_linear_time(piece):
    """Whatever is repeated in it."""
    began = time.process_time()
    names(piece * (20_000 // len(piece)) + "acc=1")
    assert time.process_time() - began < 1
