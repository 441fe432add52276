"""What the tests of the `quarry` command share: a directory for each test, and the rules that
every run obeys. Needs QUARRY, the path of the command."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

import numpy as np

QUARRY = os.environ["QUARRY"]

USAGE, BAD_DATA, NO_INPUT, INTERNAL = 64, 65, 66, 70
CANNOT_CREATE, INPUT_OUTPUT, BUSY, NO_PERMISSION = 73, 74, 75, 77


class CommandTest(unittest.TestCase):
    """Runs the command inside a temporary directory."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, name):
        return os.path.join(self.directory, name)

    def save(self, name, array):
        with open(self.path(name), "wb") as file:
            np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)
        return name

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return name

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def load(self, name):
        return np.load(self.path(name), allow_pickle=False)

    def files(self):
        """Everything in the directory, temporaries with hidden names included."""
        found = set()
        for folder, folders, names in os.walk(self.directory):
            found.update(os.path.join(folder, each) for each in folders + names)
        return found

    def small_disk(self, size="1m"):
        """The directory "small", with a disk of its own; its path."""
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small disk")
        folder = self.path("small")
        os.mkdir(folder)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("mount is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)
        return folder

    def start(self, *arguments, **options):
        options = {"cwd": self.directory, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, **options}
        program = self.public_copy() if "user" in options else QUARRY
        return subprocess.Popen([program, *map(os.fsdecode, arguments)], **options)

    def peak_bytes(self, *arguments):
        """Most bytes that a run had resident, at least those of this process when it began."""
        process = self.start(*arguments)
        _, status, usage = os.wait4(process.pid, 0)
        _, errors = process.communicate()
        self.assertEqual(status, 0, errors)
        return usage.ru_maxrss << 10

    def public_copy(self):
        """The command where every user may run it: the build may lie in a home directory."""
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        return shutil.copy(QUARRY, directory.name)

    def quarry(self, *arguments, **options):
        """A run that must succeed without a word on standard error; its standard output."""
        run = self.finished(*arguments, **options)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stderr, b"")
        return run.stdout.decode()

    def finished(self, *arguments, **options):
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def fails(self, status, *arguments, says=(), **options):
        """A run that must end with `status`, one line that holds the words of `says`, and no file
        more than before."""
        before = self.files()
        run = self.finished(*arguments, **options)
        self.assertEqual(run.returncode, status, run.stderr)
        self.assert_one_line(run.stderr)
        self.assertEqual(self.files(), before)
        message = run.stderr.decode(errors="replace")
        for word in [says] if isinstance(says, str) else says:
            self.assertIn(word, message)
        return message

    def assert_one_line(self, text):
        self.assertTrue(text.startswith(b"quarry: "), text)
        self.assertEqual(text.count(b"\n"), 1, text)
        self.assertTrue(text.endswith(b"\n"), text)
        self.assertFalse([b for b in text[:-1] if b < 32 or b == 127], text)
        self.assertLess(len(text), 6000)

    def info(self, *arguments):
        return json.loads(self.quarry("info", "--json", *arguments))

    def assert_array(self, name, expected):
        """The file holds exactly `expected`: dtype, shape and bits."""
        found = self.load(name)
        expected = np.asanyarray(expected)
        self.assertEqual(found.dtype, expected.dtype)
        self.assertEqual(found.shape, expected.shape)
        self.assertEqual(found.tobytes(), expected.tobytes())

    def interrupted(self, process, number=signal.SIGINT):
        """Sends the signal once the process has shown progress; its exit status, negative for a
        signal."""
        process.stderr.read(1)
        process.send_signal(number)
        process.communicate(timeout=300)
        return process.returncode
