"""Train a small neural network on handwritten digits: the example that a newcomer runs first.

An ordinary program: it imports nothing of cvsweep and runs by hand, `python experiments/digits.py
--lr=0.1`. Copy it and put your own model in the middle. A sweep tells it two folders:

    CVSWEEP_OUT             where this attempt writes what it finds: metrics.jsonl, one line an epoch
    CVSWEEP_CHECKPOINT_DIR  where it leaves what the trial's next attempt needs to go on

The data: see DATA-LICENSE.md beside this file.
"""

import argparse
import json
import os
import signal
from pathlib import Path

# Many trials share one machine, so each keeps to one core. Must come before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

Array = np.ndarray
Data = tuple[Array, Array]  # images, one a row, and their labels


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a small neural network on handwritten digits.")
    parser.add_argument("--lr", type=float, default=0.01, help="learning rate (default: %(default)s)")
    parser.add_argument("--hidden", type=int, default=256, help="hidden units (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=40, help="passes over the data (default: %(default)s)")
    parser.add_argument("--batch_size", type=int, default=32, help="images a step (default: %(default)s)")
    parser.add_argument("--momentum", type=float, default=0.9, help="of the SGD steps (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of weights and order (default: %(default)s)")
    return parser.parse_args(argv)


def load_data() -> tuple[Data, Data]:
    """Training and validation images. Every trial gets the same split, so that their scores compare."""
    table = np.loadtxt(Path(__file__).with_name("digits.csv.gz"), delimiter=",", dtype=np.float32)
    images, labels = table[:, :-1] / 16, table[:, -1].astype(int)
    held_out = np.arange(len(table)) % 5 == 0
    return shifted(images[~held_out], labels[~held_out]), (images[held_out], labels[held_out])


def shifted(images: Array, labels: Array) -> Data:
    """Nine copies of each image, moved by at most one pixel up or down, left or right."""
    squares = np.pad(images.reshape(-1, 8, 8), [(0, 0), (1, 1), (1, 1)])
    places = [squares[:, y : y + 8, x : x + 8].reshape(-1, 64) for y in range(3) for x in range(3)]
    return np.concatenate(places), np.tile(labels, 9)


class Training:
    """All that changes while training: whoever restores this goes on as if never interrupted."""

    def __init__(self, hidden: int, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.weights = {
            "w1": self.rng.normal(0, np.sqrt(2 / 64), (64, hidden)).astype(np.float32),
            "b1": np.zeros(hidden, np.float32),
            "w2": self.rng.normal(0, np.sqrt(2 / hidden), (hidden, 10)).astype(np.float32),
            "b2": np.zeros(10, np.float32),
        }
        self.velocity = {name: np.zeros_like(weight) for name, weight in self.weights.items()}
        self.history: list[dict[str, float]] = []  # the metrics of every finished epoch

    def save(self, path: Path) -> None:
        """Write a checkpoint that is either whole or not there, whenever the machine stops."""
        arrays = {f"weights.{name}": value for name, value in self.weights.items()}
        arrays |= {f"velocity.{name}": value for name, value in self.velocity.items()}
        rest = {"rng": self.rng.bit_generator.state, "history": self.history}
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        with unfinished.open("wb") as file:
            np.savez(file, rest=json.dumps(rest), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)

    def restore(self, path: Path) -> None:
        with np.load(path) as saved:
            self.weights = {name: saved[f"weights.{name}"] for name in self.weights}
            self.velocity = {name: saved[f"velocity.{name}"] for name in self.velocity}
            rest = json.loads(str(saved["rest"]))
        self.rng.bit_generator.state = rest["rng"]
        self.history = rest["history"]


def forward(weights: dict[str, Array], images: Array) -> tuple[Array, Array]:
    """The hidden layer and the log-probability of each digit."""
    hidden = np.maximum(images @ weights["w1"] + weights["b1"], 0)
    scores = hidden @ weights["w2"] + weights["b2"]
    scores -= scores.max(axis=1, keepdims=True)
    return hidden, scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def mean_loss(log_probs: Array, labels: Array) -> float:
    return float(-log_probs[np.arange(len(labels)), labels].mean())


def gradients(weights: dict[str, Array], images: Array, labels: Array) -> tuple[float, dict[str, Array]]:
    """The loss on one batch, and its gradient by each weight."""
    hidden, log_probs = forward(weights, images)
    d_scores = np.exp(log_probs)
    d_scores[np.arange(len(labels)), labels] -= 1
    d_scores /= len(labels)
    d_hidden = (d_scores @ weights["w2"].T) * (hidden > 0)
    return mean_loss(log_probs, labels), {
        "w1": images.T @ d_hidden,
        "b1": d_hidden.sum(axis=0),
        "w2": hidden.T @ d_scores,
        "b2": d_scores.sum(axis=0),
    }


def train_epoch(training: Training, data: Data, args: argparse.Namespace) -> float:
    """One pass over the data in a new order; the mean loss of its steps."""
    images, labels = data
    order = training.rng.permutation(len(images))
    losses = []
    for start in range(0, len(order), args.batch_size):
        batch = order[start : start + args.batch_size]
        loss, grads = gradients(training.weights, images[batch], labels[batch])
        losses.append(loss)
        for name, grad in grads.items():
            training.velocity[name] = args.momentum * training.velocity[name] - args.lr * grad
            training.weights[name] += training.velocity[name]
    return float(np.mean(losses))


def evaluate(training: Training, data: Data) -> tuple[float, float]:
    """Loss and accuracy on images that were not trained on."""
    images, labels = data
    _, log_probs = forward(training.weights, images)
    return mean_loss(log_probs, labels), float((log_probs.argmax(axis=1) == labels).mean())


class TermSignal:
    """Remembers a SIGTERM, so that the epoch under way is finished and saved before leaving."""

    def __init__(self) -> None:
        self.received = False
        signal.signal(signal.SIGTERM, self._remember)

    def _remember(self, *_: object) -> None:
        self.received = True


def run_epoch(training: Training, data: tuple[Data, Data], args: argparse.Namespace) -> dict[str, float]:
    """Train for one epoch; its line of metrics."""
    train_data, val_data = data
    epoch = len(training.history) + 1
    train_loss = train_epoch(training, train_data, args)
    val_loss, val_acc = evaluate(training, val_data)
    if not np.isfinite([train_loss, val_loss]).all():
        raise SystemExit(f"epoch {epoch}: the loss is no longer a number; try a smaller lr or momentum")
    return {"epoch": epoch, "train_loss": train_loss, "val_loss": val_loss, "val_acc": val_acc}


def main() -> None:
    term = TermSignal()
    args = parse_args()
    out = Path(os.environ.get("CVSWEEP_OUT", "."))
    checkpoints = os.environ.get("CVSWEEP_CHECKPOINT_DIR")  # without it, none is kept
    checkpoint = Path(checkpoints, "checkpoint.npz") if checkpoints else None

    data = load_data()
    training = Training(args.hidden, args.seed)
    if checkpoint and checkpoint.exists():
        training.restore(checkpoint)
        print(f"resuming after epoch {len(training.history)}", flush=True)

    with (out / "metrics.jsonl").open("w", encoding="utf-8") as metrics:
        for line in training.history:  # earlier attempts' epochs: this file alone tells the whole story
            print(json.dumps(line), file=metrics, flush=True)
        while len(training.history) < args.epochs:
            if term.received:
                raise SystemExit(128 + signal.SIGTERM)
            line = run_epoch(training, data, args)
            training.history.append(line)
            if checkpoint:
                training.save(checkpoint)
            print(json.dumps(line), file=metrics, flush=True)
            print("  ".join(f"{name} {value:.4g}" for name, value in line.items()), flush=True)


if __name__ == "__main__":
    main()
