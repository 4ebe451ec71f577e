"""A word that Hydra's grammar cannot read is answered with what is wrong with it, and how to write it."""

from __future__ import annotations

import pytest

from sweeper.core.mistyped import dashed, mistyped, mistyped_start

ALONE = [
    # what a web page, a word processor or a chat makes of plain characters
    ("lr=“a”", """type it as 'lr="a"'"""),
    (
        "lr\u00a0=\u00a01",
        "its character U+00A0 (no-break space) is not the one on a keyboard; type it as lr=1",
    ),
    ("lr=1e−3", "U+2212 (minus sign) is not the one on a keyboard; type it as lr=1e-3"),
    ("lr=1，2", "type it as lr=1,2"),
    # quotes, brackets
    ("'lr=1'", "the quotes around it are part of it; write lr=1"),
    ("seed=range(5", "'(' is not closed: write 'seed=range(5)'"),
    ("x=[{a: 1", "'{' is not closed: write 'x=[{a: 1}]'"),
    ("lr=${LR", "'{' is not closed: write 'lr=${LR}'"),
    ("lr=1]", "']' closes nothing: leave it out"),
    ("lr=(1]", "']' closes nothing: leave it out"),
    ("lr='a", """the quote ' is not closed; to mean this text write "lr='\\'a'\""""),
    ('lr="$a', """the quote " is not closed; to mean this text write 'lr="\\"$a"'"""),
    # keys
    ("=1", "it has no key in front of '='"),
    ("+ =1", "it has no key in front of '='"),
    ("lr = 1", "no blanks around '=': write lr=1"),
    ("opt['lr']=1", "a key inside of another is written with a dot: opt.lr=1"),
    ("betas[0]=1", "an entry of a list cannot be set alone: give the whole list, as in 'betas=[1,2]'"),
    ("--lr=1", "a parameter has no dashes in front: lr=1"),
    ("--=1", "a key is made of letters, digits, '_' and '-', with dots between names, and '--' is not"),
    ("1lr=1", "a key is made of letters, digits, '_' and '-', with dots between names, and '1lr' is not"),
    # commas
    ("lr=1,2,", "it ends with a comma: write lr=1,2, or a further value"),
    ("lr=,1", "it begins with a comma: write lr=1"),
    ("lr=1,,2", "there is nothing between two of its commas: leave one out"),
    ("lr=[1,]", "a comma next to ']' has nothing to separate: leave it out"),
    ("lr=[,1]", "a comma next to '[' has nothing to separate: leave it out"),
    # values
    ("lr==1", "one '=' is enough: write lr=1"),
    ("lr=(1,2)", "several values are written lr=1,2, and a list 'lr=[1,2]'"),
    ("seed={0..4}", "several values are written 'seed=range(0,5)', and a dict 'seed={a: 1}'"),
    ("lr={1, 2}", "several values are written lr=1,2, and a dict 'lr={a: 1}'"),
    ("lr=1;2 ; 3", "several values are written lr=1,2,3"),
    ("lr=rnage(5)", "there is no function rnage (did you mean range?)"),
    ("lr=np.linspace(0,1,5)", "there is no function np.linspace; name the values"),
    ("x=[{lr: 1, seed}]", "between { and } each entry is written 'key: value', and 'seed' is not"),
    # characters
    ("act=ckpt/epoch=3.ckpt", """a text with '=' must be quoted: 'act="ckpt/epoch=3.ckpt"'"""),
    ("act=a&b", """a text with '&' must be quoted: 'act="a&b"'"""),
    ("act=é", """a text with 'é' must be quoted: 'act="é"'"""),
    ("act=a\nb\x1bc", """a text with '\\n' must be quoted: 'act="a\\nb\\x1bc"'"""),
    ("root=~/x", "'~' is no path here; write root=$HOME/x"),
    ("root=~ann/x", """'~' is no path here; write 'root="~ann/x"'"""),
    (
        "results.pattern=acc: (.+)",
        """its value is a text, which must be quoted: "results.pattern='acc: (.+)'\"""",
    ),
    ("results.pattern=(.+)$", """which must be quoted: 'results.pattern="(.+)$"'"""),
    ("results.pattern='(.+)", "the quote ' is not closed"),
    ("results.metric=a lr=1", "it is more than one override in one word: results.metric=a lr=1"),
    ("lr=1,2 seed=3", "it is more than one override in one word: lr=1,2 seed=3"),
    # words without a value
    ("lr:1", "it takes '=', not ':': write lr=1"),
    ("lr:", "it takes '=', not ':': write lr=..."),
    ("model/resnet", "to choose an option of a group write model=resnet"),
    ("configs/night.yaml", "to start from this file write --config-name night"),
    ("train.py", "what a trial runs is task.command in your config"),
    ("- m", "no blank after '-': write -m"),
    ("oops", "'oops' is neither an override (KEY=VALUE) nor an option; see: cvsweep --help"),
    # nothing is known of it
    ("act=sort(a b)", """cannot read 'act=sort(a b)': to mean this text, quote it: 'act="sort(a b)"'"""),
]


