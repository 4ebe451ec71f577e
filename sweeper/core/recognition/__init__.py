"""How an existing program reads its options, found in its source without running it.

`programs.recognise` asks the readers beside it in turn; `shell.py` does the same for shell scripts.
`config.py` writes the configuration for what was found, and `choice.py` chooses one script of a project.
"""
