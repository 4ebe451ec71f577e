"""Recognizes how an existing program reads its options, from its source alone, without running it.

`recognize.recognise` tries the reader of each argument library in turn; `shell.py` reads shell scripts.
`config_writer.py` writes the configuration of a recognized program. `script_choice.py` chooses the script of
a project.
"""
