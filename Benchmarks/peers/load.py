"""Processor time that other processes used while something was measured."""

import os
import time


def _own_seconds():
    times = os.times()
    return times.user + times.system


def _machine_busy_seconds():
    """Busy seconds of all cores since boot, or None where the system does not say (anything but Linux)."""
    try:
        with open("/proc/stat", "r", encoding="ascii") as file:
            fields = [int(field) for field in file.readline().split()[1:]]
    except OSError:
        return None
    # user nice system idle iowait irq softirq steal ...: idle and iowait are not work, and time stolen by the
    # hypervisor is as lost to the measurement as time that another process took.
    busy = sum(fields[:3]) + sum(fields[5:8])
    return busy / os.sysconf("SC_CLK_TCK")


class OthersShare:
    """Cores that others kept busy between `__enter__` and `__exit__`, as a number (0.5 = half a core).

    The kernel counts in hundredths of a second, so a figure for less than a tenth of a second means little.
    """

    def __enter__(self):
        self._wall = time.perf_counter()
        self._own = _own_seconds()
        self._machine = _machine_busy_seconds()
        self.cores = None
        return self

    def __exit__(self, *_):
        wall = time.perf_counter() - self._wall
        machine = _machine_busy_seconds()
        if machine is not None and self._machine is not None and wall > 0:
            others = (machine - self._machine) - (_own_seconds() - self._own)
            self.cores = round(max(0.0, others / wall), 3)
