#!/usr/bin/python3
"""Inputs of the command: names, bad files, what info says. Rows are those of the catalogue of bad
inputs."""
import json
import os
import socket
import subprocess
import unittest

import numpy as np

from command import BAD_DATA, INPUT_OUTPUT, NO_INPUT, NO_PERMISSION, USAGE, CommandTest


class NamesTest(CommandTest):
    def test_a_file_whose_name_holds_colons_comes_first(self):
        self.save("a", [1])
        self.save("a::b", [2, 3])
        self.assertEqual(self.info("a::b")["arrays"][0]["shape"], [2])
        self.quarry("slice", "a::b", ":", "-o", "out.npy")
        self.assert_array("out.npy", np.array([2, 3]))

    def test_digits_behind_colons_count_the_arrays(self):
        self.save("a.npy", [1, 2])
        self.quarry("slice", "a.npy::0", "1:", "-o", "out.npy")
        self.assert_array("out.npy", np.array([2]))

    def test_an_array_that_is_not_there_is_no_input(self):
        self.save("a.npy", [1, 2])
        self.fails(NO_INPUT, "slice", "a.npy::b", "1:", "-o", "out.npy", says=["a.npy", "'b'"])

    def test_a_name_for_the_only_array_without_one_is_to_be_left_out(self):
        self.save("a.npy", [1, 2])
        self.fails(NO_INPUT, "info", "a.npy::x",
                   says="a.npy: no array 'x': the file's one array has no name, so leave '::x' out")

    def test_a_file_that_starts_with_a_dash_is_read_behind_two_dashes(self):
        self.save("-5", [1, 2])
        self.quarry("slice", "-o", "out.npy", "--", "-5", "-1:")
        self.assert_array("out.npy", np.array([2]))


class InfoTest(CommandTest):
    def test_json_says_what_numpy_says(self):
        for array in [np.zeros((2, 3), ">f4"), np.asfortranarray(np.zeros((4, 5), "<i2")),
                      np.zeros((), "u1"), np.zeros((3, 0)), np.zeros(7, "S5"),
                      np.zeros(3, [("a", ">f8"), ("b", "<i2", (2,))])]:
            self.save("a.npy", array)
            facts = self.info("a.npy")
            self.assertEqual(facts["path"], "a.npy")
            self.assertEqual(facts["format"], "npy")
            self.assertEqual(facts["file_bytes"], os.path.getsize(self.path("a.npy")))
            found = facts["arrays"][0]
            descr = found["dtype"]
            if isinstance(descr, list):
                descr = [tuple(each) for each in descr]
            self.assertEqual(np.dtype(descr), array.dtype)
            self.assertEqual(found["shape"], list(array.shape))
            self.assertEqual(found["nbytes"], array.nbytes)
            self.assertEqual(found["offset"], 128)
            self.assertEqual(found["alignment"], 128)
            if array.size:
                self.assertEqual(found["strides"], list(array.strides))
                both = array.flags.c_contiguous and array.flags.f_contiguous
                one = "C" if array.flags.c_contiguous else "F"
                self.assertEqual(found["order"], "C+F" if both else one)

    def test_the_format_can_be_said(self):
        self.save("a.npy", [1, 2])
        for option in ["--format", "--input-format"]:
            self.assertEqual(self.info("a.npy", option, "npy")["format"], "npy")
            self.fails(BAD_DATA, "info", "a.npy", option, "bin", says="a.npy")
            self.fails(USAGE, "info", "a.npy", option, "none", says="'none'")
            self.fails(BAD_DATA, "print", "a.npy", option, "bin", says="a.npy")

    def test_several_files_make_a_list(self):
        self.save("a.npy", [1])
        self.save("b.npy", [1, 2])
        self.assertEqual([each["path"] for each in self.info("a.npy", "b.npy")], ["a.npy", "b.npy"])

    def test_text_names_every_fact(self):
        self.save("a.npy", np.zeros((100, 1000), ">f4"))
        text = self.quarry("info", "a.npy")
        for fact in ["npy", ">f4", "(100, 1000)", "100000 elements", "(4000, 4) bytes", "C", "big",
                     "128 bytes", "400000 bytes (390.6 KiB)"]:
            self.assertIn(fact, text)

    def test_what_numbers_mean_is_one_line(self):
        def scaled(**scaling):
            array = {"dtype": "<i2", "shape": [2, 3], "scaling": scaling}
            self.write("a.dat.layout.json", json.dumps({"arrays": [array]}).encode())
            lines = [each for each in self.quarry("info", "a.dat").splitlines() if "scaling" in each]
            return lines, self.info("a.dat")["arrays"][0].get("scaling")

        self.write("a.dat", bytes(12))
        self.assertEqual(scaled(scale=0.25, offset=-3, blank=-1),
                         (["  scaling     raw * 0.25 - 3.0, blank: -1.0"],
                          {"scale": 0.25, "offset": -3, "blank": -1}))
        self.assertEqual(scaled(scale=[1, 2, 3], axis=1),
                         (["  scaling     raw * scale + offset, of their own for each index of axis 1"],
                          {"scale": [1, 2, 3], "axis": 1}))
        self.assertEqual(scaled(scale=1, offset=0), ([], None))

    def test_a_layout_reads_a_headerless_file(self):
        self.write("camera.dat", bytes(1000))
        facts = self.info("camera.dat", "--as", ">i2[-1,4,5]@40")
        self.assertEqual(facts["format"], "raw")
        found = facts["arrays"][0]
        self.assertEqual((found["shape"], found["offset"], found["alignment"]), ([24, 4, 5], 40, 8))

    def test_control_bytes_of_a_name_are_escaped(self):
        self.save("a\nb\x1b.npy", [1])
        self.assertIn("a\\nb\\x1b.npy", self.quarry("info", "a\nb\x1b.npy"))


