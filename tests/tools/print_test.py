#!/usr/bin/python3
"""`quarry print` against NumPy's str(), and its CSV and JSON read back by Python.

Needs QUARRY, the path of the command. PRINT_TEST_SEED repeats a run, PRINT_TEST_ROUNDS sets how
many random arrays there are.
"""
import csv
import io
import json
import math
import os
import resource
import subprocess
import tempfile
import unittest

import numpy as np

QUARRY = os.environ["QUARRY"]
SEED = int(os.environ.get("PRINT_TEST_SEED", "0")) or int.from_bytes(os.urandom(4), "little")
SANITIZED = bool(os.environ.get("QUARRY_SANITIZED"))
ROUNDS = int(os.environ.get("PRINT_TEST_ROUNDS", "100" if SANITIZED else "800"))

UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]
NUMBERS = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "g", "F", "D",
           "G"]


def quarry(*arguments, status=0):
    run = subprocess.run([QUARRY, "print", *map(str, arguments)], capture_output=True, check=False)
    if run.returncode != status:
        raise AssertionError(f"{arguments}: status {run.returncode}: {run.stderr.decode()}")
    return (run.stdout if status == 0 else run.stderr).decode()


class Directory(unittest.TestCase):
    """Tests that write their arrays into a directory of their own."""

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = os.path.join(self.directory.name, "a.npy")

    def save(self, array):
        with open(self.path, "wb") as file:
            np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
        return self.path

    def printed(self, array, *arguments):
        return quarry(self.save(array), *arguments)

    def check(self, array, *arguments, **options):
        text = self.printed(array, *arguments)
        with np.printoptions(**options):
            expected = str(np.asarray(array)) + "\n"
        if expected != text:
            raise AssertionError(f"seed {SEED}, {np.asarray(array).dtype}, "
                                 f"shape {np.shape(array)}, {arguments}:\n"
                                 f"NumPy:\n{expected}\nquarry:\n{text}")


def random_shape(rng):
    rank = rng.choice([0, 1, 1, 1, 2, 2, 3, 4])
    largest = {0: 1, 1: rng.choice([3, 12, 2000]), 2: rng.choice([4, 20, 60]), 3: 14, 4: 8}[rank]
    return tuple(int(n) for n in rng.integers(rng.choice([0, 1, 1, 1]), largest + 1, rank))


def random_reals(rng, kind, shape):
    """Values of one of many magnitudes, some of them special."""
    style = rng.integers(7)
    if style == 0:
        values = rng.standard_normal(shape)
    elif style == 1:
        values = rng.integers(-5, 6, shape).astype(float)
    elif style == 2:
        values = np.round(rng.standard_normal(shape) * 100, rng.integers(0, 5))
    elif style == 3:
        values = rng.standard_normal(shape) * 10.0 ** rng.integers(-12, 12, shape)
    elif style == 4:
        values = rng.integers(0, 10 ** int(rng.integers(1, 11)), shape) / 4
    elif style == 5:
        values = 10.0 ** rng.integers(-4, 5, shape)
    else:
        width = np.dtype(kind).itemsize
        if width > 8:
            values = np.ldexp(rng.standard_normal(shape), rng.integers(-9000, 9000, shape))
        else:
            count = int(np.prod(shape, dtype=int))
            values = np.frombuffer(rng.bytes(count * width), kind).reshape(shape)
    values = np.array(values).astype(kind)
    if rng.integers(3) == 0:
        for special in (np.nan, np.inf, -np.inf, -0.0):
            if rng.integers(2) == 0:
                values[rng.random(shape) < 0.2] = special
    return values


def random_integers(rng, kind, shape):
    limits = np.iinfo(kind)
    if rng.integers(2) == 0:
        return rng.integers(limits.min, limits.max, shape, dtype=kind, endpoint=True)
    return rng.integers(max(-9, limits.min), 30, shape).astype(kind)


