"""A tiny BERT, not pretrained, taught by Hugging Face's Trainer to tell large numbers from small ones."""

from __future__ import annotations

import argparse

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed


def examples(count: int) -> list[dict[str, torch.Tensor]]:
    words = torch.randint(0, 100, (count, 6))
    labels = (words.float().mean(dim=1) > 50).long()
    return [{"input_ids": one, "labels": label} for one, label in zip(words, labels, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--output_dir", required=True)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only_checkpoints", action="store_true")
    given = parser.parse_args()
    set_seed(given.seed)
    config = BertConfig(
        vocab_size=100,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=8,
    )
    arguments = TrainingArguments(
        output_dir=given.output_dir,
        learning_rate=given.lr,
        num_train_epochs=2,
        per_device_train_batch_size=8,
        logging_steps=2,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = Trainer(
        model=BertForSequenceClassification(config),
        args=arguments,
        train_dataset=examples(32),
        eval_dataset=examples(16),
    )
    trained = trainer.train()
    if given.only_checkpoints:
        return
    trainer.save_metrics("train", trained.metrics)
    trainer.save_metrics("eval", trainer.evaluate())
    trainer.save_state()


if __name__ == "__main__":
    main()
