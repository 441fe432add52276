#!/usr/bin/python3
"""quarry append: rows of one file behind those of another; read back by NumPy."""
import fcntl
import io
import os
import signal
import struct
import unittest
import warnings

import numpy as np

from bin_reader import read_bin
from command import (BAD_DATA, BUSY, INPUT_OUTPUT, NO_INPUT, NO_PERMISSION, USAGE,
                     CommandTest)

RECORD = np.dtype([("t", ">f8"), ("channel \u03b1", "<i2", (3,)), ("name", "S5")])


def old_header(array, align=16):
    """The file as NumPy before 1.23 wrote it: no room beside the alignment of the data."""
    order = array.flags.fnc
    text = (f"{{'descr': {np.lib.format.dtype_to_descr(array.dtype)!r}, 'fortran_order': {order}, "
            f"'shape': {array.shape!r}, }}")
    text += " " * (-(10 + len(text) + 1) % align) + "\n"
    return (b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode("latin1")
            + array.tobytes("A"))


def numbers(shape, dtype="<f4", first=0):
    return (np.arange(np.prod(shape, dtype=int)) + first).astype(dtype).reshape(shape)


def records(count, first=0):
    out = np.zeros(count, RECORD)
    out["t"] = np.arange(count) + first
    out["channel \u03b1"] = numbers((count, 3), first=first)
    out["name"] = [str(i + first).encode() for i in range(count)]
    return out