def random_moments(rng, kind, shape):
    unit = rng.choice(UNITS)
    count = int(rng.choice([1, 1, 1, 25, 7]))
    reach = int(rng.choice([10, 20000, 10 ** 9, 10 ** 14]))
    values = np.array(rng.integers(-reach, reach, shape))
    if rng.integers(3) == 0:
        values[rng.random(shape) < 0.3] = np.iinfo("i8").min
    return values.view(f"{kind}8[{count}{unit}]")


def random_strings(rng, kind, shape):
    letters = "abcXYZ \\'\"\n\t\x7f\x01,;" + ("" if kind == "S" else "é\xa0\xadÿĀЖ中\u200b\u2028😀\ud800")
    count = int(np.prod(shape, dtype=int))
    items = ["".join(rng.choice(list(letters), rng.integers(0, 9))) for _ in range(count)]
    items = [item.encode("ascii") for item in items] if kind == "S" else items
    array = np.empty(count, f"{kind}{rng.integers(1, 9)}")
    for i, item in enumerate(items):
        array[i] = item
    return array.reshape(shape)


def random_raw(rng, shape):
    width = int(rng.integers(1, 6))
    return np.frombuffer(rng.bytes(int(np.prod(shape, dtype=int)) * width), f"V{width}").reshape(shape)


def random_record(rng, shape, depth):
    parts = []
    for i in range(rng.integers(1, 4)):
        inner = tuple(int(n) for n in rng.integers(0, 4, rng.choice([0, 0, 0, 1, 2])))
        parts.append((f"f{i}", random_array(rng, shape + inner, depth + 1), inner))
    array = np.zeros(shape, [(name, values.dtype, inner) for name, values, inner in parts])
    for name, values, _ in parts:
        array[name] = values
    return array


def random_array(rng, shape, depth=0):
    family = rng.integers(9 if depth < 2 else 8)
    if family < 4:
        kind = rng.choice(NUMBERS)
        if kind == "?":
            values = rng.integers(0, 2, shape).astype(bool)
        elif kind in "FDG":
            part = {"F": "f4", "D": "f8", "G": "g"}[kind]
            values = np.empty(shape, kind)
            values.real = random_reals(rng, part, shape)
            values.imag = random_reals(rng, part, shape)
        elif kind[0] in "iu":
            values = random_integers(rng, kind, shape)
        else:
            values = random_reals(rng, kind, shape)
    elif family < 6:
        values = random_moments(rng, rng.choice(["M", "m"]), shape)
    elif family == 6:
        values = random_strings(rng, rng.choice(["S", "U"]), shape)
    elif family == 7:
        values = random_raw(rng, shape)
    else:
        return random_record(rng, shape, depth)
    return values.astype(values.dtype.newbyteorder(rng.choice(["<", ">"])))


def some(cases):
    """All cases, or a fifth of them, others each time, where each takes five times as long."""
    return cases[SEED % 5::5] if SANITIZED else cases


def has_surrogate(array):
    return "\\ud800" in repr(array.tolist())


