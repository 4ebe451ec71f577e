"""A trial that lives for one second, from its fork on, and says when (seconds since boot)."""

import json
import os
import sys
import time

# The kernel counts starts in whole ticks since boot: on average it was half a tick later.
with open("/proc/self/stat", "rb") as file:
    ticks = int(file.read().rpartition(b")")[2].split()[19])
start = (ticks + 0.5) / os.sysconf("SC_CLK_TCK")
time.sleep(max(0.0, start + 1.0 - time.clock_gettime(time.CLOCK_BOOTTIME)))
line = json.dumps([start, time.clock_gettime(time.CLOCK_BOOTTIME)])
with open(sys.argv[1], "a") as file:
    file.write(f"{line}\n")
