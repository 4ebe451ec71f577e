"""How an existing program reads its options, found in its source without running it.

`recognize.recognise` asks the readers beside it in turn; `shell.py` does the same for shell scripts.
`config_writer.py` writes the configuration for what was found, and `script_choice.py` chooses one script of a
project.
"""
