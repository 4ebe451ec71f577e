"""A straight line, fitted by PyTorch Lightning: knows nothing of cvsweep, logs as Lightning does."""

from __future__ import annotations

import argparse

import lightning
import torch
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader, TensorDataset


class Line(lightning.LightningModule):
    def __init__(self, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(2, 1)

    def _loss(self, batch: list[torch.Tensor]) -> torch.Tensor:
        inputs, targets = batch
        return torch.nn.functional.mse_loss(self.layer(inputs), targets)

    def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
        loss = self._loss(batch)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: list[torch.Tensor], index: int) -> None:
        self.log("val_loss", self._loss(batch))

    def test_step(self, batch: list[torch.Tensor], index: int) -> None:
        self.log("test_loss", self._loss(batch))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=self.hparams["lr"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    lightning.seed_everything(given.seed)
    inputs = torch.randn(32, 2)
    data = TensorDataset(inputs, inputs.sum(dim=1, keepdim=True))
    batches = DataLoader(data, batch_size=8)
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=given.epochs,
        log_every_n_steps=2,
        logger=CSVLogger("."),
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    model = Line(given.lr)
    trainer.fit(model, batches, batches)
    trainer.test(model, batches, verbose=False)


if __name__ == "__main__":
    main()
