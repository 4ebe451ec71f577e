"""Which words are a Python, and which flags keep it from reading PYTHONPATH."""

import pytest

from sweeper.core.pythons import ignores_pythonpath, is_python


@pytest.mark.parametrize(
    "word", ["python", "python3", "/opt/x/bin/python3.11", "pypy3", "python3.13t", "./python"]
)
def test_a_python_is_known_by_its_name(word):
    """Versions, paths and PyPy count."""
    assert is_python(word)


@pytest.mark.parametrize("word", ["pythonw.sh", "torchrun", "python.py", "ipython", "", "mypython"])
def test_other_programs_are_none(word):
    """A name that only contains python is another program."""
    assert not is_python(word)


@pytest.mark.parametrize(
    ("command", "flag"),
    [
        ("exec python -I train.py --lr=0.1", "-I"),
        ("exec python -E train.py", "-E"),
        ("exec python3 -IsP -m pkg.train", "-IsP"),
        ("exec '/opt/my env/bin/python' -u -I train.py", "-I"),
        ("exec env python -uE train.py", "-uE"),
        ("exec python -W ignore -X dev -I train.py", "-I"),
        ("exec python -Wignore -I train.py", "-I"),
        ("exec sh -c 'cd x && python -I train.py'", "-I"),
        ("exec bash -c 'exec nice python3 -sE train.py'", "-sE"),
        ("exec env -i python train.py", "env -i"),
        ("env -u PYTHONPATH python train.py", "env -u PYTHONPATH"),
        ("env -u HOME -i A=1 python train.py", "env -i"),
        ("env -u HOME -C /data python train.py", ""),
        ("exec /usr/bin/env -S - python train.py", "env -"),
        ("exec env --unset=PYTHONPATH python train.py", "env --unset=PYTHONPATH"),
        ("export a='b'\nexec python -I train.py", "-I"),
        ("exec torchrun --x python -I", "-I"),
    ],
)
def test_what_keeps_pythonpath_out_is_found(command, flag):
    """-I and -E are found alone, combined, behind other flags, and in the text of another shell."""
    assert ignores_pythonpath(command) == flag


@pytest.mark.parametrize(
    "command",
    [
        "exec python train.py -I",
        "exec python -m pkg -E",
        "exec python -mpkg -I",
        "exec python -c 'print(1)' -I",
        "exec python - -I",
        "exec python -- -I",
        "exec python --help -I",
        "exec python -u train.py --lr=-I",
        "exec python -Werror::ImportWarning train.py",
        "exec python -W",
        "exec python",
        "exec env A=1 python train.py",
        "exec env -S 'x y' python train.py",
        "exec env",
        "exec sh -c 'python -u \"'",
        "exec sh program.sh -I",
        "exec 'python -u' -I",
        "exec python train.py --prompt='run python -I'",
    ],
)
def test_what_belongs_to_the_program_is_left_alone(command):
    """Flags behind the script, the module or the code are the program's own."""
    assert ignores_pythonpath(command) == ""
