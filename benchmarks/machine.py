"""The line that dates a table and names the machine."""
import datetime
import os
import platform

import numpy as np


def cpu_name():
    with open("/proc/cpuinfo", encoding="ascii") as lines:
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))


def machine_line():
    return (f"{datetime.date.today()}, {cpu_name()}, {os.cpu_count()} cores, Linux "
            f"{platform.release()}, NumPy {np.__version__}")
