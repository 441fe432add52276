#!/usr/bin/python3
"""Chains of zero-copy operations, shared memory and casts against NumPy.

usage: differential_test.py CHAIN_DRIVER

QUARRY_SEED repeats a run and QUARRY_CASE one case of it; every difference is printed with the
command that does so. QUARRY_CASES sets how many cases there are: half of them are chains, the rest
pairs that are compared for shared memory and results that are cast.
"""
import ast
import functools
import json
import os
import subprocess
import sys
import tempfile
import warnings
import zlib

import numpy as np

import allowed
from random_casts import Unclear, expected_cast, random_cast, value_source
from random_chains import LAYOUT, random_chain, whole_chain
from random_types import dtype_of, meaning, random_source

SEED = int(os.environ.get("QUARRY_SEED") or int.from_bytes(os.urandom(4), "little"))
CASES = int(os.environ.get("QUARRY_CASES") or 12000)
FILES = 400  # of each kind; several chains start from each
CHECKSUM_UP_TO = 5000  # elements


def generator(*purpose):
    """Random numbers of their own for every file and case, so that one can be made alone."""
    return np.random.default_rng([SEED, *purpose])


class Sources:
    """The files of a run, each made when it is asked for."""

    def __init__(self, directory):
        self.any = functools.cache(lambda i: random_source(generator(1, i), directory, i))
        self.values = functools.cache(lambda i: value_source(generator(2, i), directory, i))


def inner_strides(shape, strides):
    """The strides that lead from an element to another."""
    return [stride for stride, extent in zip(strides, shape) if extent > 1]


def facts(array, source):
    """What both sides say of an array."""
    out = {"dtype": meaning(array.dtype), "shape": list(array.shape),
           "c": array.flags.c_contiguous, "f": array.flags.f_contiguous,
           "aligned": array.flags.aligned, "writable": array.flags.writeable}
    if array.size > 0:
        out["strides"] = inner_strides(array.shape, array.strides)
        out["offset"] = source.offset_of(array)
        if array.size <= CHECKSUM_UP_TO:
            out["crc"] = zlib.crc32(source.bytes_of(array).tobytes())
    return out


def facts_of_answer(answer):
    if "shape" not in answer:
        return {key: answer[key] for key in answer if key != "says"}
    out = {**answer, "dtype": meaning(dtype_of(ast.literal_eval(answer["dtype"])))}
    out["strides"] = inner_strides(answer["shape"], answer["strides"])
    return out


class Case:
    """A line for chain_driver and the facts that its answer must hold."""

    def __init__(self, number, source, steps, expected, **more):
        self.number = number
        self.line = json.dumps({"file": source.path, "private": source.private, "steps": steps,
                                "checksum_up_to": CHECKSUM_UP_TO, **more})
        self.expected = expected

    def difference(self, answer):
        """Nothing, or what the sides say."""
        found = facts_of_answer(answer)
        found = {key: found[key] for key in self.expected if key in found} or answer
        if found == self.expected:
            return None
        return self.report(f"expected: {self.expected}\n  quarry:   {answer}")

    def report(self, what):
        command = " ".join([sys.executable, *sys.argv])
        again = f"QUARRY_SEED={SEED} QUARRY_CASE={self.number} {command}"
        return f"{again}\n  case:     {self.line}\n  {what}"


def chain_case(rng, sources, number):
    source = sources.any(int(rng.integers(FILES)))
    steps, result = random_chain(rng, source)
    if isinstance(result, str):
        return Case(number, source, steps, {"error": result, "step": len(steps) - 1})
    return Case(number, source, steps, facts(result, source))


def shared_case(rng, sources, number):
    source = sources.any(int(rng.integers(FILES)))
    steps, result = whole_chain(rng, source)
    others, other = whole_chain(rng, source)
    try:
        shares = np.shares_memory(result, other, max_work=100000)
    except np.TooHardError:
        return shared_case(rng, sources, number)
    if shares and not result.itemsize * other.itemsize:
        allowed.differ("shared memory of items of 0 bytes")
        shares = False
    return Case(number, source, steps, {"shares": bool(shares)}, other=others)


def cast_case(rng, sources, number):
    source = sources.values(int(rng.integers(FILES)))
    steps, result = whole_chain(rng, source, lambda _: LAYOUT)
    cast = random_cast(rng, result.dtype)
    try:
        if result.size > CHECKSUM_UP_TO or (result.size == 0 and rng.random() < 0.8):
            raise Unclear
        stored = expected_cast(result, cast)
    except Unclear:
        return cast_case(rng, sources, number)
    except allowed.Refused as refused:
        expected = {"error": refused.code, "step": len(steps)}
    else:
        expected = {"dtype": meaning(cast["dtype"]), "shape": list(result.shape),
                    "crc": zlib.crc32(stored.tobytes())}
    cast = {key: value for key, value in cast.items() if key != "dtype"}
    return Case(number, source, steps, expected, cast=cast)


def make_case(sources, number):
    kind = [chain_case, shared_case, chain_case, cast_case][number % 4]
    return kind(generator(0, number), sources, number)


def compare(cases):
    """The differences, one text each."""
    run = subprocess.run([sys.argv[1]], input="".join(case.line + "\n" for case in cases),
                         capture_output=True, text=True, check=False)
    answers = run.stdout.splitlines()
    out = [case.difference(json.loads(answer)) for case, answer in zip(cases, answers)]
    out = [difference for difference in out if difference]
    if len(answers) < len(cases):
        out.append(cases[len(answers)].report(f"died:     {run.stderr}"))
    elif run.returncode or run.stderr:
        out.append(f"{sys.argv[1]} exits with {run.returncode}\n{run.stderr}")
    return out


def main():
    print(f"QUARRY_SEED={SEED}", flush=True)
    warnings.filterwarnings("ignore", "Stored array in format")
    one = os.environ.get("QUARRY_CASE")
    with tempfile.TemporaryDirectory() as directory:
        sources = Sources(directory)
        cases = [make_case(sources, i) for i in ([int(one)] if one else range(CASES))]
        differences = compare(cases)
    for difference in differences[:20]:
        print(difference)
    failed = sum("error" in case.expected for case in cases)
    print(f"{len(cases)} cases, {failed} of them errors, {len(differences)} differences")
    for name, count in allowed.used.items():
        print(f"{count:6} allowed: {name}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