class AgainstNumPy(Directory):
    def test_random_arrays_print_as_numpy_prints_them(self):
        rng = np.random.default_rng(SEED)
        print(f"PRINT_TEST_SEED={SEED}", flush=True)
        for _ in range(ROUNDS):
            array = random_array(rng, random_shape(rng))
            if array.dtype.itemsize == 0:
                continue  # not in a .npy file
            if array.ndim == 0 and has_surrogate(array):
                continue  # Python itself cannot write it
            if rng.integers(3) == 0:
                array = np.asfortranarray(array)
            self.check(array)
            if rng.integers(8) == 0 and array.ndim > 0:
                self.check(array, "--full", threshold=1 << 60)
            if rng.integers(8) == 0 and array.ndim > 0:
                precision = int(rng.integers(0, 18))
                self.check(array, "--precision", precision, precision=precision)

    def test_every_binary16_prints_as_numpy_prints_it(self):
        halves = np.arange(65536, dtype="u2").view("f2")
        lines = self.printed(halves, "--csv").splitlines()
        self.assertEqual(lines, [str(half) for half in halves])

    def test_scalars(self):
        for kind in ["f2", "f4", "f8", "g"]:
            for value in some(["0", "-0.0", "1", "0.1", "1e-4", "9.9e-5", "123456789", "1e15",
                               "1e16", "65504", "nan", "inf", "-inf", "1e-320", "1e300"]):
                self.check(np.array(np.longdouble(value)).astype(kind))
                for other in ["0", "-0.0", "2.5", "nan", "-inf", "1e20"]:
                    both = np.array(complex(float(value), float(other)))
                    if kind != "f2":
                        self.check(both.astype({"f4": "F", "f8": "D", "g": "G"}[kind]))
        for value in [True, b"a'b\0c", "it's é", np.int8(-5), np.uint64(2 ** 64 - 1)]:
            self.check(np.array(value))
        for unit in UNITS:
            self.check(np.array(-7, f"m8[{unit}]"))
            self.check(np.array(-7, f"M8[{unit}]"))
            self.check(np.array("NaT", f"m8[{unit}]"))

    def test_a_record_alone_keeps_the_width_of_each_field(self):
        self.check(np.array((True, 1.5, b"x", (False, [True, False])),
                            [("a", "?"), ("b", "f4"), ("c", "S3"),
                             ("d", [("x", "?"), ("y", "?", 2)])]))

    def test_empty_arrays(self):
        for shape in [(0,), (2, 0, 3), (0, 5)]:
            for kind in ["f8", "S3", [("a", "i4")]]:
                self.check(np.zeros(shape, kind))

    def test_fields_without_bytes(self):
        self.check(np.zeros(3, [("a", "S0"), ("b", "U0"), ("c", "V0"), ("d", "f4", (0, 2)),
                                ("e", [], 2), ("f", "?")]))

    def test_the_form_changes_exactly_where_numpy_changes_it(self):
        for kind in ["f2", "f4", "f8"]:
            for top in some([999.5, 1000, 1000.4, 1000.5, 1001, 9.9999999e7, 99999999, 1e8]):
                for low in [1, 0, -1, 1e-4, 9.99e-5, 0.3]:
                    self.check(np.array([top, low]).astype(kind))

    def test_more_than_1000_elements_are_summarised(self):
        for shape in [(1000,), (1001,), (7, 143), (6, 167), (2, 3, 200), (10, 10, 11), (1001, 1)]:
            count = int(np.prod(shape))
            self.check(np.arange(count).reshape(shape))
            self.check((np.arange(count) / 7).reshape(shape).T)

    def test_lines_wrap_at_75_columns(self):
        for length in some(range(1, 80)):
            self.check(np.array(["x" * length] * 5))
            self.check(np.arange(length) * 0.5)
            self.check(np.arange(2 * length).reshape(2, length) % 7 == 0)
        self.check(np.array(["é" * 30] * 6))

    def test_dates_at_the_ends_of_the_calendar(self):
        for unit in some(UNITS):
            # nearer to the lower end NumPy's own arithmetic overflows
            values = [-2 ** 63 + 20000, -2 ** 62, -1, 0, 2 ** 62, 2 ** 63 - 1]
            if unit == "Y":
                values = [-2 ** 62, -3000, -1970, -1971, 7999, 2 ** 62]
            for value in values:
                self.check(np.array([value]).view(f"M8[{unit}]"))
        days = np.arange(-800000, 3000000, 97).view("M8[D]")
        self.assertEqual(self.printed(days, "--csv").split(), [str(day) for day in days])

    def test_slices_and_fields(self):
        array = np.arange(24, dtype=">i4").reshape(4, 6)
        self.save(array)
        self.assertEqual(quarry(self.path, "::-1, 1::2"), f"{array[::-1, 1::2]}\n")
        self.assertEqual(quarry(self.path, "2, 3"), f"{array[2, 3]}\n")
        record = np.zeros(3, [("t", ">f8"), ("p", [("x", "i2"), ("y", "i2", 2)])])
        record["p"]["y"] = [[1, 2], [3, 4], [5, 6]]
        self.save(record)
        self.assertEqual(quarry(self.path, "--field", "p.y"), f"{record['p']['y']}\n")
        self.assertEqual(quarry(self.path, "1:", "--field", "t,p"), f"{record[['t', 'p']][1:]}\n")

    def test_types_that_numpy_lacks(self):
        raw = os.path.join(self.directory.name, "a.raw")
        values = np.array([-2 ** 23, -1, 0, 5, 2 ** 23 - 1])
        for order, name in (("little", "<"), ("big", ">")):
            with open(raw, "wb") as file:
                for value in values:
                    file.write(int(value).to_bytes(3, order, signed=True))
            self.assertEqual(quarry(raw, "--as", f"{name}i3[-1]"), f"{values}\n")
            self.assertEqual(quarry(raw, "--as", f"{name}u3[-1]"), f"{values % 2 ** 24}\n")
        with open(raw, "wb") as file:
            file.write(np.array([0x3f80, 0xc049, 0x7f80, 0x7fc0, 0x3dcd], "<u2").tobytes())
        self.assertEqual(quarry(raw, "--as", "bf16[-1]"), "[ 1.   -3.14   inf   nan  0.1 ]\n")


