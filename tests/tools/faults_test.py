#!/usr/bin/python3
"""Inputs that change, shrink or cannot be read any more while the command is at work. Rows are
those of the catalogue of bad inputs."""
import os
import subprocess
import unittest

import numpy as np

from command import INPUT_OUTPUT, CommandTest


class ChangedTest(CommandTest):
    def test_row_71_a_file_that_is_deleted_while_it_is_read(self):
        self.save("a.npy", np.zeros(1 << 22))
        process = self.start("convert", "--progress", "always", "a.npy", "-o", "out.npy")
        process.stderr.read(1)
        os.unlink(self.path("a.npy"))
        process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0)
        self.assert_array("out.npy", np.zeros(1 << 22))

    def test_row_72_a_file_that_is_modified_while_it_is_read(self):
        size = 1 << 24
        while True:
            self.save("a.npy", np.zeros(size, "u1"))
            before = self.files()
            process = self.start("convert", "--progress", "always", "a.npy", "-o", "out.npy")
            process.stderr.read(1)
            with open(self.path("a.npy"), "r+b") as file:
                file.seek(1000)
                file.write(b"x")
            said = process.communicate(timeout=300)[1]
            if process.returncode != 0 or size >= 1 << 30:
                break
            os.unlink(self.path("out.npy"))
            size *= 4  # it was done before the change
        self.assertEqual(process.returncode, INPUT_OUTPUT, said)
        self.assertIn(b"a.npy", said)
        self.assertEqual(self.files(), before)

    def test_row_71_a_file_that_shrinks_while_it_is_read(self):
        self.quarry("create", "--sparse", "a.npy", "--dtype", "u1", "--shape", str(1 << 32))
        before = self.files()
        process = self.start("convert", "--progress", "always", "a.npy", "-o", "out.npy")
        process.stderr.read(1)  # a piece is done
        os.truncate(self.path("a.npy"), 1000)
        said = process.communicate(timeout=300)[1]
        self.assertEqual(process.returncode, INPUT_OUTPUT, said)
        line = said.split(b"\x1b[K")[-1]  # what the bar leaves
        self.assert_one_line(line)
        self.assertRegex(line, rb"a\.npy: the file was truncated to 1000 bytes while it was in use "
                               rb"\(offset [1-9][0-9]{3,}\)\n$")
        self.assertEqual(self.files(), before)

    def test_row_71_a_file_that_shrinks_while_it_is_printed(self):
        for option in ["--full", "--csv", "--json"]:
            with self.subTest(option):
                self.quarry("create", "--sparse", "--force", "a.npy", "--dtype", "u1", "--shape",
                            str(1 << 22))
                process = self.start("print", option, "a.npy")
                process.stdout.read(1)  # the rest waits for the pipe
                os.truncate(self.path("a.npy"), 1000)
                text, said = process.communicate(timeout=300)
                self.assertEqual(process.returncode, INPUT_OUTPUT, said)
                self.assert_one_line(said)
                self.assertRegex(said, rb"a\.npy: the file was truncated to 1000 bytes while it was "
                                       rb"in use \(offset [1-9][0-9]{3,}\)\n$")
                self.assertLess(len(text), 1 << 20)


class FailingDiskTest(CommandTest):
    """What lies on a disk of which nothing can be read any more that is not cached."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root can mount a disk that fails")
        os.mkdir(self.path("disk"))
        if not (self.runs("truncate", "-s", "16M", "image")
                and self.runs("mkfs.ext4", "-q", "-b", "4096", "-O", "^has_journal", "image")
                and self.runs("mount", "-o", "loop", "image", "disk")):
            self.skipTest("no ext4 on a loop device here")
        self.addCleanup(self.runs, "umount", "-l", "disk")

    def runs(self, *command):
        return subprocess.run(command, cwd=self.directory, capture_output=True,
                              check=False).returncode == 0

    def fail_disk(self, *cached):
        """The first page of each file of `cached` can be read as ever."""
        self.assertTrue(self.runs("umount", "disk"))
        self.assertTrue(self.runs("mount", "-o", "loop", "image", "disk"))
        for name in os.listdir(self.path("disk")):
            os.stat(self.path(os.path.join("disk", name)))
        for name in cached:
            with open(self.path(name), "rb", buffering=0) as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)  # no page ahead
                file.read(4096)
        self.assertTrue(self.runs("truncate", "-s", "0", "image"))

    def test_a_header_that_cannot_be_read(self):
        self.save("disk/a.npy", np.arange(10))
        self.write("disk/b.dat", bytes(80))
        self.fail_disk()
        for line in [["info", "disk/a.npy"], ["print", "disk/a.npy"],
                     ["slice", "disk/a.npy", ":", "-o", "out.npy"],
                     ["convert", "disk/a.npy", "-o", "out.npy"]]:
            self.fails(INPUT_OUTPUT, *line,
                       says="disk/a.npy: reading failed at offset 0: Input/output error")
        self.fails(INPUT_OUTPUT, "describe", "disk/b.dat", "--as", "f8[10]",
                   says="disk/b.dat: reading failed at offset 0: Input/output error")

    def test_elements_that_cannot_be_read(self):
        self.save("disk/a.npy", np.zeros(1 << 18))
        self.fail_disk("disk/a.npy")
        self.quarry("info", "disk/a.npy")
        for line in [["print", "disk/a.npy"], ["print", "--full", "disk/a.npy"],
                     ["print", "--csv", "disk/a.npy", "1000:"],
                     ["print", "--json", "disk/a.npy", "1000:"],
                     ["slice", "disk/a.npy", "::-1", "-o", "out.npy"],
                     ["convert", "disk/a.npy", "-o", "out.npy", "--dtype", "f4"]]:
            with self.subTest(line):
                before = self.files()
                run = self.finished(*line)
                self.assertEqual(run.returncode, INPUT_OUTPUT, run.stderr)
                self.assert_one_line(run.stderr)
                self.assertRegex(run.stderr, rb"disk/a\.npy: reading failed at offset [1-9][0-9]{3,}: "
                                             rb"Input/output error\n$")
                self.assertEqual(self.files(), before)


if __name__ == "__main__":
    unittest.main()