class ExternalDataTest(CommandTest):
    """Headers that lead elsewhere: /etc/passwd must not become an array by accident."""

    def setUp(self):
        super().setUp()
        for folder in ["home", "store", "other"]:
            os.mkdir(self.path(folder))
        self.write("store/data", bytes(range(12)))
        array = {"file": "../store/data", "dtype": "<i2", "shape": [6]}
        self.write("home/a.layout.json", json.dumps({"arrays": [array]}).encode())

    def test_every_verb_that_reads_needs_the_option(self):
        for line in [["info", "home/a.layout.json"], ["print", "home/a.layout.json"],
                     ["slice", "home/a.layout.json", ":", "-o", "out.npy"],
                     ["convert", "home/a.layout.json", "-o", "out.npy"]]:
            self.fails(BAD_DATA, *line, says=["'..'", "--allow-external"])
            self.fails(BAD_DATA, *line, "--allow-external", "other", says="--allow-external")
            self.quarry(*line, "--allow-external", "other", "--allow-external", "store")
            if "out.npy" in line:
                self.assert_array("out.npy", np.frombuffer(bytes(range(12)), "<i2"))
                os.remove(self.path("out.npy"))

    def test_the_option_takes_one_directory_a_time(self):
        self.fails(USAGE, "info", "home/a.layout.json", "--allow-external")
        self.quarry("info", "--allow-external", "store", "home/a.layout.json")

    def test_the_output_is_never_the_data(self):
        self.fails(USAGE, "convert", "home/a.layout.json", "--allow-external", "store", "--force",
                   "-o", "store/data", "--format", "raw", says="the input")
        self.assertEqual(self.read("store/data"), bytes(range(12)))