class BrainFloats(Directory):
    def test_every_bfloat16_has_the_fewest_digits_that_read_back(self):
        bits = np.arange(0x7f80, dtype="<u2")
        raw = os.path.join(self.directory.name, "a.raw")
        bits.tofile(raw)
        texts = quarry(raw, "--as", "bf16[-1]", "--csv").split()
        values = (bits.astype("u4") << 16).view("f4").astype("f8")
        step = np.append(np.diff(values), 2.0 ** 120)
        low, high = values - np.append([0], step[:-1]) / 2, values + step / 2
        even = bits % 2 == 0

        def reads_back(number):  # exact: all limits are binary64
            return (low < number) & (number < high) | even & ((number == low) | (number == high))

        self.assertTrue(reads_back(np.array(texts, "f8")).all())
        for value, text, ok_low, ok_high in zip(values[1:], texts[1:], low[1:], high[1:]):
            digits = len(text.split("e")[0].replace(".", "").strip("0"))
            if digits > 1:  # neither of the neighbours with a digit less lies between the limits
                exponent = math.floor(math.log10(value)) - (digits - 2)
                below = math.floor(value / 10.0 ** exponent)
                for shorter in (below, below + 1):
                    number = float(f"{shorter}e{exponent}")
                    self.assertFalse(ok_low < number < ok_high, (text, number))


def is_nan(value):
    return isinstance(value, float) and math.isnan(value)


