"""Walks down a parabola and tells TensorBoard alone, in the folder that SummaryWriter chooses."""

from __future__ import annotations

import argparse

from torch.utils.tensorboard import SummaryWriter


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    x = 1.0 + given.seed
    with SummaryWriter() as writer:
        for step in range(1, 6):
            x -= given.lr * 2 * x
            writer.add_scalar("loss/train", x * x, step)
            if step % 2 == 0:
                writer.add_scalar("loss/val", x * x + 0.5, step)
        writer.add_text("note", "done")
        writer.add_hparams({"lr": given.lr}, {"score": -x * x})


if __name__ == "__main__":
    main()
