"""examples/handle.cpp: a handle made by one process is opened by another, and by NumPy alone."""
import ast
import os
import subprocess
import sys
import tempfile
import unittest

import numpy as np

PROGRAM = sys.argv.pop(1)


def run(*arguments, text=""):
    return subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True,
                          check=False, timeout=60)


def numpy_view(text):
    """The view of a handle, by Python and NumPy alone."""
    handle = ast.literal_eval(text)
    with open(handle["path"], "rb") as file:
        status = os.fstat(file.fileno())
        assert handle["file"] == f"{status.st_dev}:{status.st_ino}"
        bytes_of_file = np.memmap(file, np.uint8, "r")
    return np.ndarray(handle["shape"], np.lib.format.descr_to_dtype(handle["descr"]),
                      bytes_of_file, handle["offset"], handle["strides"])


class HandleTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "it's a scan.npy")
        self.array = np.arange(60, dtype=">f4").reshape(3, 4, 5)
        np.save(self.path, self.array)

    def handle(self, slice_text):
        made = run(self.path, slice_text)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertLess(len(made.stdout), 1024)
        return made.stdout

    def test_another_process_opens_exactly_the_view(self):
        for text in ["...", "1:, ::-2, 3", "::-1, 2", "2:2", "1, 2, 3"]:
            expected = eval(f"self.array[{text}]", {"self": self})
            handle = self.handle(text)
            np.testing.assert_array_equal(numpy_view(handle), expected)
            opened = run("--open", text=handle)
            self.assertEqual((opened.stdout, opened.stderr), (f"{expected.sum():g}\n", ""))

    def test_a_replaced_file_is_refused(self):
        handle = self.handle("0")
        os.rename(self.path, self.path + ".old")
        np.save(self.path, self.array)
        opened = run("--open", text=handle)
        self.assertEqual(opened.returncode, 1)
        self.assertIn("is another file than that of the handle", opened.stderr)


if __name__ == "__main__":
    unittest.main()