class Csv(Directory):
    def rows(self, array):
        return list(csv.reader(io.StringIO(self.printed(array, "--csv"), newline="")))

    def test_numbers_read_back_equal(self):
        rng = np.random.default_rng(SEED)
        for kind in ["f2", "f4", "f8", "g", "F", "D", "i8", "u8"]:
            array = np.frombuffer(rng.bytes(16 * 4000), kind) if kind != "g" else (
                rng.standard_normal(4000).astype("g") / 3)
            rows = self.rows(array)
            self.assertTrue(all(len(row) == 1 for row in rows))
            if kind in "FD":
                back = np.array([complex(row[0]) for row in rows], kind)
            elif kind == "g":
                back = np.array([np.longdouble(row[0]) for row in rows])
            elif kind in ("i8", "u8"):
                back = np.array([int(row[0]) for row in rows], kind)
            else:
                back = np.array([float(row[0]) for row in rows]).astype(kind)
            np.testing.assert_array_equal(back, array, err_msg=f"seed {SEED}, {kind}")

    def test_a_line_per_row_of_the_last_axis(self):
        array = np.arange(24).reshape(2, 3, 4)
        self.assertEqual(self.printed(array, "--csv"),
                         "".join(",".join(map(str, row)) + "\n" for row in array.reshape(6, 4)))
        self.assertEqual(self.printed(np.arange(3000).reshape(1000, 3), "--csv").count("\n"), 1000)
        self.assertEqual(self.printed(np.array(5), "--csv"), "5\n")
        self.assertEqual(self.printed(np.zeros((3, 0)), "--csv"), "")

    def test_words_for_what_is_no_number(self):
        self.assertEqual(self.printed(np.array([np.nan, np.inf, -np.inf, -0.0]), "--csv"),
                         "nan\ninf\n-inf\n-0.0\n")
        self.assertEqual(self.printed(np.array([1.5 - 2j, 3j]), "--csv"), "1.5-2j\n3j\n")
        self.assertEqual(self.printed(np.array([True, False]), "--csv"), "True\nFalse\n")
        self.assertEqual(self.printed(np.array(["2020-02-29", "NaT"], "M8[D]"), "--csv"),
                         "2020-02-29\nNaT\n")
        self.assertEqual(self.printed(np.array([5, "NaT"], "m8[25s]"), "--csv"), "5\nNaT\n")
        self.assertEqual(self.printed(np.array([b"\x00\xff"], "V2"), "--csv"), "00ff\n")

    def test_text_is_quoted_where_it_must_be(self):
        words = ["plain", "a,b", 'say "hi"', "two\nlines", "a\rb", "", " space ", "é中😀"]
        self.assertEqual(self.rows(np.array(words)), [[word] for word in words])
        encoded = np.array([word.encode() for word in words])
        self.assertEqual(self.rows(encoded), [[word] for word in words])
        self.assertEqual(self.printed(np.array(["a,b", ""]), "--csv"), '"a,b"\n""\n')

    def test_records_have_a_header_and_a_column_per_value(self):
        kind = [("t", ">f8"), ("p", [("x", "i2"), ("n,o", "S3")]), ("v", "i4", (2, 2)),
                ("q", [("z", "u1")], 2)]
        array = np.zeros((2, 1), kind)
        array["t"][:, 0] = [0.1, np.nan]
        array["p"]["n,o"][:, 0] = [b"a,b", b"c"]
        array["v"][1, 0] = [[1, 2], [3, 4]]
        self.assertEqual(self.rows(array), [
            ["t", "p.x", "p.n,o", "v[0][0]", "v[0][1]", "v[1][0]", "v[1][1]", "q[0].z", "q[1].z"],
            ["0.1", "0", "a,b", "0", "0", "0", "0", "0", "0"],
            ["nan", "0", "c", "1", "2", "3", "4", "0", "0"]])
        self.assertEqual(len(self.rows(array[:0])), 1)


class Json(Directory):
    def value(self, array):
        return json.loads(self.printed(array, "--json"))

    def test_lists_nest_as_axes_do(self):
        for shape in [(), (0,), (5,), (2, 3), (2, 0), (0, 2), (2, 3, 4), (1, 1500)]:
            array = np.arange(int(np.prod(shape, dtype=int))).reshape(shape)
            self.assertEqual(self.value(array), array.tolist())
        self.assertEqual(self.printed(np.arange(4).reshape(2, 2), "--json"), "[[0, 1],\n [2, 3]]\n")

    def test_numbers_read_back_equal_and_what_is_none_is_null(self):
        rng = np.random.default_rng(SEED)
        for kind in ["f2", "f4", "f8"]:
            array = np.frombuffer(rng.bytes(8 * 4000), kind)
            back = np.array([math.nan if x is None else x for x in self.value(array)]).astype(kind)
            expected = np.where(np.isfinite(array), array, np.nan)
            np.testing.assert_array_equal(back, expected, err_msg=f"seed {SEED}, {kind}")
        self.assertEqual(self.value(np.array([np.nan, np.inf, 1])), [None, None, 1.0])
        self.assertEqual(self.value(np.array([1 - 2j, complex(np.nan, 0)])),
                         [[1.0, -2.0], [None, 0.0]])
        self.assertEqual(self.value(np.array([True, False])), [True, False])
        big = [2 ** 64 - 1, 0]
        self.assertEqual(self.value(np.array(big, "u8")), big)

    def test_a_whole_float_is_written_as_a_float(self):
        self.assertEqual(self.printed(np.array([1.0, 1e20]), "--json"), "[1.0, 1e+20]\n")

    def test_text_bytes_and_moments(self):
        words = ['a"b\\', "\n\t\x01\x7f", "é中😀", "\ud800x"]
        self.assertEqual(self.value(np.array(words)), words)
        self.assertEqual(self.value(np.array([b"a\xff\x00b"])), ["a\xff\x00b"])
        self.assertEqual(self.value(np.array([b"\x00\xff"], "V2")), ["00ff"])
        self.assertEqual(self.value(np.array(["2020-02-29T01", "NaT"], "M8[h]")),
                         ["2020-02-29T01", None])
        self.assertEqual(self.value(np.array([-5, "NaT"], "m8[s]")), [-5, None])

    def test_records_are_objects(self):
        kind = [("t", "f8"), ('n"o', [("x", "i2")]), ("v", "i4", (2, 2)), ("e", "f4", (0,))]
        array = np.zeros(2, kind)
        array["v"] = [[1, 2], [3, 4]]
        one = {"t": 0.0, 'n"o': {"x": 0}, "v": [[1, 2], [3, 4]], "e": []}
        self.assertEqual(self.value(array), [one, one])
        self.assertEqual(self.value(array[0]), one)