class AppendTest(CommandTest):
    def header_of(self, name):
        content = self.read(name)
        return content[:10 + struct.unpack("<H", content[8:10])[0]]

    def test_rows_follow_those_that_are_there(self):
        for shape, more in [((3, 4), (2, 4)), ((0,), (5,)), ((7,), (0,)), ((9, 2, 3), (1, 2, 3)),
                            ((0, 3), (4, 3)), ((3, 0), (2, 0)), ((99999,), (1,))]:
            with self.subTest(shape):
                a, b = numbers(shape), numbers(more, first=1000)
                self.save("a.npy", a)
                self.save("b.npy", b)
                self.quarry("append", "a.npy", "b.npy")
                self.assert_array("a.npy", np.concatenate([a, b]))
                self.assertEqual(len(self.read("a.npy")), 128 + 4 * (a.size + b.size))

    def test_only_the_digits_change(self):
        self.save("a.npy", numbers((3, 4)))
        self.save("b.npy", numbers((9, 4)))
        self.quarry("append", "a.npy", "b.npy")
        text = self.header_of("a.npy")
        self.assertIn(b"'shape': (                   12, 4), } ", text)
        self.quarry("append", "a.npy", "b.npy")
        self.assertEqual(self.header_of("a.npy"), text.replace(b"12", b"21"))

    def test_many_inputs_are_one_commit(self):
        for i in range(3):
            self.save(f"{i}.npy", numbers((2, 5), first=i))
        self.save("a.npy", numbers((1, 5)))
        self.quarry("append", "a.npy", "0.npy", "1.npy", "2.npy", "0.npy")
        self.assert_array("a.npy", np.concatenate(
            [numbers((1, 5))] + [numbers((2, 5), first=i) for i in (0, 1, 2, 0)]))
        self.save("short.npy", numbers((2, 4)))
        self.fails(BAD_DATA, "append", "0.npy", "1.npy", "short.npy",
                   says=["short.npy", "(2, 4)", "(2, 5)"])
        self.assert_array("0.npy", numbers((2, 5)))

    def test_fortran_order_grows_along_the_last_axis(self):
        a, b = np.asfortranarray(numbers((3, 4))), numbers((3, 2), first=100)
        for more in [b, np.asfortranarray(b)]:
            self.save("a.npy", a)
            self.save("b.npy", more)
            self.quarry("append", "a.npy", "b.npy")
            self.assert_array("a.npy", np.concatenate([a, b], axis=1))
            self.assertTrue(self.load("a.npy").flags.f_contiguous)
        self.save("b.npy", numbers((2, 4)))
        self.fails(BAD_DATA, "append", "a.npy", "b.npy", says=["(2, 4)", "axis 1"])

    def test_rows_are_converted_on_their_way(self):
        a = numbers((3, 4), ">f4")
        for b in [numbers((2, 4), "<f4"), np.asfortranarray(numbers((2, 4), "<f4"))]:
            self.save("a.npy", a)
            self.save("b.npy", b)
            self.quarry("append", "a.npy", "b.npy")
            self.assert_array("a.npy", np.concatenate([a, b]).astype(">f4"))

    def test_records_and_names_beyond_latin_1(self):
        warnings.simplefilter("ignore", UserWarning)  # of NumPy about version 3
        self.save("a.npy", records(3))
        self.assertEqual(self.read("a.npy")[6], 3)  # UTF-8
        self.save("b.npy", records(9, first=50))
        self.quarry("append", "a.npy", "b.npy")
        self.assert_array("a.npy",
                          np.concatenate([records(3), records(9, first=50)]).astype(RECORD))
        latin = np.zeros(2, [("\u00e4\u00f6", "<i4"), ("b", "<f8")])
        self.save("a.npy", latin)
        self.save("b.npy", latin)
        self.quarry("append", "a.npy", "b.npy")
        self.assert_array("a.npy", np.concatenate([latin, latin]))

    def test_more_rows_than_the_buffer_holds(self):
        a, b = numbers((5, 1000), "<i4"), numbers((3000, 1000), ">i4", first=7)
        self.save("a.npy", a)
        self.save("b.npy", b)
        self.quarry("append", "--sync", "a.npy", "b.npy")
        self.assert_array("a.npy", np.concatenate([a, b]).astype("<i4"))
        wide = np.asfortranarray(numbers((700000, 2), "<i4"))
        self.save("a.npy", wide)
        self.save("b.npy", numbers((700000, 1), "<i4"))
        self.quarry("append", "a.npy", "b.npy")
        self.assert_array("a.npy", np.concatenate([wide, numbers((700000, 1), "<i4")], axis=1))

    def test_a_file_without_room_is_written_anew_once(self):
        for align in [1, 16, 64]:
            for a in [numbers((3, 4)), np.asfortranarray(numbers((5, 7, 2)))]:
                with self.subTest(align=align, shape=a.shape):
                    axis = a.ndim - 1 if a.ndim == 3 else 0
                    self.write("a.npy", old_header(a, align))
                    self.save("b.npy", a)
                    os.chmod(self.path("a.npy"), 0o640)
                    run = self.finished("append", "a.npy", "b.npy")
                    self.assertEqual(run.returncode, 0, run.stderr)
                    expected = np.concatenate([a, a], axis=axis)
                    self.assert_array("a.npy", expected)
                    self.assertEqual(os.stat(self.path("a.npy")).st_mode & 0o777, 0o640)
                    if run.stderr:
                        self.assert_one_line(run.stderr)
                        self.assertIn(b"a.npy: warning: was written anew", run.stderr)
                    else:
                        self.assertEqual(align, 64)  # whose padding can be room enough
                    self.quarry("append", "a.npy", "b.npy")
                    self.assert_array("a.npy", np.concatenate([expected, a], axis=axis))

    def test_a_header_over_several_sectors(self):
        for fields in range(20, 60):
            dtype = np.dtype([(f"f{i}", "<i4") for i in range(fields)])
            a = numbers((3 * fields,), "<i4").view(dtype)
            self.save("a.npy", a)
            self.save("b.npy", np.tile(a, 4))
            run = self.finished("append", "a.npy", "b.npy")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assert_array("a.npy", np.tile(a, 5))
            number = self.header_of("a.npy").rindex(b"15")
            self.assertEqual((number - 19) // 512, (number + 1) // 512)
            self.quarry("append", "a.npy", "b.npy")
            self.assert_array("a.npy", np.tile(a, 9))

    def test_the_parts_of_a_virtual_stack(self):
        for name in ["a", "b", "c"]:
            self.save(f"{name}.npy", numbers((2, 4), first=ord(name)))
        self.quarry("stack", "rows.layout.json", "b.npy", "c.npy", "--virtual")
        self.quarry("append", "a.npy", "rows.layout.json")
        self.assert_array("a.npy", np.concatenate([numbers((2, 4), first=ord(i)) for i in "abc"]))
        self.quarry("stack", "beside.layout.json", "b.npy", "c.npy", "--virtual", "--axis", "1")
        self.fails(BAD_DATA, "append", "a.npy", "beside.layout.json", says=["axis 1", "axis 0"])

    def test_a_link_is_followed(self):
        self.save("a.npy", numbers((3,)))
        os.symlink("a.npy", self.path("link.npy"))
        self.save("b.npy", numbers((2,)))
        self.quarry("append", "link.npy", "b.npy")
        self.assert_array("a.npy", np.concatenate([numbers((3,)), numbers((2,))]))
        self.assertTrue(os.path.islink(self.path("link.npy")))


class BinTest(CommandTest):
    def test_a_typed_bin_grows(self):
        a, b = numbers((3, 4), ">f4"), numbers((9, 4), "<f4", first=100)
        self.save("a.npy", a)
        self.save("b.npy", b)
        self.quarry("convert", "a.npy", "-o", "a.bin::heights", "--attribute", "units=m")
        for count in range(1, 4):
            self.quarry("append", "a.bin", "b.npy")
            found, header = read_bin(self.read("a.bin"))
            np.testing.assert_array_equal(found, np.concatenate([a] + [b] * count))
            self.assertEqual(found.dtype, np.dtype(">f4"))
            self.assertEqual(header["arrays"][0]["name"], "heights")
            self.assertEqual(header["arrays"][0]["attributes"], {"units": "m"})
        self.assertEqual(self.info("--strict", "a.bin")["arrays"][0]["shape"], [30, 4])

    def test_fortran_order(self):
        a = np.asfortranarray(numbers((3, 4)))
        self.save("a.npy", a)
        self.quarry("convert", "a.npy", "-o", "a.bin", "--order", "keep")
        self.quarry("append", "a.bin", "a.npy")
        np.testing.assert_array_equal(read_bin(self.read("a.bin"))[0], np.concatenate([a, a], 1))

    def test_a_header_of_more_than_a_sector_is_written_anew(self):
        dtype = np.dtype([(f"field number {i}", "<i4") for i in range(40)])
        a = numbers((3 * 40,), "<i4").view(dtype)
        self.save("a.npy", a)
        self.quarry("convert", "a.npy", "-o", "a.bin", "--attribute", "shape=3")
        run = self.finished("append", "a.bin", "a.npy")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(b"written anew", run.stderr)
        self.quarry("append", "a.bin", "a.npy")
        found, header = read_bin(self.read("a.bin"))
        self.assertEqual(found.tobytes(), np.tile(a, 3).tobytes())
        self.assertEqual(header["arrays"][0]["attributes"], {"shape": 3})

    def test_a_file_of_several_arrays_does_not_grow(self):
        np.savez(self.path("a.npz"), a=numbers((3,)), b=numbers((3,)))
        self.save("b.npy", numbers((3,)))
        self.fails(BAD_DATA, "append", "a.npz", "b.npy", says=["npy, bin", "npz"])


class RefusalTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.save("a.npy", numbers((3, 4)))
        self.save("b.npy", numbers((2, 4)))
        self.before = self.read("a.npy")

    def refuses(self, status, *arguments, says=(), **options):
        self.fails(status, "append", *arguments, says=says, **options)
        self.assertEqual(self.read("a.npy"), self.before)

    def test_row_80_rows_that_do_not_fit(self):
        for name, rows in [("type.npy", numbers((2, 4), "<f8")), ("kind.npy", numbers((2, 4), "<i4")),
                           ("shape.npy", numbers((2, 5))), ("rank.npy", numbers((4,))),
                           ("scalar.npy", np.float32(3))]:
            self.save(name, rows)
            self.refuses(BAD_DATA, "a.npy", name, says=name + ": rows of")
            self.refuses(BAD_DATA, "a.npy", "b.npy", name, says=name + ": rows of")
        self.save("scalar.npy", np.float32(3))
        self.fails(BAD_DATA, "append", "scalar.npy", "b.npy", says="scalar")

    def test_row_80_a_file_appended_to_itself(self):
        os.link(self.path("a.npy"), self.path("hard.npy"))
        os.symlink("a.npy", self.path("soft.npy"))
        for name in ["a.npy", "./a.npy", "hard.npy", "soft.npy"]:
            self.refuses(USAGE, "a.npy", "b.npy", name, says="itself")

    def test_a_file_appended_to_itself_as_part_of_a_stack(self):
        self.quarry("stack", "rows.layout.json", "b.npy", "a.npy", "--virtual")
        before = os.stat(self.path("a.npy")).st_mtime_ns
        self.refuses(USAGE, "a.npy", "b.npy", "rows.layout.json", says=["a.npy", "itself"])
        self.assertEqual(os.stat(self.path("a.npy")).st_mtime_ns, before)

    def test_no_such_file(self):
        self.refuses(NO_INPUT, "none.npy", "b.npy", says="none.npy")
        self.refuses(NO_INPUT, "a.npy", "none.npy", says="none.npy")
        self.refuses(BAD_DATA, ".", "b.npy", says="directory")
        self.refuses(USAGE, "a.npy")
        self.refuses(USAGE, "a.npy", "b.npy", "--lock-wait", "-1", says="--lock-wait")
        self.refuses(USAGE, "a.npy", "b.npy", "--lock-wait", "soon", says="--lock-wait")

    def test_a_file_that_may_not_be_written(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        os.chmod(self.directory, 0o755)
        self.refuses(NO_PERMISSION, "a.npy", "b.npy", user="nobody", says="a.npy")

    def test_a_file_that_is_too_short(self):
        self.write("a.npy", self.before[:-1])
        self.before = self.before[:-1]
        self.refuses(BAD_DATA, "a.npy", "b.npy", says="1 are missing")

    def test_bytes_behind_the_data_that_are_not_an_appenders(self):
        two = io.BytesIO()
        np.save(two, numbers((3, 4)))
        np.save(two, numbers((3, 4)))
        self.before = two.getvalue()
        self.write("a.npy", self.before)
        self.refuses(BAD_DATA, "a.npy", "b.npy", says="no appender left them")

    def test_row_81_another_appender_is_at_work(self):
        whole = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        with open(self.path("a.npy"), "r+b") as file:
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, whole)
            self.refuses(BUSY, "a.npy", "b.npy", says="another process appends")
            self.refuses(BUSY, "a.npy", "b.npy", "--lock-wait", "0.05")
            process = self.start("append", "a.npy", "b.npy", "--lock-wait", "100")
            self.assertIsNone(process.poll())
        self.assertEqual(process.communicate(timeout=300)[1], b"")
        self.assert_array("a.npy", np.concatenate([numbers((3, 4)), numbers((2, 4))]))

    def test_a_signal_while_it_waits_for_another(self):
        whole = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        with open(self.path("a.npy"), "r+b") as file:
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, whole)
            process = self.start("append", "a.npy", "b.npy", "--lock-wait", "1e6")
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.communicate(timeout=300), (b"", b""))
            self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertEqual(self.read("a.npy"), self.before)

    def test_a_signal_at_work_leaves_the_old_rows(self):
        self.quarry("create", "--sparse", "big.npy", "--dtype", "<f4", "--shape", "20000000,4")
        process = self.start("append", "--progress", "always", "a.npy", "big.npy")
        self.assertEqual(self.interrupted(process), -signal.SIGINT)
        self.assert_array("a.npy", numbers((3, 4)))
        self.assertEqual(len(self.read("a.npy")), 128 + 48)
        self.quarry("info", "--strict", "a.npy")

    def test_a_large_input_keeps_to_the_memory(self):
        self.quarry("create", "out.npy", "--dtype", "<f4", "--shape", "0,1024")
        for name, rows in [("small", 1), ("large", 1 << 15)]:  # 128 MiB
            self.quarry("create", name + ".npy", "--dtype", ">f4", "--shape", f"{rows},1024",
                        "--sparse")
        least = self.peak_bytes("append", "out.npy", "small.npy")
        for inputs in [["large.npy"], ["large.npy"] * 2]:
            self.assertLess(self.peak_bytes("append", "out.npy", *inputs, "--memory", "16M"),
                            least + (32 << 20))

    def test_the_input_that_does_not_fit_is_named(self):
        self.save("b.npy", numbers((2, 4)))
        self.save("c.npy", numbers((2, 3)))
        self.fails(BAD_DATA, "append", "a.npy", "b.npy", "c.npy", says="c.npy: rows of shape (2, 3)")

    def test_two_appenders_at_once(self):
        self.save("b.npy", numbers((100000, 4), first=5))
        running = [self.start("append", "a.npy", "b.npy", "--lock-wait", "100") for _ in range(4)]
        for process in running:
            self.assertEqual(process.communicate(timeout=300)[1], b"")
        self.assert_array("a.npy", np.concatenate(
            [numbers((3, 4))] + [numbers((100000, 4), first=5)] * 4))

    def test_a_full_disk(self):
        disk = self.small_disk()
        self.save("small/a.npy", numbers((30000, 4)))
        self.save("b.npy", numbers((40000, 4)))
        self.save("small.npy", numbers((20000, 4)))
        space = os.statvfs(disk).f_bfree
        content = self.read("small/a.npy")
        for option in [[], ["--sync"]]:
            self.fails(INPUT_OUTPUT, "append", *option, "small/a.npy", "small.npy", "b.npy",
                       says=["small/a.npy", "No space left"])
            self.assertEqual(os.statvfs(disk).f_bfree, space)
            self.assert_array("small/a.npy", numbers((30000, 4)))
            self.assertEqual(len(self.read("small/a.npy")), len(content))
        self.quarry("append", "small/a.npy", "small.npy")
        self.assert_array("small/a.npy", np.concatenate([numbers((30000, 4)), numbers((20000, 4))]))

    def test_a_stack_that_casts_is_not_appended(self):
        self.save("a.npy", numbers((3, 4), "<i4"))
        self.save("b.npy", numbers((3, 4), "<i2"))
        self.quarry("stack", "s.layout.json", "a.npy", "b.npy", "--virtual")
        self.save("out.npy", numbers((1, 4), "<i4"))
        self.save("c.npy", numbers((2, 4), ">i4"))
        self.quarry("stack", "both.layout.json", "a.npy", "c.npy", "--virtual")
        self.quarry("append", "out.npy", "both.layout.json")
        self.assert_array("out.npy", np.concatenate(
            [numbers((n, 4), "<i4") for n in (1, 3, 2)]))
        self.fails(BAD_DATA, "append", "out.npy", "s.layout.json",
                   says=["s.layout.json", "a part of <i2 in a stack of <i4", "convert"])

    def test_space_taken_ahead_is_given_back_and_no_need(self):
        disk = self.small_disk()
        page = os.statvfs(disk).f_frsize
        self.save("small/a.npy", np.zeros((3, page), "u1"))
        self.save("row.npy", np.ones((1, page), "u1"))
        before = os.statvfs(disk).f_bfree
        self.quarry("append", "small/a.npy", "row.npy")
        self.assertEqual(os.statvfs(disk).f_bfree, before - 1)
        self.write("small/filler", bytes((before - 2) * page))
        self.quarry("append", "small/a.npy", "row.npy")
        self.assertEqual(os.statvfs(disk).f_bfree, 0)
        self.fails(INPUT_OUTPUT, "append", "small/a.npy", "row.npy", says="No space left")
        self.assert_array("small/a.npy", np.repeat([[0], [1]], [3, 2], axis=0).astype("u1")
                          * np.ones((1, page), "u1"))


if __name__ == "__main__":
    unittest.main()
