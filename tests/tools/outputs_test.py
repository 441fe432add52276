#!/usr/bin/python3
"""Outputs of the command: complete or not at all, and never an input. Rows are those of the
catalogue of bad inputs."""
import os
import resource
import signal
import subprocess
import unittest

import numpy as np

from command import (BAD_DATA, CANNOT_CREATE, INPUT_OUTPUT, NO_PERMISSION, QUARRY, USAGE,
                     CommandTest)


class OutputTest(CommandTest):
    """Each test is named by its row of the catalogue."""

    def setUp(self):
        super().setUp()
        self.save("a.npy", np.arange(10))

    def shell(self, script, *arguments):
        return subprocess.run(["bash", "-c", script, QUARRY, *arguments], cwd=self.directory,
                              capture_output=True, check=False)

    def test_any_number_of_threads_writes_the_same(self):
        values = np.arange(6 << 20, dtype=">i4").reshape(2048, 3072)
        self.save("many.npy", values)
        for threads in [(), ("--threads", "1"), ("--threads", "2"), ("--threads", "1000000")]:
            self.quarry("convert", "many.npy", "-o", "out.npy", "--force", "--dtype", "f8",
                        "--transpose", *threads)
            self.assert_array("out.npy", values.T.astype("f8"))
            self.quarry("slice", "many.npy", "::2", "-o", "out.npy", "--force", *threads)
            self.assert_array("out.npy", values[::2])
            self.quarry("create", "out.npy", "--dtype", "f4", "--shape", "3000000", "--fill", "2.5",
                        "--force", *threads)
            self.assert_array("out.npy", np.full(3000000, 2.5, "f4"))
        values[1500, 7] = values[2000, 3] = 1 << 30
        self.save("many.npy", values)
        said = {self.fails(BAD_DATA, "convert", "many.npy", "-o", "bad.npy", "--dtype", "i3",
                           "--threads", threads, says="index (1500, 7)")
                for threads in ["1", "2", "3"]}
        self.assertEqual(len(said), 1)

    def test_row_66_a_directory_without_permission_to_write(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        os.chmod(self.directory, 0o755)
        os.chmod(self.path("a.npy"), 0o644)
        self.fails(CANNOT_CREATE, "slice", "a.npy", ":", "-o", "out.npy", user="nobody")

    def test_row_66_a_read_only_file_system(self):
        self.fails(CANNOT_CREATE, "slice", "a.npy", ":", "-o", "/proc/out.npy")

    def test_attributes_replace_those_of_the_input(self):
        self.quarry("convert", "a.npy", "-o", "in.bin", "--attribute", "sample_rate=8000",
                    "--attribute", "site=K\u00f6ln")
        self.quarry("convert", "in.bin", "-o", "out.bin", "--attribute", "sample_rate=1.5",
                    "--attribute", "units=V", "--attribute", "empty=")
        self.assertEqual(self.info("out.bin")["arrays"][0]["attributes"],
                         {"site": "K\u00f6ln", "sample_rate": 1.5, "units": "V", "empty": ""})
        for text in ["units", "=V", ""]:
            self.fails(USAGE, "convert", "in.bin", "-o", "no.bin", "--attribute", text)

    def test_an_attribute_that_the_format_does_not_keep_is_told(self):
        def told(*arguments):
            run = self.finished(*arguments)
            self.assertEqual(run.returncode, 0, run.stderr)
            return run.stderr.decode()

        said = told("convert", "a.npy", "-o", "b.npy", "--attribute", "site=x",
                    "--attribute", "units=m")
        self.assertEqual(said, "quarry: b.npy: warning: the format npy does not keep the attribute "
                               "site\nquarry: b.npy: warning: the format npy does not keep the "
                               "attribute units\n")
        self.assertEqual(told("convert", "a.npy", "-o", "a.bin", "--attribute", "site=x"), "")
        self.save("sound.npy", np.zeros((4, 1), "i2"))
        said = told("slice", "sound.npy", ":", "-o", "a.wav", "--attribute", "sample_rate=8000",
                    "--attribute", "site=x")
        self.assertEqual(said, "quarry: a.wav: warning: the format wav does not keep the attribute "
                               "site\n")

    def test_a_sidecar_is_an_input(self):
        self.write("x.raw", b"DATA" * 4)
        os.symlink("x.raw", self.path("x.raw.layout.json"))
        self.fails(USAGE, "describe", "x.raw", "--as", "<f4", "--force", says="itself")
        self.assertEqual(self.read("x.raw"), b"DATA" * 4)
        os.unlink(self.path("x.raw.layout.json"))
        self.quarry("describe", "x.raw", "--as", "<f4")
        self.fails(USAGE, "convert", "x.raw", "-o", "x.raw.layout.json", "--format", "raw",
                   "--force", says="itself")

    def test_headerless_outputs_beside_the_header_of_another_file_are_refused(self):
        self.save("in.npy", np.arange(4, dtype="<i4"))
        self.write("a.nhdr", b"NRRD0004\ntype: short\ndimension: 1\nsizes: 4\nendian: little\n"
                             b"encoding: raw\ndata file: a.raw\n")
        self.write("b.hdr", b"ENVI\nsamples = 2\nlines = 2\nbands = 1\ndata type = 1\n"
                            b"interleave = bsq\nbyte order = 0\n")
        self.write("c.mhd", b"NDims = 1\nDimSize = 4\nElementType = MET_CHAR\n"
                            b"ElementDataFile = c.raw\n")
        for name in ["a.raw", "b.raw", "c.raw"]:
            self.fails(CANNOT_CREATE, "convert", "in.npy", "-o", name, says="a header beside it")
            self.assertFalse(os.path.exists(self.path(name)))
        self.quarry("convert", "in.npy", "-o", "d.raw")

    def test_a_name_may_start_like_a_number(self):
        self.quarry("create", "-2.npy", "--dtype", "u1", "--shape", "2")
        self.assertEqual(self.info("-2.npy")["arrays"][0]["shape"], [2])
        self.quarry("convert", "-2.npy", "-o", "-3.npy")
        self.assertTrue(os.path.exists(self.path("-3.npy")))
        self.fails(USAGE, "create", "b.npy", "--dtype", "u1", "--shape", "-3", says="'-3'")

    def test_an_empty_value_is_none(self):
        for option in ["--dtype", "--as", "--format", "--input-format", "--field", "--scale",
                       "--offset", "--slice"]:
            self.fails(USAGE, "convert", "a.npy", "-o", "out.npy", option, "", says=option)
        self.fails(USAGE, "print", "a.npy", "")

    def test_a_sidecar_of_an_older_file_is_in_the_way(self):
        self.write("old.dat", bytes(16))
        self.quarry("describe", "old.dat", "--as", "<i2")
        os.unlink(self.path("old.dat"))
        for force in [[], ["--force"]]:
            self.fails(CANNOT_CREATE, "slice", "a.npy", ":", "-o", "old.dat", *force,
                       says="old.dat.layout.json")
            self.fails(CANNOT_CREATE, "create", "old.dat", "--dtype", "f8", "--shape", "3", *force)

    def test_row_67_the_output_is_the_input(self):
        os.link(self.path("a.npy"), self.path("hard.npy"))
        os.symlink("a.npy", self.path("soft.npy"))
        content = self.read("a.npy")
        for name in ["a.npy", "./a.npy", self.path("a.npy"), "hard.npy", "soft.npy"]:
            for force in [[], ["--force"]]:
                self.fails(USAGE, "slice", "a.npy", ":5", "-o", name, *force, says="input")
                self.fails(USAGE, "convert", "a.npy", "-o", name, *force)
        self.assertEqual(self.read("a.npy"), content)

    def test_row_67_the_output_is_the_data_file_of_the_input(self):
        self.write("a.dat", bytes(16))
        self.write("b.dat.layout.json",
                   b'{"arrays": [{"dtype": "<f4", "shape": [4], "file": "a.dat"}]}')
        self.fails(USAGE, "convert", "b.dat.layout.json", "-o", "a.dat", "--force")
        self.assertEqual(self.read("a.dat"), bytes(16))

    def test_row_68_an_existing_output(self):
        self.save("out.npy", [7])
        content = self.read("out.npy")
        for arguments in [["slice", "a.npy", ":", "-o", "out.npy"],
                          ["convert", "a.npy", "-o", "out.npy"],
                          ["create", "out.npy", "--dtype", "i4", "--shape", "3"]]:
            self.fails(CANNOT_CREATE, *arguments, says=["out.npy", "--force"])
            self.assertEqual(self.read("out.npy"), content)
        self.quarry("slice", "a.npy", "3:5", "-o", "out.npy", "--force")
        self.assert_array("out.npy", np.arange(3, 5))

    def test_row_68_a_failed_run_keeps_the_old_output(self):
        self.save("out.npy", [7])
        content = self.read("out.npy")
        self.save("nan.npy", np.array([1, np.nan]))
        self.fails(BAD_DATA, "convert", "nan.npy", "--dtype", "i4", "--casting", "unsafe", "-o",
                   "out.npy", "--force")
        self.assertEqual(self.read("out.npy"), content)

    def test_row_69_outputs_that_cannot_be(self):
        os.mkdir(self.path("folder.npy"))
        os.mkfifo(self.path("fifo.npy"))
        for name in ["none/out.npy", "a.npy/out.npy", "folder.npy", "fifo.npy", "x" * 300 + ".npy"]:
            self.fails(CANNOT_CREATE, "slice", "a.npy", ":", "-o", name, "--force")
        self.fails(USAGE, "slice", "a.npy", ":", "-o", "")
        self.fails(USAGE, "slice", "a.npy", ":", "-o", "folder/")
        self.fails(USAGE, "slice", "a.npy", ":", "-o", "out.unknown", says=".npy")
        self.fails(USAGE, "slice", "a.npy", ":", "-o", "out.npy", "--format", "none")

    def test_row_70_a_full_disk(self):
        self.small_disk()
        self.save("small/old.npy", [7])
        content = self.read("small/old.npy")
        self.save("large.npy", np.zeros(1 << 18))
        self.fails(INPUT_OUTPUT, "convert", "large.npy", "-o", "small/out.npy", says="small/out.npy")
        self.fails(INPUT_OUTPUT, "convert", "large.npy", "-o", "small/old.npy", "--force")
        self.fails(INPUT_OUTPUT, "create", "small/out.npy", "--dtype", "f8", "--shape", "1000000")
        self.assertEqual(self.read("small/old.npy"), content)

    def test_row_70_a_sparse_file_on_a_full_disk(self):
        folder = self.small_disk()
        self.fails(INPUT_OUTPUT, "create", "small/out.npy", "--dtype", "u1", "--shape", "2000000",
                   "--sparse", "--fill", "3", says=["small/out.npy", "at byte", "No space left"])
        self.assertEqual(os.listdir(folder), [])

    def test_row_70_a_sparse_sequence_on_a_full_disk(self):
        folder = self.small_disk()
        for option in [["--arange", "0,1"], ["--random", "3"]]:
            self.fails(INPUT_OUTPUT, "create", "small/out.npy", "--dtype", "f8", "--shape", "2000000",
                       "--sparse", *option, says=["small/out.npy", "offset", "No space left"])
            self.assertEqual(os.listdir(folder), [])

    def test_where_threads_are_scarce_there_is_one(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become a user without other processes")
        self.save("many.npy", np.arange(1 << 20, dtype="<f8").reshape(1024, 1024))
        os.chmod(self.directory, 0o777)
        unused_user = 1 << 30  # the limit counts the threads of all processes of a user
        no_leaks = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}  # which starts a process
        for most in range(1, 5):
            self.quarry(
                "convert", "many.npy", "-o", "out.npy", "--dtype", ">f4", "--transpose", "--force",
                user=unused_user, env=no_leaks,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (most, most)))
            self.assert_array("out.npy", self.load("many.npy").T.astype(">f4"))

    def test_row_70_a_limit_on_file_sizes(self):
        self.save("large.npy", np.zeros(1 << 18))
        before = self.files()
        for sparse in ["", "--sparse"]:
            run = self.shell("ulimit -f 100; exec \"$0\" create out.npy --dtype f8 "
                             f"--shape 262144 {sparse}")
            self.assertEqual(run.returncode, INPUT_OUTPUT, run.stderr)
            self.assert_one_line(run.stderr)
        run = self.shell("ulimit -f 100; exec \"$0\" convert large.npy -o out.npy")
        self.assertEqual(run.returncode, INPUT_OUTPUT, run.stderr)
        self.assertEqual(self.files(), before)

    def test_row_74_signals_leave_nothing(self):
        for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]:
            self.assertEqual(self.status_of_stopped(number), -number)

    def status_of_stopped(self, number):
        size = 1 << 24
        while True:
            self.quarry("create", "--sparse", "--force", "large.npy", "--dtype", "u1", "--shape",
                        str(size))
            before = self.files()
            process = self.start("convert", "--progress", "always", "large.npy", "-o", "out.npy")
            status = self.interrupted(process, number)
            if self.files() == before or size >= 1 << 34:
                break
            # The file was published before the signal came: then it is whole.
            self.assertEqual(self.info("out.npy")["arrays"][0]["shape"], [size])
            os.unlink(self.path("out.npy"))
            size *= 4
        self.assertEqual(self.files(), before)
        return status

    def test_row_74_a_stopped_create_leaves_nothing(self):
        before = self.files()
        process = self.start("create", "--progress", "always", "out.npy", "--dtype", "u1",
                             "--shape", "4000000000", "--sparse", "--random", "1")
        self.assertEqual(self.interrupted(process), -signal.SIGINT)
        self.assertEqual(self.files(), before)

    def test_row_74_an_ignored_signal_stays_ignored(self):
        self.quarry("create", "--sparse", "large.npy", "--dtype", "u1", "--shape", "100000000")
        process = self.start("convert", "--progress", "always", "large.npy", "-o", "out.npy",
                             preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.assertEqual(self.interrupted(process, signal.SIGHUP), 0)

    def test_row_74_one_signal_ends_a_verb_that_only_reads(self):
        self.quarry("create", "--sparse", "large.npy", "--dtype", "u1", "--shape", "2000000000")
        process = self.start("print", "--csv", "large.npy")
        process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGINT)

    def test_row_75_standard_output_is_full(self):
        for verb in ["info a.npy", "info --json a.npy", "-h", "--version", "slice -h"]:
            run = self.shell(f"exec \"$0\" {verb} >/dev/full")
            self.assertEqual(run.returncode, INPUT_OUTPUT, verb)
            self.assert_one_line(run.stderr)

    def test_row_75_standard_output_is_closed(self):
        run = self.shell("exec \"$0\" info a.npy >&-")
        self.assertEqual(run.returncode, INPUT_OUTPUT)
        self.assert_one_line(run.stderr)
        self.assertEqual(self.shell("exec \"$0\" slice a.npy : -o out.npy >&-").returncode, 0)

    def test_row_75_a_reader_that_has_seen_enough(self):
        names = " ".join(["a.npy"] * 2000)
        run = self.shell(f"\"$0\" info {names} | head -n 1; exit ${{PIPESTATUS[0]}}")
        self.assertEqual(run.stdout, b"a.npy\n")
        self.assertEqual(run.stderr, b"")
        self.assertEqual(run.returncode, 128 + signal.SIGPIPE)

    def test_row_76_standard_files_that_are_closed(self):
        run = self.shell("exec \"$0\" slice a.npy 2: -o out.npy <&- >&- 2>&-")
        self.assertEqual(run.returncode, 0)
        self.assert_array("out.npy", np.arange(2, 10))
        run = self.shell("exec \"$0\" slice missing.npy 2: -o out2.npy <&- >&- 2>&-")
        self.assertEqual(run.returncode, 66)
        run = self.shell("exec \"$0\" info a.npy 2>&-")
        self.assertEqual(run.returncode, 0)

    def test_row_87_surroundings_do_not_change_the_bytes(self):
        arguments = ["convert", "a.npy", "--scale", "0.5", "--offset", "-1e-3", "-o"]
        self.quarry(*arguments, "plain.npy")
        for i, change in enumerate([{"LC_ALL": "de_DE.UTF-8"}, {"LC_ALL": "tr_TR.UTF-8"},
                                    {"LC_NUMERIC": "de_DE.UTF-8"}, {"TZ": "Pacific/Apia"}]):
            self.quarry(*arguments, f"{i}.npy", env={**os.environ, **change})
            self.assertEqual(self.read(f"{i}.npy"), self.read("plain.npy"))
        self.quarry(*arguments, "homeless.npy", env={})
        self.assertEqual(self.read("homeless.npy"), self.read("plain.npy"))

    def test_row_87_umask(self):
        run = self.shell("umask 0777; exec \"$0\" slice a.npy : -o out.npy")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(os.stat(self.path("out.npy")).st_mode & 0o777, 0)

    def test_row_87_a_deleted_working_directory(self):
        run = self.shell("mkdir gone; cd gone; rmdir ../gone; exec \"$0\" slice "
                         "'" + self.path("a.npy") + "' : -o out.npy")
        self.assertEqual(run.returncode, CANNOT_CREATE, run.stderr)
        self.assert_one_line(run.stderr)

    def test_row_88_times_do_not_matter(self):
        for seconds in [0, 4_291_747_200, 2**31]:
            os.utime(self.path("a.npy"), (seconds, seconds))
            self.quarry("slice", "--force", "a.npy", ":", "-o", "out.npy")
            self.assert_array("out.npy", np.arange(10))

    def test_an_output_keeps_the_mode_of_what_it_replaces(self):
        self.save("out.npy", [7])
        os.chmod(self.path("out.npy"), 0o640)
        self.quarry("slice", "--force", "--sync", "a.npy", ":", "-o", "out.npy")
        self.assertEqual(os.stat(self.path("out.npy")).st_mode & 0o777, 0o640)

    def test_a_plan_is_shown_and_nothing_is_written(self):
        self.quarry("create", "--sparse", "m.npy", "--dtype", "<f4", "--shape", "4096,1024")
        before = self.files()
        said = self.quarry("convert", "m.npy", "--transpose", "--explain", "-o", "out.npy")
        self.assertEqual(self.files(), before)
        lines = said.splitlines()
        self.assertRegex(lines[0], r"^boxes: [0-9]+ of \(1024, [0-9]+\) elements$")
        self.assertRegex(lines[1], r"^source: 16777216 bytes in runs of [0-9]+, 1 pass$")
        self.assertRegex(lines[2], r"^target: 16777216 bytes in runs of [0-9]+, 1 pass$")
        self.assertEqual(lines[3], "pages: no two boxes share one of the target")
        self.assertEqual(lines[4:], [
            "in the caches: tiles, steps of 4096 bytes in the source and 4 in the target"])

    def test_progress_is_shown_where_it_is_asked_for(self):
        run = self.finished("slice", "--progress", "always", "a.npy", ":", "-o", "out.npy")
        self.assertEqual(run.returncode, 0)
        for word in [b"100%", b"80 bytes", b"left"]:
            self.assertIn(word, run.stderr)
        self.quarry("slice", "--progress", "never", "a.npy", ":", "-o", "out2.npy")
        self.quarry("slice", "--progress", "always", "--quiet", "a.npy", ":", "-o", "out3.npy")


