#!/usr/bin/python3
"""quarry print --follow: rows on standard output as others commit them."""
import json
import os
import signal
import unittest

import numpy as np

from command import BAD_DATA, INPUT_OUTPUT, NO_INPUT, USAGE, CommandTest

TRADE = np.dtype([("id", "<i4"), ("price", ">f8")])


class FollowTest(CommandTest):
    def follow(self, *arguments):
        process = self.start("print", "--follow", *arguments)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def lines(self, process, count):
        return [process.stdout.readline().decode() for _ in range(count)]

    def append(self, name, rows):
        self.save("rows.npy", rows)
        self.quarry("append", name, "rows.npy")

    def interrupt(self, process):
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.communicate(timeout=300), (b"", b""))
        self.assertEqual(process.returncode, -signal.SIGINT)

    def test_the_last_rows_and_then_each_that_comes(self):
        self.save("a.npy", np.arange(40, dtype="<i4").reshape(20, 2))
        process = self.follow("a.npy")
        self.assertEqual(self.lines(process, 10), [f"[{i} {i + 1}]\n" for i in range(20, 40, 2)])
        self.append("a.npy", np.array([[7, 8]], "<i4"))
        self.assertEqual(self.lines(process, 1), ["[7 8]\n"])
        self.append("a.npy", np.array([[1, 2], [3, 4]], ">i4"))
        self.assertEqual(self.lines(process, 2), ["[1 2]\n", "[3 4]\n"])
        self.interrupt(process)

    def test_a_typed_bin_from_nothing(self):
        self.quarry("create", "a.bin::x", "--dtype", "f8", "--shape", "0")
        process = self.follow("a.bin::x")
        self.append("a.bin", np.array([1.5, 2]))
        self.assertEqual(self.lines(process, 2), ["1.5\n", "2.0\n"])
        self.interrupt(process)

    def test_columns_in_fortran_order(self):
        self.save("a.npy", np.asfortranarray(np.arange(6, dtype="<i2").reshape(3, 2)))
        process = self.follow("a.npy")
        self.assertEqual(self.lines(process, 2), ["[0 2 4]\n", "[1 3 5]\n"])
        self.append("a.npy", np.array([[7], [8], [9]], "<i2"))
        self.assertEqual(self.lines(process, 1), ["[7 8 9]\n"])
        self.interrupt(process)
        planes = np.asfortranarray(np.arange(12, dtype="<i2").reshape(2, 3, 2))
        self.save("b.npy", planes)
        process = self.follow("b.npy")
        self.assertEqual("".join(self.lines(process, 4)), "".join(
            f"{planes[..., i]}\n" for i in range(2)))
        self.interrupt(process)

    def test_csv_has_one_line_of_names(self):
        self.save("a.npy", np.array([(1, 0.5)], TRADE))
        process = self.follow("a.npy", "--csv")
        self.assertEqual(self.lines(process, 2), ["id,price\n", "1,0.5\n"])
        self.append("a.npy", np.array([(2, 1.5), (3, 2.5)], TRADE))
        self.assertEqual(self.lines(process, 2), ["2,1.5\n", "3,2.5\n"])
        self.interrupt(process)

    def test_json_has_a_value_a_row(self):
        self.save("a.npy", np.array([(1, 0.5)], TRADE))
        process = self.follow("a.npy", "--json", "--field", "price,id")
        self.assertEqual(json.loads(self.lines(process, 1)[0]), {"price": 0.5, "id": 1})
        self.append("a.npy", np.array([(2, np.nan)], TRADE))
        self.assertEqual(json.loads(self.lines(process, 1)[0]), {"price": None, "id": 2})
        self.interrupt(process)

    def test_a_file_that_is_written_anew(self):
        header = b"{'descr':'<i8','fortran_order':False,'shape':(1,)}\n"
        self.write("a.npy", b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + bytes(8))
        process = self.follow("a.npy")
        self.assertEqual(self.lines(process, 1), ["0\n"])
        self.save("rows.npy", np.array([5], "<i8"))
        self.assertEqual(self.finished("append", "a.npy", "rows.npy").returncode, 0)
        self.assertEqual(self.lines(process, 1), ["5\n"])
        self.append("a.npy", np.array([6], "<i8"))
        self.assertEqual(self.lines(process, 1), ["6\n"])
        self.interrupt(process)

    def test_a_file_with_other_rows(self):
        self.save("a.npy", np.arange(3))
        process = self.follow("a.npy")
        self.lines(process, 3)
        self.save("b.npy", np.arange(2))
        os.rename(self.path("b.npy"), self.path("a.npy"))
        said = process.communicate(timeout=300)[1]
        self.assertEqual(process.returncode, INPUT_OUTPUT)
        self.assert_one_line(said)
        self.assertIn(b"a.npy: has 2 rows by now, it had 3", said)

    def test_what_cannot_be_followed(self):
        self.save("a.npy", np.arange(3))
        np.savez(self.path("a.npz"), a=np.arange(3))
        self.fails(USAGE, "print", "--follow", "a.npy", "0:2")
        self.fails(USAGE, "print", "--follow", "a.npy", "--full")
        for option in ["--strict", "--allow-prefix"]:
            self.fails(USAGE, "print", "--follow", "a.npy", option, says="a.npy")
        self.fails(NO_INPUT, "print", "--follow", "none.npy")
        self.fails(NO_INPUT, "print", "--follow", "a.npy::x", says="no array 'x'")
        self.fails(BAD_DATA, "print", "--follow", "a.npz", says="npy, bin")


if __name__ == "__main__":
    unittest.main()
