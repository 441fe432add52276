#!/usr/bin/python3
"""The ways to and from the disk (--io) give the same files, whatever the system does meanwhile."""
import os
import subprocess
import sys
import unittest

import numpy as np

from command import BAD_DATA, INPUT_OUTPUT, USAGE, CommandTest

METHODS = ["auto", "mmap", "pread", "direct"]


class IoTest(CommandTest):

    def run_by(self, method, *arguments, **options):
        """False where the filesystem has no way past its cache, as tmpfs."""
        run = self.finished(*arguments, "--io", method, **options)
        if method == "direct" and run.returncode == BAD_DATA:
            self.assertIn(b"past the cache", run.stderr)
            return False
        self.assertEqual(run.returncode, 0, run.stderr)
        return True

    def test_every_way_to_the_disk_writes_the_same(self):
        values = np.arange(300 * 5000, dtype=">i4").reshape(300, 5000)
        self.save("in.npy", values)
        for method in METHODS:
            if not self.run_by(method, "convert", "in.npy", "-o", "out.npy", "--force",
                               "--transpose", "--dtype", "<f8"):
                continue
            np.testing.assert_array_equal(self.load("out.npy"), values.T)
            self.quarry("slice", "in.npy", "7:200, ::2", "-o", "part.npy", "--force", "--io", method)
            np.testing.assert_array_equal(self.load("part.npy"), values[7:200, ::2])
        self.fails(USAGE, "slice", "in.npy", ":", "-o", "x.npy", "--io", "mapped", says=["--io"])

    def test_what_cannot_be_mapped_is_read(self):
        if not os.path.exists("/sys/kernel/notes"):
            self.skipTest("the kernel's attributes are not mounted at /sys")
        notes = np.fromfile("/sys/kernel/notes", "u1")  # an attribute of the kernel
        self.quarry("convert", "/sys/kernel/notes", "--as", f"u1[{notes.size}]", "-o", "out.npy")
        np.testing.assert_array_equal(self.load("out.npy"), notes)
        self.fails(BAD_DATA, "convert", "/sys/kernel/notes", "--as", "u1[4]", "-o", "x.npy",
                   "--io", "mmap", says=["cannot map"])

    def test_short_and_interrupted_calls_lose_nothing(self):
        values = np.arange(90001, dtype=">i2").reshape(-1, 1) * np.ones(3, "i2")
        self.save("in.npy", values.astype(">i2"))
        shim = {**os.environ, "LD_PRELOAD": os.environ["SHORT_IO"],
                "ASAN_OPTIONS": "verify_asan_link_order=0"}
        for method in METHODS:
            for memory in ["64K", "1G"]:
                if not self.run_by(method, "convert", "in.npy", "-o", "out.npy", "--force",
                                   "--dtype", "<f8", "--memory", memory, env=shim):
                    continue
                np.testing.assert_array_equal(self.load("out.npy"), values)
                self.run_by(method, "slice", "in.npy", "5:80000", "-o", "part.npy", "--force",
                            "--memory", memory, env=shim)
                np.testing.assert_array_equal(self.load("part.npy"), values[5:80000])

    def test_every_way_keeps_to_the_memory(self):
        self.save("small.npy", np.zeros((2, 2), "<f4"))
        self.quarry("create", "large.npy", "--dtype", "<f4", "--shape", "32768,1024",
                    "--sparse")
        for way in METHODS:
            if not self.run_by(way, "convert", "small.npy", "-o", "out.npy", "--force"):
                continue
            least = self.peak_bytes("convert", "small.npy", "-o", "out.npy", "--force", "--io", way)
            for work in [["--transpose"], ["--byteorder", "big"]]:
                peak = self.peak_bytes("convert", "large.npy", *work, "-o", "out.npy", "--force",
                                       "--io", way, "--memory", "24M")
                self.assertLess(peak, least + (32 << 20), (way, work))

    def test_the_shim_shortens(self):
        with open(self.path("f"), "wb") as file:
            file.write(bytes(5000))
        script = "import os; print(len(os.pread(os.open('f', os.O_RDONLY), 5000, 0)))"
        run = subprocess.run([sys.executable, "-c", script], cwd=self.directory, check=True,
                             capture_output=True, env={"LD_PRELOAD": os.environ["SHORT_IO"]})
        self.assertEqual(run.stdout, b"1000\n")

    def test_a_file_that_is_read_and_was_cut_is_one_line(self):
        self.save("in.npy", np.zeros(1 << 20, "<i4"))
        os.truncate(self.path("in.npy"), 1000)
        for method in METHODS:
            run = self.finished("convert", "in.npy", "-o", "out.npy", "--io", method)
            self.assertIn(run.returncode, (BAD_DATA, INPUT_OUTPUT))
            self.assert_one_line(run.stderr)


if __name__ == "__main__":
    unittest.main()
