#!/usr/bin/python3
"""Chains of zero-copy operations, shared memory and casts against NumPy.

usage: differential_test.py CHAIN_DRIVER

QUARRY_SEED repeats a run, QUARRY_CASES sets how many chains there are; half as many pairs are
compared for shared memory, and half as many results are cast. A difference is printed with the
line that chain_driver reads.
"""
import json
import os
import subprocess
import sys
import tempfile
import warnings
import zlib

import numpy as np

from random_chains import LAYOUT, random_chain, whole_chain
from random_types import NUMBERS, number_source, one_of, random_source

SEED = int(os.environ.get("QUARRY_SEED", "0")) or int.from_bytes(os.urandom(4), "little")
CASES = int(os.environ.get("QUARRY_CASES", "6000"))
CHECKSUM_UP_TO = 5000  # elements
RULES = ["no", "equiv", "safe", "same_kind", "unsafe"]


def dtype_of(description):
    """The numpy.dtype that chain_driver described."""
    if isinstance(description, str):
        return np.dtype(description)
    out = {key: description[key] for key in ("names", "offsets", "itemsize")}
    out["formats"] = [(dtype_of(each), tuple(shape)) if shape else dtype_of(each)
                      for each, shape in description["formats"]]
    if any(description["titles"]):
        out["titles"] = [title or None for title in description["titles"]]
    return np.dtype(out)


def checksum(memory, array, offset):
    """Of the items' bytes in C order, padding inside records included."""
    if array.size == 0:
        return 0
    width = array.itemsize
    items = np.ndarray(array.shape + (width,), "u1", memory, offset, array.strides + (1,))
    return zlib.crc32(items.tobytes())


def facts(array, source):
    """What both sides say of an array; what no element depends on is left out."""
    out = {"dtype": array.dtype, "shape": list(array.shape)}
    if array.size > 0:
        out["strides"] = [stride for stride, extent in zip(array.strides, array.shape) if extent > 1]
        out["offset"] = source.offset_of(array)
        out["c"], out["f"] = array.flags.c_contiguous, array.flags.f_contiguous
        if array.size <= CHECKSUM_UP_TO:
            out["crc"] = checksum(source.memory, array, out["offset"])
    return out


def facts_of_answer(answer):
    if "error" in answer:
        return answer["error"]
    out = {"dtype": dtype_of(answer["dtype"]), "shape": answer["shape"]}
    if 0 not in answer["shape"]:
        out["strides"] = [stride for stride, extent in zip(answer["strides"], answer["shape"])
                          if extent > 1]
        out.update((key, answer[key]) for key in ("offset", "c", "f", "crc") if key in answer)
    return out


class Case:
    """A line for chain_driver, and whether its answer is NumPy's."""

    def __init__(self, source, steps, expected, **more):
        self.line = json.dumps({"file": source.path, "steps": steps, **more})
        self.steps = steps
        self.expected = expected

    def difference(self, answer):
        """Nothing, or what the sides say."""
        found = answer["shares"] if "shares" in answer else facts_of_answer(answer)
        if isinstance(found, dict) and isinstance(self.expected, dict):
            found = {key: found.get(key) for key in self.expected}
        if found == self.expected or self.is_allowed(found):
            return None
        return f"{self.line}\n  NumPy:  {self.expected}\n  quarry: {answer}"

    def is_allowed(self, found):
        """The disagreements that policy wants."""
        return False


def chain_case(rng, source):
    steps, result = random_chain(rng, source)
    expected = result if isinstance(result, str) else facts(result, source)
    return Case(source, steps, expected, checksum_up_to=CHECKSUM_UP_TO)


def shared_case(rng, source):
    steps, result = whole_chain(rng, source)
    others, other = whole_chain(rng, source)
    try:
        expected = np.shares_memory(result, other, max_work=100000)
    except np.TooHardError:
        return shared_case(rng, source)
    return Case(source, steps, bool(expected), other=others)


def cast_case(rng, source):
    steps, result = whole_chain(rng, source, lambda _: LAYOUT)
    if result.size > CHECKSUM_UP_TO:
        return cast_case(rng, source)
    to = np.dtype(one_of(rng, NUMBERS)).newbyteorder(one_of(rng, "<>"))
    rule = one_of(rng, RULES)
    expected = "error"
    if np.can_cast(result.dtype, to, rule):
        cast = result.astype(to, order="C")
        expected = {"dtype": to, "shape": list(cast.shape)}
        if cast.size > 0:
            expected["crc"] = zlib.crc32(cast.tobytes())
    return Case(source, steps, expected, cast=to.str, rule=rule, checksum_up_to=CHECKSUM_UP_TO)


def random_cases(rng, directory):
    files = max(8, CASES // 20)
    sources = [random_source(rng, directory, i) for i in range(files)]
    numbers = [number_source(rng, directory, i) for i in range(files // 4)]
    out = [chain_case(rng, one_of(rng, sources)) for _ in range(CASES)]
    out += [shared_case(rng, one_of(rng, sources)) for _ in range(CASES // 2)]
    out += [cast_case(rng, one_of(rng, numbers)) for _ in range(CASES // 2)]
    return out


def main():
    print(f"QUARRY_SEED={SEED} QUARRY_CASES={CASES}", flush=True)
    warnings.simplefilter("ignore", np.ComplexWarning)
    with tempfile.TemporaryDirectory() as directory:
        cases = random_cases(np.random.default_rng(SEED), directory)
        run = subprocess.run([sys.argv[1]], input="".join(case.line + "\n" for case in cases),
                             capture_output=True, text=True, check=False)
    answers = run.stdout.splitlines()
    found = [case.difference(json.loads(answer)) for case, answer in zip(cases, answers)]
    found = [difference for difference in found if difference]
    for difference in found[:20]:
        print(difference)
    print(f"{len(cases)} cases, {len(answers)} answers, {len(found)} differences")
    print(run.stderr, end="")
    return 0 if run.returncode == 0 and len(answers) == len(cases) and not found else 1


if __name__ == "__main__":
    sys.exit(main())
