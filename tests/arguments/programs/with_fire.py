"""fire: no types; what an option says is read as Python."""

import json

import fire


def main(amp=False, ema=True, epochs=1, lr=1.0, batch_size=1, name="", note="", dims=(), tags=(), opt=None):
    print(json.dumps(locals()))


fire.Fire(main)
