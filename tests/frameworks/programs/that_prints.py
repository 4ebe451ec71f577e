"""Walks down a parabola and prints how it goes; needs nothing but Python."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=0)
given = parser.parse_args()

x = 1.0 + given.seed
print(f"starting at {x}, lr: {given.lr}")
for epoch in range(1, 6):
    x -= given.lr * 2 * x
    print(f"[Epoch {epoch}/5] train_loss={x * x:.6f} acc: {1 - x * x / 4:.2%}")
print("all done")