@unittest.skipIf(SANITIZED, "sanitizers need memory of their own")
class LargeFiles(Directory):
    """The command may have 16 MiB of memory besides the mapped file."""

    def sparse(self, kind, shape):
        array = np.lib.format.open_memmap(self.path, "w+", kind, shape)
        array[(0,) * array.ndim] = 1
        array[(-1,) * array.ndim] = 2
        del array

    def run_limited(self, *arguments):
        limit_bytes = 16 << 20
        run = subprocess.run(
            [QUARRY, "print", self.path, *arguments], capture_output=True, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes,) * 2))
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout.decode()

    def test_a_summary_touches_only_the_edges(self):
        self.sparse("<f8", (1 << 15, 1 << 15))  # 8 GiB
        self.assertEqual(self.run_limited(),
                         "[[1. 0. 0. ... 0. 0. 0.]\n"
                         " [0. 0. 0. ... 0. 0. 0.]\n"
                         " [0. 0. 0. ... 0. 0. 0.]\n"
                         " ...\n"
                         " [0. 0. 0. ... 0. 0. 0.]\n"
                         " [0. 0. 0. ... 0. 0. 0.]\n"
                         " [0. 0. 0. ... 0. 0. 2.]]\n")

    def test_text_is_not_held_in_memory(self):
        self.sparse("u1", (1 << 24,))
        for option, end in (("--full", " 0 2]\n"), ("--csv", "\n0\n2\n"), ("--json", ", 0, 2]\n")):
            text = self.run_limited(option)
            self.assertGreaterEqual(len(text), 32 << 20)
            self.assertTrue(text.endswith(end), text[-40:])


class Errors(Directory):
    def test_what_cannot_be_printed_is_said_with_the_right_status(self):
        self.save(np.arange(5))
        for arguments, status in ((("7",), 65), (("--precision", "-1"), 64),
                                  (("--precision", "x"), 64), (("--csv", "--json"), 64),
                                  (("--csv", "--precision", "3"), 64),
                                  (("--field", "a"), 65)):
            with self.subTest(arguments):
                self.assertIn("quarry: ", quarry(self.path, *arguments, status=status))
        quarry(os.path.join(self.directory.name, "none.npy"), status=66)

    def test_a_full_disk_is_an_error(self):
        self.save(np.arange(100000))
        for option in ("--full", "--csv", "--json"):
            with open("/dev/full", "wb") as full:
                run = subprocess.run([QUARRY, "print", self.path, option], stdout=full,
                                     stderr=subprocess.PIPE, check=False)
            self.assertEqual(run.returncode, 74, run.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
