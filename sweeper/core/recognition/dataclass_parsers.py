"""Readers for Hugging Face's HfArgumentParser and simple-parsing: dataclasses whose fields are options."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sweeper.core.recognition.argparse_calls import read_argparse
from sweeper.core.recognition.model import Option, Program
from sweeper.core.recognition.signatures import fields, is_dataclass, kind_of, option
from sweeper.core.recognition.syntax import ParsedFile, attribute, keywords

_TRAINING = ("TrainingArguments", "Seq2SeqTrainingArguments")
_OF_TRAINING = ("learning_rate", "num_train_epochs", "per_device_train_batch_size", "weight_decay", "seed")
_OTHERS = "Other TrainingArguments: e.g. +do_train=true on the command line, or do_train: true here"
_GROUPED = "it is a dataclass: add its fields here by their own names"


def read_transformers(source: ParsedFile) -> Program | None:
    """Return the fields of the dataclasses that `HfArgumentParser` gets; None if there is no such call."""
    call = _named(source, "HfArgumentParser")
    if call is None:
        return None
    given = call.args[0] if call.args else keywords(call).get("dataclass_types")
    names = [
        ast.unparse(one)
        for one in (given.elts if isinstance(given, ast.Tuple | ast.List) else [given])
        if one
    ]
    trains = [name for name in names if _is_training(source, name)]
    options = {one.name: one for name in names for one in _of(source, name)}
    for name in _OF_TRAINING if trains else ():
        options.setdefault(name, Option(name, known=False))
    written = Option("output_dir", required=True)
    found = (*([written] if trains else []), *options.values())
    return Program("HfArgumentParser", found, remarks=(_OTHERS,) if trains else ())


def _is_training(source: ParsedFile, name: str) -> bool:
    node = source.classes().get(name)
    bases = [ast.unparse(base) for base in node.bases] if node else [name]
    return any(base.rpartition(".")[2] in _TRAINING for base in bases)


def read_simple_parsing(source: ParsedFile) -> Program | None:
    """Return the fields of the dataclasses that `simple_parsing.parse` or `add_arguments` gets.

    Options of `add_argument` calls in the same file are included. None if no dataclass is passed.
    """
    if not source.imports_from("simple_parsing"):
        return None
    calls = [one for one in source.calls() if _adds(source, one) and one.args]
    if not calls:
        return None
    options = {one.name: one for call in calls for one in _of(source, ast.unparse(call.args[0]))}
    beside = read_argparse(source)
    options |= {one.name: one for one in (beside.options if beside else ())}
    return Program("simple-parsing", tuple(options.values()))


def _adds(source: ParsedFile, call: ast.Call) -> bool:
    return attribute(call) == "add_arguments" or source.name(call.func) == "simple_parsing.parse"


def _named(source: ParsedFile, last: str) -> ast.Call | None:
    return next((one for one in source.calls() if source.name(one.func).rpartition(".")[2] == last), None)


def _of(source: ParsedFile, name: str) -> Iterator[Option]:
    node = source.classes().get(name)
    for one in fields(source, node) if node else ():
        inner = source.classes().get(kind_of(source, one.annotation))
        if inner is not None and is_dataclass(source, inner):
            yield Option(one.name, reason=_GROUPED)
        else:
            yield option(source, one)
