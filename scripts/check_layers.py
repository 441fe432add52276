#!/usr/bin/env python3
"""Holds the tree to the table of rooms in docs/design.md: who may include whom.

Prints one line per forbidden include and exits 1 if there is any.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What each room may include of quarry's own headers, itself apart.
ROOMS = {
    "lib/quarry/base": [],
    "lib/quarry/map": ["quarry/base/"],
    "lib/quarry/array": ["quarry/base/"],
    "lib/quarry/kernels": ["quarry/base/", "quarry/array/"],
    "lib/quarry/store": ["quarry/base/", "quarry/map/", "quarry/array/", "quarry/kernels/"],
    "lib/quarry/share": ["quarry/base/", "quarry/map/", "quarry/array/"],
    "formats": ["quarry/base/", "quarry/array/", "quarry/store/format.hpp", "formats/"],
    "tools": ["quarry.hpp", "tools/"],
    "examples": ["quarry.hpp"],
}

# The front of formats/: the one place where formats and the store meet.
EXCEPTIONS = {"formats/quarry.hpp": ["quarry/"], "formats/quarry.cpp": ["quarry.hpp"]}

# Third-party headers and the rooms that may use them; everything else is the standard library's.
THIRD_PARTY = {
    "boost/interprocess/": ["lib/quarry/map"],
    "boost/endian/": ["lib/quarry"],
    "boost/preprocessor/": ["lib/quarry/array"],
    "boost/crc": ["lib/quarry/base/crc32c.cpp"],
    "spdlog/": ["lib/quarry/base/log.cpp", "tools"],
    "nlohmann/": ["formats", "tools"],
    "CLI/": ["tools"],
    "hwy/": ["lib/quarry/kernels/simd"],
    "tbb/": ["lib/quarry/kernels"],
    "zlib.h": ["lib/quarry/base/inflate.cpp"],
    "oneapi/": ["lib/quarry/kernels"],
}

OS_HEADER = re.compile(r"^(sys/|linux/|asm/|fcntl\.h|unistd\.h|dirent\.h|poll\.h|pthread\.h|signal\.h|"
                       r"termios\.h|mntent\.h|spawn\.h|sched\.h)")
SIMD_HEADER = re.compile(r"^(.*mmintrin\.h|immintrin\.h|x86intrin\.h|arm_neon\.h|hwy/)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_of(path):
    """The longest room that holds `path`, or None where anything may be included."""
    fitting = [room for room in ROOMS if path.startswith(room + "/")]
    return max(fitting, key=len, default=None)


def objection(path, room, bracket, header):
    """Why `path` may not include `header`; None if it may."""
    for prefix, places in THIRD_PARTY.items():
        if header.startswith(prefix) and not any(path.startswith(place) for place in places):
            return "only " + ", ".join(places) + " may use it"
    if OS_HEADER.match(header) and room != "lib/quarry/map":
        return "the operating system's headers belong to lib/quarry/map"
    if SIMD_HEADER.match(header) and not path.startswith("lib/quarry/kernels/simd/"):
        return "CPU-specific code belongs to lib/quarry/kernels/simd"
    if bracket == "<" and not header.startswith("quarry"):
        is_known = "/" not in header or OS_HEADER.match(header) or any(map(header.startswith, THIRD_PARTY))
        return None if is_known else "no row of THIRD_PARTY names it"
    allowed = EXCEPTIONS.get(path, []) + ROOMS[room]
    if room.startswith("lib/"):
        allowed = allowed + [room[len("lib/"):] + "/"]
    if any(header == entry or (entry.endswith("/") and header.startswith(entry)) for entry in allowed):
        return None
    return f"{room} may include: " + (", ".join(allowed) or "nothing of quarry")


def main():
    complaints = []
    for source in sorted(p for p in ROOT.rglob("*.[ch]pp") if "build" not in p.relative_to(ROOT).parts):
        path = source.relative_to(ROOT).as_posix()
        room = room_of(path)
        if room is None:
            continue
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            reason = match and objection(path, room, *match.groups())
            if reason:
                complaints.append(f"{path}:{number}: includes {match.group(2)}: {reason}")
    print("\n".join(complaints) or "layers: every include points down")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
