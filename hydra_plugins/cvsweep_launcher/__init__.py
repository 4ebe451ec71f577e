"""Hydra's plugins of cvsweep: `python train.py -m hydra/launcher=cvsweep lr=1e-3,1e-4`.

Every program that uses Hydra imports these modules when it starts, so nothing heavy is imported here. Hydra
executes each of them itself, again if it was imported before, so this file imports none of them.
"""
