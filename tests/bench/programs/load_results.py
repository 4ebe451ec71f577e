"""Load a sweep's results, and print the CPU seconds that it took beyond importing pandas.

python -m tests.bench.programs.load_results FOLDER
"""

from __future__ import annotations

import sys
import time

import pandas  # noqa: F401  # what we measure begins behind this

from sweeper import load_results

if __name__ == "__main__":
    start = time.process_time()
    load_results(sys.argv[1])
    print(time.process_time() - start)