class NamedOutputTest(CommandTest):
    def test_an_array_gets_the_name_behind_the_colons(self):
        values = np.arange(6, dtype="<i2")
        self.save("a.npy", values)
        self.quarry("create", "c.bin::first", "--dtype", "<i2", "--shape", "6", "--arange", "0,1")
        self.quarry("slice", "a.npy", ":", "-o", "s.bin::part::two")
        self.quarry("convert", "a.npy", "-o", "v.bin::x")
        self.quarry("convert", "a.npy", "-o", "t.safetensors::y")
        for name, array in [("c.bin", "first"), ("s.bin", "part::two"), ("v.bin", "x"),
                            ("t.safetensors", "y")]:
            self.assertEqual(self.info(name)["arrays"][0]["name"], array)
            self.quarry("slice", f"{name}::{array}", ":", "-o", "out.npy", "--force")
            self.assert_array("out.npy", values)

    def test_formats_without_names_take_none(self):
        self.save("a.npy", np.arange(3))
        for line in [["create", "x.npy::a", "--dtype", "u1", "--shape", "3"],
                     ["slice", "a.npy", ":", "-o", "x.raw::a"],
                     ["convert", "a.npy", "-o", "x.npy::a"]]:
            self.fails(USAGE, *line, says=["have no names", "'a'"])

    def test_an_existing_file_is_the_one_meant(self):
        self.save("a.npy", np.arange(3))
        self.write("b.npy::c", b"old")
        self.fails(CANNOT_CREATE, "slice", "a.npy", ":", "-o", "b.npy::c", "--format", "npy")
        self.quarry("slice", "a.npy", ":", "-o", "b.npy::c", "--format", "npy", "--force")
        self.assert_array("b.npy::c", np.arange(3))


class UsageTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.save("a.npy", np.arange(10))

    def test_row_77_command_lines_that_are_none(self):
        for line in [[], ["none"], ["--none"], ["info"], ["info", "a.npy", "--none"],
                     ["slice", "a.npy", ":"], ["slice", "a.npy", ":", "-o"],
                     ["slice", "a.npy", ":", "-o", "x.npy", "-o", "y.npy"],
                     ["slice", "a.npy", ":", "--", "-o", "x.npy"], ["slice", "a.npy", ":", ":", "-o", "x.npy"],
                     ["slice", "-", ":", "-o", "x.npy"], ["slice", "a.npy", ":", "-o", "-"],
                     ["create", "x.npy", "--dtype", "f4", "--shape="],
                     ["create", "x.npy", "--dtype", "f4", "--shape"],
                     ["create", "x.npy", "--dtype", "f4"], ["create", "x.npy", "--shape", "4"],
                     ["create", "x.npy", "--dtype", "f4", "--shape", "4", "--order", "K"],
                     ["create", "x.npy", "--dtype", "f4", "--shape", "4", "--fill", "1", "--random", "2"],
                     ["create", "x.npy", "--dtype", "f5", "--shape", "4"],
                     ["convert", "a.npy", "-o", "x.npy", "--casting", "none"],
                     ["convert", "a.npy", "-o", "x.npy", "--scale", "x"],
                     ["convert", "a.npy", "-o", "x.npy", "--scale", "nan"],
                     ["convert", "a.npy", "-o", "x.npy", "--progress", "maybe"],
                     ["describe", "a.npy"], ["info", ""], ["slice", "", ":", "-o", "x.npy"]]:
            with self.subTest(line=line):
                self.fails(USAGE, *line)

    def test_row_77_the_parser_gives_a_hint(self):
        self.fails(USAGE, "slice", "a.npy", ":", "-o", "x.npy", "--none", says=["--none", "quarry slice -h"])
        self.fails(USAGE, "nothing", says=["'nothing'", "convert"])

    def test_row_78_sizes(self):
        for i, size in enumerate(["10GB", "10GiB", "10G", "4096", "1", "64M", "3kB", "7K", "5MB", "9B"]):
            self.quarry("slice", "a.npy", ":", "-o", f"{i}.npy", "--memory", size)
            self.assert_array(f"{i}.npy", np.arange(10))
        for size in ["-1", "1.5", "0", "0K", "999999999999999999999", "99999999999T", "M", "1 M",
                     "1X", "1MiBs", "0x10", "1e3", "GiB"]:
            self.fails(USAGE, "slice", "a.npy", ":", "-o", "x.npy", "--memory", size, says="size")

    def test_row_78_numbers_are_decimal(self):
        for i, count in enumerate(["1", "3", "09", "010", "2147483647"]):
            self.quarry("slice", "a.npy", ":", "-o", f"{i}.npy", "--threads", count)
            self.assert_array(f"{i}.npy", np.arange(10))
        for count in ["0", "-1", "0x10", "1e2", "3.0", "3 4", "x", "2147483648",
                      "999999999999999999999"]:
            self.fails(USAGE, "slice", "a.npy", ":", "-o", "x.npy", "--threads", count,
                       says=[f"--threads '{count}'", "from 1 to 2147483647"])
        self.save("third.npy", np.array([1 / 3, 0]))
        for digits, text in [("0", "[0. 0.]"), ("2", "[0.33 0.  ]"), ("08", "[0.33333333 0.        ]"),
                             ("010", "[0.3333333333 0.          ]")]:
            self.assertEqual(self.quarry("print", "third.npy", "--precision", digits), text + "\n")
        for digits in ["-1", "1001", "0x2", "1e0", "2.0"]:
            self.fails(USAGE, "print", "third.npy", "--precision", digits,
                       says=[f"--precision '{digits}'", "from 0 to 1000"])
        for seed in ["-1", "0x1", "1.0", "18446744073709551616"]:
            self.fails(USAGE, "create", "x.npy", "--dtype", "f4", "--shape", "4", "--random", seed,
                       says=[f"--random '{seed}'", "from 0 to 18446744073709551615"])

    def test_shapes(self):
        for i, (text, shape) in enumerate([("3,4", (3, 4)), ("(3, 4)", (3, 4)), ("3x4", (3, 4)),
                                           ("[3,4]", (3, 4)), ("(3,)", (3,)), ("3", (3,)),
                                           ("()", ()), ("0,5", (0, 5))]):
            self.quarry("create", f"{i}.npy", "--dtype", "<f4", "--shape", text)
            self.assert_array(f"{i}.npy", np.zeros(shape, "<f4"))
        for text in ["", " ", "3,-4", "-1", "3,,4", "x", "3x", "(3,4", "a", "3.0", "3 4", "1e3",
                     "99999999999999999999", ",3"]:
            self.fails(USAGE, "create", "x.npy", "--dtype", "<f4", "--shape", text)
        self.fails(BAD_DATA, "create", "x.npy", "--dtype", "<f4", "--shape", "4294967296,4294967296")

    def test_help_shows_options_and_two_examples(self):
        for verb in ["info", "create", "slice", "convert", "describe"]:
            text = self.quarry(verb, "-h")
            self.assertIn("Options:", text)
            self.assertEqual(text.split("Examples:")[1].count(f"  quarry {verb} "), 2)
        self.assertIn("convert", self.quarry("-h"))
        self.assertRegex(self.quarry("--version"), r"^quarry \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
