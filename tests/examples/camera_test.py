#!/usr/bin/python3
"""The demo of the README: a producer that is killed, and a reader that goes on.

usage: camera_test.py EXAMPLE_CAMERA QUARRY ATTACH_PY
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

CAMERA, QUARRY, ATTACH = sys.argv[1:]


class Camera(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def started(self, *command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def producer(self):
        return self.started(CAMERA, "camera", self.directory)

    def version(self, process):
        """Of the next line."""
        return int(re.match(r"version (\d+)", process.stdout.readline())[1])

    def quarry(self, *arguments):
        return subprocess.run([QUARRY, *arguments], capture_output=True, text=True, timeout=60,
                              check=True).stdout

    def test_the_reader_goes_on_when_the_producer_is_killed(self):
        first = self.producer()
        self.assertEqual(self.version(first), 1)
        reader = self.started(sys.executable, "-B", ATTACH, "camera", "--dir", self.directory,
                              "--follow")
        self.assertRegex(reader.stdout.readline(),
                         r"^version \d+, shape \(480, 640\), sum 153600\.0\n$")
        self.version(reader)
        first.kill()
        first.wait()
        last = [int(line.split()[1]) for line in first.stdout][-1]
        self.assertEqual(self.quarry("print", f"shm:{self.directory}/camera", "0, :3"),
                         "[0.5 0.5 0.5]\n")
        self.assertIsNone(reader.poll())

        second = self.producer()
        self.assertIn(self.version(second), (last + 1, last + 2))  # killed before it could tell
        while self.version(reader) <= last:
            pass
        second.kill()
        second.wait()
        reader.kill()
        reader.wait()
        self.assertEqual(self.quarry("share", "gc", "--dir", self.directory), "camera\n")
        self.assertEqual(os.listdir(self.directory), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
