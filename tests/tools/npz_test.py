#!/usr/bin/python3
""".npz through the command, against NumPy, Python's zipfile and unzip."""
import io
import subprocess
import unittest
import zipfile

import numpy as np

from command import BAD_DATA, NO_INPUT, USAGE, CommandTest

RECORD = np.dtype([("t", ">f8"), ("id", "<u4"), ("tag", "S3")])


class ReadTest(CommandTest):
    def pack(self, name, save=np.savez, **arrays):
        file = io.BytesIO()
        save(file, **arrays)
        return self.write(name, file.getvalue())

    def test_every_hundredth_of_a_member(self):
        signal = np.arange(100001, dtype="<f4")
        for save in (np.savez, np.savez_compressed):
            self.pack("pack.npz", save, mask=signal > 7, signal=signal)
            self.quarry("slice", "--force", "pack.npz::signal", "::100", "-o", "s.npy")
            self.assert_array("s.npy", np.load(self.path("pack.npz"))["signal"][::100])

    def test_the_first_is_taken_and_names_may_have_folders(self):
        self.pack("pack.npz", a=np.arange(3), **{"run 1/x": np.arange(4.0)})
        self.assertEqual(self.quarry("print", "pack.npz"), "[0 1 2]\n")
        self.assertEqual(self.quarry("print", "pack.npz::run 1/x"), "[0. 1. 2. 3.]\n")
        self.assertEqual(self.quarry("print", "pack.npz::1"), "[0. 1. 2. 3.]\n")
        self.fails(NO_INPUT, "print", "pack.npz::y", says=["'a'", "'run 1/x'"])

    def test_records_and_turned_arrays(self):
        table = np.zeros(5, RECORD)
        table["t"] = np.arange(5) / 2
        turned = np.asfortranarray(np.arange(12, dtype=">i2").reshape(3, 4))
        self.pack("pack.npz", table=table, turned=turned)
        self.quarry("slice", "pack.npz::table", "1::2", "--field", "t", "-o", "t.npy")
        self.assert_array("t.npy", table["t"][1::2])
        self.quarry("slice", "pack.npz::turned", "1:, ::-1", "-o", "u.npy")
        self.assert_array("u.npy", turned[1:, ::-1])

    def test_info_lists_arrays_and_what_is_skipped(self):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("notes.txt", "none")
            with archive.open("a.npy", "w") as member:
                np.lib.format.write_array(member, np.arange(3))
        self.write("pack.npz", file.getvalue())
        facts = self.info("pack.npz")
        self.assertEqual(facts["format"], "npz")
        self.assertEqual([each["name"] for each in facts["arrays"]], ["a"])
        self.assertEqual(facts["skipped"][0]["name"], "notes.txt")
        self.fails(BAD_DATA, "print", "pack.npz::notes.txt", says="it is no .npy")

    def test_an_archive_that_was_cut_is_refused(self):
        self.pack("pack.npz", a=np.arange(100))
        self.write("short.npz", self.read("pack.npz")[:-30])
        self.fails(BAD_DATA, "print", "short.npz", says="cut short")


class WriteTest(CommandTest):
    def check(self, name, key, expected):
        """NumPy reads the array, its data are aligned, and the archive passes its own tests."""
        found = np.load(self.path(name))
        self.assertEqual(found.files, [key])
        self.assertEqual(found[key].dtype, expected.dtype)
        self.assertEqual(found[key].tobytes(), expected.tobytes())
        with zipfile.ZipFile(self.path(name)) as archive:
            self.assertIsNone(archive.testzip())
        subprocess.run(["unzip", "-tqq", self.path(name)], check=True)
        self.assertEqual(self.info(name)["arrays"][0]["offset"] % 64, 0)

    def test_numpy_reads_what_is_written(self):
        arrays = [np.arange(-6, 6, dtype=">f4").reshape(3, 4), np.zeros((0, 3)), np.array(2.5),
                  np.zeros(5, RECORD), np.array(["a", "bc"])]
        for array in arrays:
            self.save("a.npy", array)
            self.quarry("slice", "--force", "a.npy", "...", "-o", "out.npz::signal")
            self.check("out.npz", "signal", array)

    def test_an_array_without_a_name_is_called_as_savez_does(self):
        self.save("a.npy", np.arange(5))
        self.quarry("slice", "a.npy", "1:", "-o", "out.npz")
        self.check("out.npz", "arr_0", np.arange(1, 5))

    def test_names_in_folders_and_beyond_ascii(self):
        self.save("a.npy", np.arange(5))
        for name in ["run 1/x", "gr\u00fcn", "n" * 300]:
            self.quarry("slice", "--force", "a.npy", "...", "-o", f"out.npz::{name}")
            self.check("out.npz", name, np.arange(5))

    def test_fortran_order_stays(self):
        self.quarry("create", "out.npz::a", "--dtype", "<i2", "--shape", "3,4", "--order", "F",
                    "--arange", "0,1")
        expected = np.arange(12, dtype="<i2").reshape(3, 4)
        self.check("out.npz", "a", expected)
        self.assertTrue(np.load(self.path("out.npz"))["a"].flags.f_contiguous)

    def test_several_mebibytes_in_place_of_an_old_archive(self):
        array = np.arange(3 << 20, dtype="<u4")
        self.save("a.npy", array)
        self.quarry("create", "out.npz", "--dtype", "u1", "--shape", "3")
        self.fails(73, "convert", "a.npy", "-o", "out.npz::big", says="--force")
        self.quarry("convert", "--force", "a.npy", "-o", "out.npz::big", "--byteorder", "big")
        self.check("out.npz", "big", array.astype(">u4"))

    def test_checksums_keep_to_the_memory(self):
        self.quarry("create", "--sparse", "large.npy", "--dtype", "u1", "--shape", str(1 << 27))
        plain, checked = (self.peak_bytes("convert", "large.npy", "--memory", "4M", "-o", out)
                          for out in ["out.npy", "out.npz"])
        self.assertLess(checked, plain + (1 << 24))

    def test_types_that_numpy_lacks_must_be_asked_for(self):
        self.save("a.npy", np.arange(3, dtype="<i4"))
        self.quarry("convert", "a.npy", "-o", "b.bin", "--dtype", "<i3")
        self.fails(BAD_DATA, "slice", "b.bin", "...", "-o", "c.npz", says="NumPy has no type")

    def test_formats_without_names_refuse_one(self):
        self.save("a.npy", np.arange(3))
        self.fails(USAGE, "slice", "a.npy", "...", "-o", "b.npy::x", says="no names")


if __name__ == "__main__":
    unittest.main()