@pytest.mark.parametrize(("word", "answer"), ALONE)
def test_a_word_that_cannot_be_read_says_how_to_write_it(word, answer):
    """The answer names the word and holds the way out."""
    shown = mistyped([word], 0)
    assert answer in shown
    assert repr(word) in shown


@pytest.mark.parametrize(
    ("words", "at", "answer"),
    [
        (["seed=0,", "1"], 0, "the shell split it at a blank; quote it: 'seed=0, 1'"),
        (["x=1", "seed=0,", "1,", "2"], 1, "the shell split it at a blank; quote it: 'seed=0, 1, 2'"),
        (["seed=range(1,", "5)", "lr=1"], 0, "the shell split it at a blank; quote it: 'seed=range(1, 5)'"),
        (["act='a", "b'"], 0, "the shell split it at a blank; quote it: "),
        (["seed=0,", "lr=1"], 0, "it ends with a comma: write seed=0, or a further value"),
        (["lr=choice(1,", "2"], 0, "'(' is not closed: write 'lr=choice(1)'"),
        (["x=1", "lr", "=", "1"], 1, "no blanks around '=': write lr=1"),
        (["x=1", "lr", "=1"], 1, "no blanks around '=': write lr=1"),
        (["lr=", "1"], 1, "no blanks around '=': write lr=1"),
        (["lr:", "1"], 0, "it takes '=', not ':': write lr=1"),
        (["seed=0", "1"], 1, "several values are separated by commas, without blanks: seed=0,1;"),
        (["act=a", "b"], 1, """a text with a blank is quoted: 'act="a b"'"""),
        (["lr=1", "oops"], 1, "'oops' is neither an override (KEY=VALUE) nor an option"),
    ],
)
def test_the_words_beside_it_tell_where_a_shell_split_it(words, at, answer):
    """A blank outside of quotes makes two words of what was meant as one."""
    assert answer in mistyped(words, at)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["lr", "=", "1"], "no blanks around '=': write lr=1"),
        (["–m", "lr=1"], "its character U+2013 (en dash) is not the one on a keyboard; type it as -m"),
        (["python3", "train.py"], "what a trial runs is task.command in your config"),
        (["oops", "lr=1"], ""),
    ],
)
def test_a_first_word_that_is_no_verb_may_be_a_known_mistake(words, answer):
    """Nothing is guessed of a word that nothing is known of."""
    assert mistyped_start(words).startswith(answer)
    assert bool(mistyped_start(words)) is bool(answer)


@pytest.mark.parametrize(
    ("words", "option", "answer"),
    [
        (["--lr=1"], "--lr=1", "lr=1"),
        (["--opt.lr", "1,2"], "--opt.lr", "opt.lr=1,2"),
        (["-lr", "1"], "-lr", "lr=1"),
        (["--lr", "x=1"], "--lr", ""),
        (["--lr", "-m"], "--lr", ""),
        (["--lr"], "--lr", ""),
        (["-9"], "-9", ""),
        ([], "--lr", ""),
    ],
)
def test_an_option_with_a_value_was_meant_as_a_parameter(words, option, answer):
    """Without a value there is nothing to write."""
    assert dashed(words, option) == answer
