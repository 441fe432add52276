#!/usr/bin/python3
"""What create, slice, convert and describe write, against NumPy."""
import json
import os
import unittest

import numpy as np

from command import BAD_DATA, CANNOT_CREATE, NO_INPUT, USAGE, CommandTest

DTYPES = ["?", "|i1", "|u1", "<i2", ">i2", "<u4", ">i8", "<u8", "<f2", ">f4", "<f8", ">c8", "<c16",
          "S3", "<U2", ">U2", "<M8[ns]", ">m8[25s]", "V5"]


def some(dtype, shape):
    """An array whose elements differ: the bytes count up, strings and bools made valid."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape, dtype=int))
    if dtype.kind == "?" or dtype == bool:
        return (np.arange(count) % 3 == 0).reshape(shape)
    if dtype.kind == "U":
        return np.array([chr(65 + i % 50) for i in range(count)], dtype).reshape(shape)
    if dtype.kind in "fc":
        return (np.arange(count) - count / 3).astype(dtype).reshape(shape)
    raw = (np.arange(count * dtype.itemsize) * 7 + 1) % 255
    return raw.astype("u1").view(dtype).reshape(shape)


class SliceTest(CommandTest):
    def test_every_dtype_keeps_its_type_and_byte_order(self):
        for dtype in DTYPES:
            array = some(dtype, (4, 5))
            self.save("a.npy", array)
            self.quarry("slice", "--force", "a.npy", "1:, ::-2", "-o", "out.npy")
            self.assert_array("out.npy", array[1:, ::-2])

    def test_basic_indexing(self):
        array = some("<i4", (4, 5, 6))
        self.save("a.npy", np.asfortranarray(array))
        for text in ["0", "-1", "-1, 2", "...", "..., 3", "::-1", "1, None, :, 2:4", "[1:3, ::2]",
                     "2:2", "1,2,3", "None", "..., ::-3", "-3:-1, -4:"]:
            self.quarry("slice", "--force", "a.npy", text, "-o", "out.npy")
            # pylint: disable-next=eval-used
            expected = eval(f"array[{text.strip('[]')}]", {"array": array})
            self.assert_array("out.npy", expected)
            self.assertTrue(self.load("out.npy").flags.c_contiguous)

    def test_output_is_byte_for_byte_what_numpy_writes(self):
        array = some(">f4", (7, 9))
        self.save("a.npy", array)
        self.quarry("slice", "a.npy", "2:5, 1:", "-o", "out.npy")
        self.save("expected.npy", np.ascontiguousarray(array[2:5, 1:]))
        self.assertEqual(self.read("out.npy"), self.read("expected.npy"))

    def test_fields(self):
        dtype = np.dtype([("t", ">f8"), ("pos", [("x", "<i2"), ("y", "<i2")]), ("v", "<f4", (3,)),
                          ("a,b", "u1")])
        array = np.zeros(6, dtype)
        array["t"] = np.arange(6) / 4
        array["pos"]["y"] = np.arange(6) - 3
        array["v"] = np.arange(18).reshape(6, 3)
        array["a,b"] = np.arange(6) * 2
        self.save("a.npy", array)
        for name, expected in [("t", array["t"]), ("pos.y", array["pos"]["y"]), ("v", array["v"]),
                               ("pos", array["pos"]), ("a,b", array["a,b"])]:
            self.quarry("slice", "--force", "--field", name, "a.npy", "1:5", "-o", "out.npy")
            self.assert_array("out.npy", expected[1:5])
        self.quarry("slice", "--force", "--field", "v", "a.npy", "1:5, ::-1", "-o", "out.npy")
        self.assert_array("out.npy", array["v"][1:5, ::-1])
        self.quarry("slice", "--force", "--field", "v,t", "a.npy", "2:", "-o", "out.npy")
        packed = np.zeros(4, [("v", "<f4", (3,)), ("t", ">f8")])
        packed["v"], packed["t"] = array["v"][2:], array["t"][2:]
        self.assert_array("out.npy", packed)
        self.quarry("convert", "--field", "v,t", "--slice", "2:", "a.npy", "-o", "out2.npy")
        self.assert_array("out2.npy", packed)
        self.fails(NO_INPUT, "slice", "--field", "none", "a.npy", ":", "-o", "x.npy", says=["a.npy", "t"])
        self.save("plain.npy", [1])
        self.fails(BAD_DATA, "slice", "--field", "t", "plain.npy", ":", "-o", "x.npy")

    def test_any_budget_gives_the_same_bytes(self):
        array = some("<f4", (300, 500))
        self.save("a.npy", array)
        for size in ["1", "100K", "1GiB"]:
            self.quarry("slice", "--force", "--memory", size, "a.npy", "::-1, 1::3", "-o", "out.npy")
            self.assert_array("out.npy", array[::-1, 1::3])

    def test_numbers_that_numpy_lacks_stay_out_of_npy(self):
        self.write("a.dat", bytes(range(12)))
        for layout in ["<i3[4]", ">u3[4]", "bf16[6]", "{a:<i3}[4]"]:
            self.fails(BAD_DATA, "slice", "a.dat", "--as", layout, ":", "-o", "out.npy", says="NumPy")
            self.fails(BAD_DATA, "convert", "a.dat", "--as", layout, "-o", "out.npy", says="--dtype")
        self.quarry("slice", "a.dat", "--as", "<i3[4]", "1:", "-o", "out.raw")
        self.assertEqual(self.read("out.raw"), bytes(range(3, 12)))
        self.quarry("slice", "a.dat", "--as", "<i3[4]", "1:", "-o", "out.bin")
        self.assertEqual(self.info("out.bin")["arrays"][0]["dtype"], "<i3")


class ConvertTest(CommandTest):
    def check(self, array, expected, *options):
        self.save("a.npy", array)
        self.quarry("convert", "--force", "a.npy", "-o", "out.npy", *options)
        self.assert_array("out.npy", expected)

    def test_a_plain_copy_is_in_c_order(self):
        array = np.asfortranarray(some(">i2", (3, 4)))
        self.check(array, np.ascontiguousarray(array))
        self.assertTrue(self.load("out.npy").flags.c_contiguous)

    def test_memory_orders(self):
        for array in [some("<i4", (3, 4, 5)), np.asfortranarray(some("<i4", (3, 4, 5)))]:
            for order in ["C", "F", "keep"]:
                self.save("a.npy", array)
                self.quarry("convert", "--force", "a.npy", "--order", order, "-o", "out.npy")
                found = self.load("out.npy")
                self.assertTrue(np.array_equal(found, array))
                f_order = order == "F" or (order == "keep" and array.flags.f_contiguous)
                self.assertEqual(found.flags.f_contiguous, f_order)

    def test_keep_follows_a_slice_and_a_transposition(self):
        array = some("<i4", (6, 4))
        self.save("a.npy", array)
        self.quarry("convert", "a.npy", "--slice", "::2", "--transpose", "--order", "keep", "-o", "out.npy")
        self.assertTrue(self.load("out.npy").flags.f_contiguous)
        np.testing.assert_array_equal(self.load("out.npy"), array[::2].T)

    def test_dtypes_and_byte_orders(self):
        array = some("<i2", (3, 4))
        native = "<" if np.little_endian else ">"
        self.check(array, array.astype(native + "f4"), "--dtype", "float32")
        self.check(array, array.astype(">f4"), "--dtype", ">f4")
        self.check(array, array.astype(">i2"), "--byteorder", "big")
        self.check(array, array.astype(">f8"), "--dtype", "<f8", "--byteorder", "big")
        self.check(array.astype(">i2"), array.astype(">i2"))
        self.check(array.astype(">i2"), array, "--byteorder", "little")
        self.check(array.astype(">i2"), array.astype(native + "i2"), "--byteorder", "native")

    def test_transpose(self):
        array = some("<f4", (2, 3, 4))
        self.check(array, np.ascontiguousarray(array.T), "--transpose")
        for axes in ["1,0,2", "2,0,1", "-1,0,1", "(1, 0, 2)"]:
            expected = array.transpose([int(each) for each in axes.strip("()").split(",")])
            self.check(array, np.ascontiguousarray(expected), "--transpose", axes)
        self.check(array, np.ascontiguousarray(array.transpose(1, 0, 2)), "--transpose=1,0,2")
        self.quarry("convert", "--transpose", "a.npy", "-o", "first.npy")
        self.assert_array("first.npy", np.ascontiguousarray(array.T))
        for axes in ["0,1", "0,0,1", "0,1,3"]:
            self.fails(BAD_DATA, "convert", "a.npy", "--transpose", axes, "-o", "x.npy")

    def test_scale_and_offset(self):
        array = some("<i2", (5, 6))
        self.check(array, array * 0.5 + 2.25, "--scale", "0.5", "--offset", "2.25")
        self.check(array, array + np.float64(-3), "--offset", "-3")
        self.check(array.astype(">i2"), (array * -1.5).astype(">f8"), "--scale", "-1.5")
        self.check(array, (array * 0.5).astype(">f4"), "--scale", "0.5", "--dtype", ">f4")
        reals = some("<f8", (5, 6))
        self.check(reals, reals * 1e-3, "--scale", "1e-3")

    def test_steps_run_in_their_order(self):
        dtype = np.dtype([("id", "<u4"), ("v", "<i2", (3,))])
        array = np.zeros(8, dtype)
        array["v"] = np.arange(24).reshape(8, 3)
        expected = np.asfortranarray((array["v"][::2].T * 2.0 + 1).astype(">i4"))
        self.check(array, expected, "--field", "v", "--slice", "::2", "--transpose", "--scale", "2",
                   "--offset", "1", "--dtype", "i4", "--byteorder", "big", "--order", "F",
                   "--casting", "unsafe")
        self.assertTrue(self.load("out.npy").flags.f_contiguous)

    def test_casting_rules_are_numpys(self):
        for source, target in [("<f8", "<i4"), ("<i8", "<i4"), ("<i4", "<f4"), ("<i4", "<u4"),
                               ("<f4", ">f4"), ("<f4", "<f4"), ("|u1", "<i2"), ("<c8", "<f4")]:
            self.save("a.npy", np.ones(3, source))
            for rule in ["no", "equiv", "safe", "same_kind", "unsafe"]:
                arguments = ["convert", "a.npy", "--dtype", target, "--casting", rule, "-o"]
                if np.can_cast(source, target, rule):
                    self.quarry(*arguments, "out.npy", "--force")
                else:
                    self.fails(BAD_DATA, *arguments, "x.npy", says=["a.npy", target])

    def test_a_refused_cast_names_the_rule_that_allows_it(self):
        self.save("a.npy", np.ones(3, "f8"))
        self.fails(BAD_DATA, "convert", "a.npy", "--dtype", "i4", "-o", "x.npy", says="unsafe")

    def test_row_79_values_that_do_not_fit(self):
        to_int = ["--dtype", "<i4", "--casting", "unsafe"]
        for value in [np.nan, np.inf, -np.inf, 1e10, -1e10]:
            self.save("a.npy", np.array([[1, 2], [3, value]]))
            self.fails(BAD_DATA, "convert", "a.npy", *to_int, "-o", "x.npy", says=["a.npy", "1, 1"])
            self.quarry("convert", "a.npy", *to_int, "--clip", "-o", "out.npy", "--force")
            clipped = np.clip(np.nan_to_num(value, nan=0, posinf=2**31 - 1, neginf=-2**31),
                              -2**31, 2**31 - 1)
            self.assert_array("out.npy", np.array([[1, 2], [3, clipped]]).astype("<i4"))
        self.check(np.array([1.9, -1.9]), np.array([1, -1], "<i4"), *to_int)
        self.check(np.array([300, -1]), np.array([44, 255], "u1"), "--dtype", "u1", "--casting", "unsafe")
        self.check(np.array([300, -1]), np.array([255, 0], "u1"), "--dtype", "u1", "--casting",
                   "unsafe", "--clip")
        self.save("a.npy", np.array([1, 2**40]))
        self.fails(BAD_DATA, "convert", "a.npy", "--dtype", "<i4", "-o", "x.npy", says="1")

    def test_formats_there_and_back(self):
        array = some(">f4", (5, 7))
        self.save("a.npy", array)
        self.quarry("convert", "a.npy", "-o", "b.bin")
        self.assertEqual(self.info("b.bin")["format"], "bin")
        self.quarry("convert", "b.bin", "-o", "c.raw", "--byteorder", "little")
        self.assertEqual(self.read("c.raw"), array.astype("<f4").tobytes())
        self.quarry("convert", "c.raw", "--as", "<f4[5,7]", "-o", "d", "--format", "npy",
                    "--byteorder", "big")
        self.assertEqual(self.read("d"), self.read("a.npy"))

    def test_numbers_that_numpy_lacks_are_written_where_asked_for(self):
        self.save("a.npy", np.array([1, -2, 8388607], "<i4"))
        self.quarry("convert", "a.npy", "--dtype", "<i3", "-o", "b.npy")
        self.assertEqual(self.info("b.npy")["arrays"][0]["dtype"], "<i3")
        self.quarry("convert", "b.npy", "--dtype", "<i4", "-o", "c.npy")
        self.assertEqual(self.read("c.npy"), self.read("a.npy"))

    def test_scalars_and_empty_arrays(self):
        for shape in [(), (0,), (3, 0, 2)]:
            self.check(np.zeros(shape, "<i2"), np.zeros(shape, "<f8"), "--dtype", "<f8")
            self.check(np.zeros(shape, "<i2"), np.zeros(shape[::-1], "<i2"), "--transpose")


class CreateTest(CommandTest):
    def create(self, dtype, shape, *options):
        self.quarry("create", "--force", "out.npy", "--dtype", dtype, "--shape", str(shape), *options)
        return self.load("out.npy")

    def test_zeros_of_every_dtype(self):
        for dtype in DTYPES + ["{t:>f8, id:<u4, v:<f4[3]}"]:
            for order in ["C", "F"]:
                found = self.create(dtype, (3, 4), "--order", order)
                self.assertEqual(found.shape, (3, 4))
                self.assertEqual(found.tobytes(), bytes(found.nbytes))
                self.assertEqual(found.flags.f_contiguous, order == "F")
                if not dtype.startswith("{"):
                    self.assertEqual(found.dtype, np.dtype(dtype))

    def test_space_is_reserved_unless_sparse(self):
        self.create("u1", (1 << 22,))
        self.assertGreaterEqual(os.stat(self.path("out.npy")).st_blocks * 512, 1 << 22)
        self.create("u1", (1 << 22,), "--sparse")
        self.assertLess(os.stat(self.path("out.npy")).st_blocks * 512, 1 << 20)

    def test_byte_orders(self):
        self.assertEqual(self.create("f4", (2,), "--byteorder", "big").dtype, np.dtype(">f4"))
        self.assertEqual(self.create(">f4", (2,)).dtype, np.dtype(">f4"))
        self.assertEqual(self.create(">f4", (2,), "--byteorder", "little").dtype, np.dtype("<f4"))

    def test_fill(self):
        for dtype, text, value in [(">i2", "-5", -5), ("u1", "255", 255), ("i1", "-128", -128),
                                   ("<u8", "18446744073709551615", 2**64 - 1), ("<f4", "1.5", 1.5),
                                   ("<f8", "nan", np.nan), (">f8", "-inf", -np.inf), ("<f4", "7", 7),
                                   ("<c16", "1-2j", 1 - 2j), ("<c8", "3j", 3j), ("?", "1", True),
                                   ("<f8", "1e-3", 1e-3), ("<f8", "+2", 2)]:
            for order in ["C", "F"]:
                found = self.create(dtype, (3, 5), "--fill", text, "--order", order)
                self.assertEqual(found.tobytes(), np.full((3, 5), value, dtype).tobytes())

    def test_fills_that_do_not_fit(self):
        for dtype, text in [("u1", "256"), ("u1", "-1"), ("i1", "128"), ("i4", "1.5"), ("i4", "nan"),
                            ("f8", "1j"), ("S3", "1"), ("<M8[s]", "1"), ("?", "2"), ("{a:<f4}", "1")]:
            self.fails(BAD_DATA, "create", "x.npy", "--dtype", dtype, "--shape", "3", "--fill", text)
        for text in ["", "x", "1,5", "1.5.5", "0x10", "1+", "j", "1+2"]:
            self.fails(USAGE, "create", "x.npy", "--dtype", "f8", "--shape", "3", "--fill", text)

    def test_arange_counts_in_c_order(self):
        for dtype, order, start, step in [("<i4", "C", 0, 1), ("<i4", "F", 5, -2), (">u2", "F", 3, 7),
                                          ("<f8", "C", 0.5, 0.25), (">f4", "F", -3, 2), ("<c16", "C", 1, 2)]:
            expected = (start + np.arange(35 * 11) * step).astype(dtype).reshape(35, 11)
            found = self.create(dtype, (35, 11), "--order", order, "--arange", f"{start},{step}")
            np.testing.assert_array_equal(found, expected)
            self.assertEqual(found.dtype, expected.dtype)

    def test_large_arrays_are_filled_in_blocks(self):
        for order in ["C", "F"]:
            found = self.create("<i8", (3, 1, 400, 301), "--order", order, "--arange", "-7,3",
                                "--memory", "1M")
            np.testing.assert_array_equal(
                found, (np.arange(3 * 400 * 301) * 3 - 7).reshape(3, 1, 400, 301))

    def test_sequences_that_do_not_fit(self):
        for dtype, text in [("u1", "0,1"), ("u1", "5,-1"), ("i1", "100,1"), ("i4", "0.5,1"),
                            ("S3", "0,1"), ("<i8", "9223372036854775807,1"), ("?", "0,1")]:
            self.fails(BAD_DATA, "create", "x.npy", "--dtype", dtype, "--shape", "300", "--arange", text)
        for text in ["1", "1,", ",1", "1,2,3", "a,b", "1;2"]:
            self.fails(USAGE, "create", "x.npy", "--dtype", "f8", "--shape", "3", "--arange", text)

    def test_random_numbers_are_those_of_the_generator(self):
        # The first outputs of mt19937_64 for its default seed, 5489: NumPy's is the 32-bit one.
        found = self.create("<u8", (3,), "--random", "5489")
        self.assertEqual(list(found), [14514284786278117030, 4620546740167642908, 13109570281517897720])
        reals = self.create("<f8", (3,), "--random", "5489")
        self.assertEqual(list(reals), [(int(each) >> 11) / 2**53 for each in found])
        singles = self.create("<f4", (3,), "--random", "5489")
        self.assertEqual([float(each) for each in singles], [(int(each) >> 40) / 2**24 for each in found])
        small = self.create("|i1", (3,), "--random", "5489")
        np.testing.assert_array_equal(small, found.astype("u1").view("i1"))

    def test_seeds_are_decimal_numbers_of_64_bits(self):
        expected = self.create("<u8", (3,), "--random", "10")
        np.testing.assert_array_equal(self.create("<u8", (3,), "--random", "010"), expected)
        self.create("u1", (3,), "--random", str(2**64 - 1))
        for seed in ["-1", "1.5", "0x10", "seed", str(2**64)]:
            self.fails(USAGE, "create", "x.npy", "--dtype", "u1", "--shape", "3", "--random", seed)

    def test_random_numbers_fill_their_range(self):
        for dtype in ["<f2", ">f4", "<f8", "<c8"]:
            found = self.create(dtype, (20000,), "--random", "7")
            for part in [found.real, found.imag] if dtype == "<c8" else [found]:
                self.assertGreaterEqual(part.min(), 0)
                self.assertLess(part.max(), 1)
                self.assertAlmostEqual(part.astype("f8").mean(), 0.5, delta=0.02)
        self.assertEqual(len(np.unique(self.create("u1", (20000,), "--random", "7"))), 256)
        self.assertAlmostEqual(self.create("?", (20000,), "--random", "7").mean(), 0.5, delta=0.02)

    def test_order_and_byte_order_do_not_change_random_values(self):
        plain = self.create("<f8", (30, 40), "--random", "1")
        other = self.create("<f8", (30, 40), "--random", "1", "--order", "F", "--byteorder", "big")
        np.testing.assert_array_equal(plain, other)

    def test_the_format_is_by_ending_or_by_name(self):
        for name, options, format_name in [("a.npy", [], "npy"), ("a.bin", [], "bin"),
                                           ("a.x", ["--format", "bin"], "bin")]:
            self.quarry("create", name, "--dtype", ">f4", "--shape", "3x4", "--arange", "0,1", *options)
            facts = self.info(name)
            self.assertEqual(facts["format"], format_name)
            self.assertEqual(facts["arrays"][0]["shape"], [3, 4])
        self.quarry("create", "a.raw", "--dtype", ">i2", "--shape", "4", "--arange", "0,1")
        self.assertEqual(self.read("a.raw"), np.arange(4, dtype=">i2").tobytes())


class DescribeTest(CommandTest):
    def test_a_described_file_needs_no_layout(self):
        values = some(">i2", (6, 4))
        self.write("a.dat", b"12345678" + values.tobytes())
        self.assertEqual(self.quarry("describe", "a.dat", "--as", ">i2[-1,4]@8"), "")
        sidecar = json.loads(self.read("a.dat.layout.json"))["arrays"][0]
        self.assertEqual((sidecar["dtype"], sidecar["shape"], sidecar["offset"]), (">i2", [6, 4], 8))
        self.quarry("slice", "a.dat", "1:3", "-o", "out.npy")
        self.assert_array("out.npy", values[1:3])

    def test_records_of_a_sidecar(self):
        array = np.zeros(3, [("t", ">f8"), ("ch", ">i2", (4,))])
        array["ch"] = np.arange(12).reshape(3, 4)
        self.write("a.dat", array.tobytes())
        self.quarry("describe", "a.dat", "--as", "{t:>f8, ch:>i2[4]}[-1]")
        self.quarry("slice", "--field", "ch", "a.dat", "1:", "-o", "out.npy")
        self.assert_array("out.npy", array["ch"][1:])

    def test_a_file_with_a_header_is_described_only_by_force(self):
        self.save("a.npy", np.arange(3.0))
        self.fails(USAGE, "describe", "a.npy", "--as", "<f8[3]@128", says=["npy", "--force"])
        self.quarry("describe", "a.npy", "--as", "<f8[2]@128", "--force")
        self.assertEqual(self.info("a.npy")["arrays"][0]["shape"], [2])

    def test_whole_numbers_fill_integers_however_they_are_written(self):
        self.quarry("create", "a.npy", "--dtype", "i4", "--shape", "2", "--fill=-7.0")
        self.assert_array("a.npy", np.array([-7, -7], "i4"))
        self.quarry("create", "b.npy", "--dtype", "u1", "--shape", "2", "--fill", "2e2")
        self.assert_array("b.npy", np.array([200, 200], "u1"))
        for value in ["1.5", "nan", "1e300", "-1.0"]:
            self.fails(BAD_DATA, "create", "c.npy", "--dtype", "u1", "--shape", "2",
                       "--fill=" + value, says="u1 cannot hold")
        self.fails(USAGE, "create", "c.npy", "--dtype", "u1", "--shape", "2", "--random=-1",
                   says="from 0 to 18446744073709551615")

    def test_a_sidecar_is_replaced_only_by_force(self):
        self.write("a.dat", bytes(16))
        self.quarry("describe", "a.dat", "--as", "<f4")
        before = self.read("a.dat.layout.json")
        self.fails(CANNOT_CREATE, "describe", "a.dat", "--as", "<f8", says="layout.json")
        self.assertEqual(self.read("a.dat.layout.json"), before)
        self.fails(CANNOT_CREATE, "describe", "a.dat", "--as", "<f8", says="--force")
        self.quarry("describe", "a.dat", "--as", "<f8", "--force")
        self.assertEqual(self.info("a.dat")["arrays"][0]["shape"], [2])

    def test_what_does_not_fit_writes_no_sidecar(self):
        self.write("a.dat", bytes(10))
        self.fails(BAD_DATA, "describe", "a.dat", "--as", "<f4")
        self.fails(BAD_DATA, "describe", "a.dat", "--as", "<f4[3]")
        self.fails(USAGE, "describe", "a.dat", "--as", "<f4[")
        self.fails(NO_INPUT, "describe", "none.dat", "--as", "<f4")


if __name__ == "__main__":
    unittest.main()
