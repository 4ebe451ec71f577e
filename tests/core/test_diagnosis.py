"""The file about one trial for an administrator, and what is masked in it."""

from __future__ import annotations

import time

import pytest

from sweeper.core.diagnosis import DiagnosisSection, known_secrets, report


def test_the_file_has_a_title_above_each_section() -> None:
    """An empty section says that there is nothing; colours and what would steer a terminal are gone."""
    text = report(
        [DiagnosisSection("trial", "one\n\x1b[31mtwo\x1b[0m\x07\n"), DiagnosisSection("log", "\n")], []
    )
    assert text == "== trial ==\none\ntwo\\x07\n\n== log ==\n(nothing)\n"


@pytest.mark.parametrize(("line", "shown"), [
    ("the token is hunter2!", "the token is ***"),
    ("go", "go"),  # too short to be masked wherever it stands
    ("git clone https://ada:pw1@host/x", "git clone https://***@host/x"),
    ("Authorization: Bearer abcdefgh.ij-kl", "Authorization: Bearer ***"),
    ("export WANDB_API_KEY=abc123", "export WANDB_API_KEY=***"),
    ('{"DB_PASSWORD": "pw2", "x": 1}', '{"DB_PASSWORD": "***", "x": 1}'),
    ("DB_PASSWORD: pw3", "DB_PASSWORD: ***"),
    ("--api-key=abc", "--api-key=***"),
    ("password=$DB_PASSWORD", "password=$DB_PASSWORD"),
    ('export API_TOKEN="abc def" x', 'export API_TOKEN="***" x'),
    ("WANDB_API_KEY = 'abc' # mine", "WANDB_API_KEY = '***' # mine"),
    ('API_KEY="abc', 'API_KEY="***'),
    ("{'api_key': 'a b', 'x': 1}", "{'api_key': '***', 'x': 1}"),
    ('os.environ["HF_TOKEN"] = "abcde"', 'os.environ["HF_TOKEN"] = "***"'),
    ("GET https://host/x?token=abc&y=1", "GET https://host/x?token=***&y=1"),
    ("train --api-key abc --lr 0.1", "train --api-key *** --lr 0.1"),
    ("train --api-key --lr 0.1", "train --api-key --lr 0.1"),
    ("--max-tokens 512", "--max-tokens 512"),
    ("authorization: basic YWRhOnB3NA==", "authorization: ***"),
    ('{"name": "WANDB_API_KEY", "value": "abc"}', '{"name": "WANDB_API_KEY", "value": "***"}'),
    ('[{"name":"LR","value":"0.1"}]', '[{"name":"LR","value":"0.1"}]'),
    ("using hf_abcdefghijklmnopqrstuvwxyz", "using ***"),
    ("ghp_0123456789abcdefghijklmnopqrstuvwxyz.", "***."),
    ("key AKIAIOSFODNN7EXAMPLE", "key ***"),
    ("hf_hub is there, sk-learn too", "hf_hub is there, sk-learn too"),
    ("lr=0.1 loss: 0.5 max_tokens=5", "lr=0.1 loss: 0.5 max_tokens=5"),
])  # fmt: skip
def test_secrets_are_masked_by_value_and_by_name(line: str, shown: str) -> None:
    """Wherever they stand: in a command, an address, a header, JSON or YAML."""
    assert report([DiagnosisSection("log", line)], ["hunter2!", "go"]) == f"== log ==\n{shown}\n"


@pytest.mark.parametrize("text", ["a", "a-", "eyJ-abcdefghijkl", "://a:", '"a": "', "token="])
def test_a_log_of_one_long_line_takes_no_minutes(text: str) -> None:
    """Twice the text takes about twice the time, not four times."""

    def seconds(size: int) -> float:
        began = time.process_time()
        report([DiagnosisSection("log", text * (size // len(text)))], ["hunter2!"])
        return time.process_time() - began

    assert seconds(16_000) < 0.5


def test_a_private_key_is_masked_whole() -> None:
    """Also one whose end is not in the part of the log that is shown."""
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    text = report([DiagnosisSection("log", f"a\n{begin}\nMIIE\nowIB\n{end}\nb\n{begin}\nMIIE\n")], [])
    assert text == "== log ==\na\n***\nb\n***\n"


def test_secrets_of_the_environment_are_known_by_name() -> None:
    environ = {"WANDB_API_KEY": "k", "HOME": "/home/ada", "DB_PASSWORD": "", "HF_TOKEN": "t"}
    assert known_secrets(environ) == ["k", "t"]