class BadFilesTest(CommandTest):
    """Each test is named by its row of the catalogue."""

    def test_row_40_a_file_shorter_than_its_shape(self):
        content = self.read(self.save("a.npy", np.arange(12, dtype="<i4").reshape(4, 3)))
        self.write("a.npy", content[:-8])
        self.fails(BAD_DATA, "info", "a.npy", says=["a.npy", "8"])
        self.fails(BAD_DATA, "slice", "a.npy", ":", "-o", "out.npy")
        self.assertEqual(self.info("--allow-prefix", "a.npy")["arrays"][0]["shape"], [3, 3])
        self.quarry("slice", "--allow-prefix", "a.npy", ":", "-o", "out.npy")
        self.assert_array("out.npy", np.arange(9, dtype="<i4").reshape(3, 3))

    def test_row_42_trailing_bytes(self):
        content = self.read(self.save("a.npy", np.arange(3)))
        self.write("a.npy", content + b"tail!")
        run = self.finished("info", "a.npy")
        self.assertEqual(run.returncode, 0)
        self.assert_one_line(run.stderr)
        self.assertTrue(run.stderr.startswith(b"quarry: a.npy: warning: "), run.stderr)
        self.quarry("slice", "--quiet", "a.npy", ":", "-o", "out.npy")
        self.fails(BAD_DATA, "info", "--strict", "a.npy", says="5")

    def test_row_43_object_arrays_are_shown_and_never_read(self):
        np.save(self.path("a.npy"), np.array([None, {}], dtype=object), allow_pickle=True)
        self.assertEqual(self.info("a.npy")["arrays"][0]["dtype"], "|O")
        self.assertIn("never read", self.quarry("info", "a.npy"))
        self.fails(BAD_DATA, "slice", "a.npy", ":", "-o", "out.npy", says="object")
        self.fails(BAD_DATA, "convert", "a.npy", "-o", "out.npy", says="object")

    def test_row_54_sidecars(self):
        self.write("a.dat", bytes(16))
        for text in [b"", b"[]", b"{}", b'{"arrays": []}', b'{"arrays": [{"shape": [1]}]}',
                     b'{"arrays": [{"dtype": "<f4", "shape": "4"}]}',
                     b'{"arrays": [{"dtype": "<f4", "shape": [NaN]}]}',
                     b'{"arrays": [{"dtype": "<f4", "shape": [1e400]}]}',
                     b'{"arrays": [{"dtype": "<f4", "dtype": "<f8", "shape": [1]}]}',
                     b'\xef\xbb\xbf{"arrays": [{"dtype": "<f4", "shape": [4]}]}']:
            self.write("a.dat.layout.json", text)
            self.fails(BAD_DATA, "info", "a.dat", says="a.dat")

    def test_row_55_a_headerless_file_needs_a_layout(self):
        for name in ["a.bin", "a.dat", "a.raw"]:
            self.write(name, bytes(100))
            self.fails(USAGE, "info", name, says=[name, "--as"])

    def test_row_56_offsets(self):
        self.write("a.dat", bytes(100))
        for offset in ["-1", "x", "1e3", "", "18446744073709551616"]:
            status = BAD_DATA if offset.isdigit() else USAGE
            self.fails(status, "info", "a.dat", "--as", "u1[4]@" + offset)
        self.fails(BAD_DATA, "info", "a.dat", "--as", "u1[4]@101")
        self.fails(BAD_DATA, "info", "a.dat", "--as", "u1[4]@97")
        self.assertEqual(self.info("a.dat", "--as", "u1[-1]@100")["arrays"][0]["shape"], [0])

    def test_row_57_inferred_extents(self):
        self.write("a.dat", bytes(100))
        self.fails(BAD_DATA, "info", "a.dat", "--as", "<f4[-1,4]")
        self.fails(USAGE, "info", "a.dat", "--as", "<f4[-1,-1]")
        self.fails(USAGE, "info", "a.dat", "--as", "<f4[-2]")
        self.assertEqual(self.info("a.dat", "--as", "<f4[-1,5]")["arrays"][0]["shape"], [5, 5])

    def test_row_58_an_odd_offset_is_read(self):
        values = np.array([1.5, -2.5], "<f8")
        self.write("a.dat", b"!" + values.tobytes())
        self.quarry("convert", "a.dat", "--as", "<f8[2]@1", "-o", "out.npy")
        self.assert_array("out.npy", values)

    def test_row_59_strides_outside_the_file(self):
        self.write("a.dat", bytes(100))
        for layout in ["u1[3](-1)", "u1[3](50)", "u1[2,2](-9223372036854775808,1)",
                       "u1[9223372036854775807](9223372036854775807)"]:
            self.fails(BAD_DATA, "info", "a.dat", "--as", layout)
        self.write("b.dat", bytes(range(100)))
        self.quarry("slice", "b.dat", "--as", "u1[3](-1)@2", ":", "-o", "out.npy")
        self.assert_array("out.npy", np.array([2, 1, 0], "u1"))

    def test_row_60_a_step_of_zero(self):
        self.save("a.npy", np.arange(5))
        self.fails(USAGE, "slice", "a.npy", "::0", "-o", "out.npy")

    def test_row_61_extreme_bounds_are_clamped(self):
        a = np.arange(5)
        self.save("a.npy", a)
        low, high = -2**63, 2**63 - 1
        for text, expected in [(f"{low}:{high}", a), (f"{high}:{low}:-1", a[::-1]),
                               (f"::{low}", a[::-2**62]), (f"::{high}", a[::2**62]),
                               (f"{-2**70}:{2**70}", a)]:
            self.quarry("slice", "--force", "a.npy", text, "-o", "out.npy")
            self.assert_array("out.npy", expected)

    def test_row_62_slices_that_are_none(self):
        self.save("a.npy", np.zeros((2, 2)))
        for text in ["[1:2", "1:2:3:4", "a:b", "...,...", "", "1" * 100_000]:
            self.assertIn(self.finished("slice", "a.npy", text, "-o", "out.npy").returncode,
                          [USAGE, BAD_DATA])
        for text in ["[1:2", "1:2:3:4", "a:b", "...,...", ""]:
            self.fails(USAGE, "slice", "a.npy", text, "-o", "out.npy")
        self.fails(BAD_DATA, "slice", "a.npy", "0,0,0", "-o", "out.npy")

    def test_row_63_an_index_out_of_range(self):
        self.save("a.npy", np.zeros((2, 3)))
        for text in ["2", "-3", "0,3", "0,-4"]:
            self.fails(BAD_DATA, "slice", "a.npy", text, "-o", "out.npy", says="axis")

    def test_row_64_names_that_lead_nowhere(self):
        os.symlink("nothing", self.path("dangling"))
        os.symlink("loop", self.path("loop"))
        self.save("a.npy", [1])
        for name in ["missing", "dangling", "loop", "x" * 300, "a.npy/b", "new\nline", "shm:none"]:
            self.fails(NO_INPUT, "info", name, says=name.replace("\n", "\\n"))
            self.fails(NO_INPUT, "convert", name, "-o", "out.npy")

    def test_row_65_what_is_no_regular_file(self):
        os.mkfifo(self.path("fifo"))
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self.path("socket"))
            for name in [".", "fifo", "socket", "/dev/zero", "/dev/full", "/proc/self/mem",
                         "/proc/cpuinfo"]:
                run = self.finished("info", name)
                self.assertIn(run.returncode, [BAD_DATA, NO_INPUT], name)
                self.assert_one_line(run.stderr)

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_row_66_no_permission_to_read(self):
        self.save("a.npy", [1])
        os.chmod(self.path("a.npy"), 0)
        self.fails(NO_PERMISSION, "info", "a.npy")

    def test_row_66_no_permission_to_read_for_another_user(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        self.save("a.npy", [1])
        os.chmod(self.path("a.npy"), 0)
        os.chmod(self.directory, 0o755)
        self.fails(NO_PERMISSION, "info", "a.npy", user="nobody")

    def test_a_prefix_is_no_more_than_the_header_promises(self):
        self.save("a.npy", np.arange(10.0))
        with open(self.path("a.npy"), "ab") as file:
            file.write(bytes(100))
        self.assertEqual(self.info("a.npy", "--as", "<f8[10]@128",
                                   "--allow-prefix")["arrays"][0]["shape"], [10])
        self.assertEqual(self.info("a.npy", "--as", "<f8[0]@128",
                                   "--allow-prefix")["arrays"][0]["shape"], [0])
        self.assertEqual(self.info("a.npy", "--as", "<f8[100]@128",
                                   "--allow-prefix")["arrays"][0]["shape"], [22])

    def test_row_73_a_sparse_file_is_read_lazily(self):
        self.quarry("create", "--sparse", "huge.npy", "--dtype", "f8", "--shape", "1099511627776")
        self.quarry("slice", "huge.npy", "-3:", "-o", "end.npy")
        self.assert_array("end.npy", np.zeros(3))
        self.assertEqual(self.info("huge.npy")["arrays"][0]["shape"], [1 << 40])
        self.fails(INPUT_OUTPUT, "convert", "huge.npy", "-o", "out.npy")

    @unittest.skipIf(os.environ.get("QUARRY_SANITIZED"), "sanitizers need address space of their own")
    def test_row_86_no_memory_left_to_map(self):
        self.save("a.npy", np.zeros(1 << 24))
        limited = "ulimit -v 120000; exec \"$0\" slice a.npy ':5' -o out.npy"
        before = self.files()
        run = subprocess.run(["bash", "-c", limited, os.environ["QUARRY"]], cwd=self.directory,
                             capture_output=True, check=False)
        self.assertIn(run.returncode, [70, INPUT_OUTPUT], run.stderr)
        self.assert_one_line(run.stderr)
        self.assertEqual(self.files(), before)


if __name__ == "__main__":
    unittest.main()
