#!/usr/bin/python3
"""quarry append, killed at every system call, failing in every system call, and killed at random:
the file holds the old rows or the new ones, and the next append works."""
import contextlib
import fcntl
import os
import random
import re
import signal
import struct
import subprocess
import time
import unittest

import numpy as np

from bin_reader import read_bin
from command import BUSY, INPUT_OUTPUT, QUARRY, CommandTest

DRIVER = os.environ["APPEND_DRIVER"]
# Between two of these nothing on the disk changes: a kill anywhere is a kill before one of them.
CHANGING = {"fcntl", "fallocate", "pwrite64", "copy_file_range", "fdatasync", "fsync", "ftruncate",
            "fchmod", "linkat", "renameat", "renameat2", "unlinkat", "exit_group"}
# strace and the leak sanitizer both want to trace the process.
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
ERRNOS = {"fcntl": ["ENOLCK", "EINVAL"], "pread64": ["EIO"], "fallocate": ["ENOSPC", "EFBIG"],
          "pwrite64": ["EIO", "ENOSPC", "EDQUOT"], "fdatasync": ["EIO", "ENOSPC"],
          "ftruncate": ["EIO", "EPERM"], "fstat": ["EIO"], "newfstatat": ["ENOMEM"], "statx": ["EIO"],
          "openat": ["EMFILE", "EACCES"], "mmap": ["ENOMEM"], "close": ["EIO"]}
SANITIZED = bool(os.environ.get("QUARRY_SANITIZED"))
if SANITIZED:
    del ERRNOS["mmap"]  # sanitizers give up without memory


def numbers(rows, columns=4, first=0):
    return (np.arange(rows * columns, dtype="<i8") + first).reshape(rows, columns)


class InjectionTest(CommandTest):
    """9 rows become 12, so that a digit more is written."""

    def setUp(self):
        super().setUp()
        self.old, self.more = numbers(9), numbers(3, first=36)
        self.new = np.concatenate([self.old, self.more])
        self.save("rows.npy", self.more)

    def restore(self, name, content):
        if os.path.lexists(self.path(name)):
            os.unlink(self.path(name))
        self.write(name, content)

    def content(self, name):
        if name.endswith(".bin"):
            return read_bin(self.read(name))[0]
        return self.load(name)

    def without_room(self):
        """A file of the old rows that is written anew."""
        header = b"{'descr':'<i8','fortran_order':False,'shape':(9,4)}\n"
        return (b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header
                + self.old.tobytes())

    def strace(self, *options, name="a.npy", sync=("--sync",), through=()):
        return subprocess.run(
            ["strace", "-f", "-qq", "-o", "trace", *options, *through, QUARRY, "append", *sync,
             "--threads", "1", name, "rows.npy"], cwd=self.directory, capture_output=True,
            env=ENVIRONMENT, timeout=300, check=False)

    def calls(self, name):
        """The system calls from the one on that opens the file, each with how often it came before
        and with it."""
        self.assertEqual(self.strace(name=name).returncode, 0)
        out, counts, is_reached = [], {}, False
        for line in self.read("trace").decode(errors="replace").splitlines():
            match = re.match(r"\d+ +(\w+)\(", line)
            if not match:
                continue
            call = match[1]
            counts[call] = counts.get(call, 0) + 1
            is_reached = is_reached or (call == "openat" and "O_RDWR" in line and name in line)
            if is_reached:
                out.append((call, counts[call]))
        self.assertGreater(sum(call in CHANGING for call, _ in out), 8)
        return out

    def check_killed_anywhere(self, name, content):
        self.restore(name, content)
        for call, count in self.calls(name):
            if call not in CHANGING:
                continue
            with self.subTest(call=call, count=count):
                self.restore(name, content)
                run = self.strace("-e", f"inject={call}:signal=KILL:when={count}", name=name)
                self.assertEqual(run.returncode, -signal.SIGKILL)
                found = self.content(name)
                self.assertIn(len(found), (9, 12))
                np.testing.assert_array_equal(found, self.new[:len(found)])
                run = self.finished("append", name, "rows.npy")
                self.assertEqual(run.returncode, 0, run.stderr)
                np.testing.assert_array_equal(self.content(name), np.concatenate([found, self.more]))
                self.assertEqual(self.info("--strict", name)["arrays"][0]["shape"][0],
                                 len(found) + 3)

    @unittest.skipIf(SANITIZED, "what a kill leaves behind is the same without sanitizers")
    def test_npy_killed_at_every_system_call(self):
        self.save("a.npy", self.old)
        self.check_killed_anywhere("a.npy", self.read("a.npy"))

    @unittest.skipIf(SANITIZED, "what a kill leaves behind is the same without sanitizers")
    def test_bin_killed_at_every_system_call(self):
        self.save("a.npy", self.old)
        self.quarry("convert", "a.npy", "-o", "a.bin")
        self.check_killed_anywhere("a.bin", self.read("a.bin"))

    @unittest.skipIf(SANITIZED, "what a kill leaves behind is the same without sanitizers")
    def test_a_file_without_room_killed_at_every_system_call(self):
        self.check_killed_anywhere("a.npy", self.without_room())

    def test_a_file_that_is_written_anew_is_on_the_disk_before_it_has_its_name(self):
        self.write("a.npy", self.without_room())
        run = self.strace("-e", "trace=fsync,fdatasync,/^rename", sync=())
        self.assertEqual(run.returncode, 0, run.stderr)
        calls = re.findall(r" (\w+)\(", self.read("trace").decode(errors="replace"))
        self.assertEqual([re.sub("at2?$", "", call) for call in calls], ["fsync", "rename", "fsync"])

    def test_nobody_gets_the_lock_of_a_file_that_just_got_its_name(self):
        self.write("a.npy", self.without_room())
        first = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", "trace", "-e", "inject=/^rename:delay_exit=300000",
             QUARRY, "append", "a.npy", "rows.npy"], cwd=self.directory, stderr=subprocess.PIPE,
            env=ENVIRONMENT)
        while len(self.read("a.npy")) == len(self.without_room()):
            self.assertIsNone(first.poll())
        with open(self.path("a.npy"), "r+b") as file:
            whole = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            with contextlib.suppress(BlockingIOError):
                fcntl.fcntl(file, fcntl.F_OFD_SETLK, whole)
            said = first.communicate(timeout=300)[1]
        self.assertEqual(first.returncode, 0, said)
        np.testing.assert_array_equal(self.load("a.npy"), self.new)

    def test_every_failing_system_call(self):
        self.save("a.npy", self.old)
        content = self.read("a.npy")
        for call, count in self.calls("a.npy"):
            for errno in ERRNOS.get(call, []):
                with self.subTest(call=call, count=count, errno=errno):
                    self.restore("a.npy", content)
                    run = self.strace("-e", f"inject={call}:error={errno}:when={count}")
                    found = self.load("a.npy")
                    self.assertIn(len(found), (9, 12))
                    np.testing.assert_array_equal(found, self.new[:len(found)])
                    if run.returncode != 0:
                        self.assert_one_line(run.stderr)
                        self.assertGreaterEqual(run.returncode, 64)
                    else:
                        self.assertEqual(len(found), 12)
                    self.quarry("append", "a.npy", "rows.npy")
                    self.assertEqual(len(self.load("a.npy")), len(found) + 3)

    def check_next_append(self):
        """Of a failed one nothing is left but what the next one takes away."""
        np.testing.assert_array_equal(self.load("a.npy"), self.old)
        self.quarry("append", "a.npy", "rows.npy")
        np.testing.assert_array_equal(self.load("a.npy"), self.new)
        self.assertEqual(len(self.read("a.npy")), 128 + 32 * 12)

    def test_a_failing_write_whose_bytes_cannot_be_cut_off(self):
        self.save("a.npy", self.old)
        content = self.read("a.npy")
        # The mark fits below the limit, of the rows the first bytes.
        limit = len(content) + 50
        for cuts in ["1+", "1"]:
            with self.subTest(cuts=cuts):
                self.restore("a.npy", content)
                run = self.strace("-e", f"inject=ftruncate:error=EIO:when={cuts}",
                                  through=["prlimit", f"--fsize={limit}"])
                self.assertEqual(run.returncode, INPUT_OUTPUT)
                self.assertIn(b"File too large", run.stderr)
                self.assert_one_line(run.stderr)
                self.assertEqual(len(self.read("a.npy")), limit if cuts == "1+" else len(content))
                self.check_next_append()

    def test_space_that_cannot_be_given_back(self):
        self.save("a.npy", self.old)
        run = self.strace("-e", "inject=fallocate:error=ENOSPC", "-e", "inject=ftruncate:error=EIO")
        self.assertEqual(run.returncode, INPUT_OUTPUT)
        self.assertIn(b"No space left", run.stderr)
        self.check_next_append()

    def test_after_a_failed_sync_nothing_is_tried_again(self):
        self.save("a.npy", self.old)
        content = self.read("a.npy")
        for count, rows in [(1, 9), (2, 9), (3, 12)]:  # the mark, the rows, the number of rows
            self.restore("a.npy", content)
            run = self.strace("-e", f"inject=fdatasync:error=EIO:when={count}")
            self.assertEqual(run.returncode, INPUT_OUTPUT, run.stderr)
            self.assertIn(b"a.npy: cannot write to the disk: Input/output error", run.stderr)
            trace = self.read("trace").decode(errors="replace")
            self.assertEqual(trace.count("fdatasync("), count)
            self.assertNotIn("pwrite64(", trace[trace.rindex("fdatasync("):])
            self.assertEqual(len(self.load("a.npy")), rows)
            self.assertEqual(len(self.read("a.npy")), 128 + 32 * rows)


class RandomTest(CommandTest):
    """A process that commits all the time, killed at any time, beside readers."""

    def drive(self, name, rows, commits=1000000, sync="process_crash"):
        return subprocess.Popen([DRIVER, name, str(rows), str(commits), sync], cwd=self.directory,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)

    def check_rows(self, name, at_least):
        """All rows are what they must be; how many there are."""
        found = read_bin(self.read(name))[0] if name.endswith(".bin") else self.load(name)
        self.assertGreaterEqual(len(found), at_least)
        np.testing.assert_array_equal(found.reshape(-1), np.arange(found.size))
        return len(found)

    def kill_at_random(self, name, kills, seed, sync="process_crash"):
        print("seed", seed, end=" ", flush=True)
        chance = random.Random(seed)
        committed = 0
        for _ in range(kills):
            process = self.drive(name, chance.choice([1, 1, 7, 50]), sync=sync)
            first = process.stdout.readline()
            self.assertTrue(first)
            time.sleep(chance.random() * 0.01)
            process.kill()
            said = (first + process.stdout.read()).split(b"\n")
            process.communicate()
            # The last line may be cut off.
            committed = self.check_rows(name, max(committed, int(said[-2])))

    def test_npy_killed_at_random(self):
        self.save("a.npy", np.zeros((0, 3), "<i8"))
        self.kill_at_random("a.npy", 60, random.randrange(1 << 30))

    def test_npy_killed_at_random_while_it_waits_for_the_disk(self):
        self.save("a.npy", np.zeros((0, 3), "<i8"))
        self.kill_at_random("a.npy", 20, random.randrange(1 << 30), "power_loss")

    def test_bin_killed_at_random(self):
        self.save("a.npy", np.zeros((0, 3), "<i8"))
        self.quarry("convert", "a.npy", "-o", "a.bin")
        self.kill_at_random("a.bin", 30, random.randrange(1 << 30))

    def test_numpy_opens_it_again_and_again_meanwhile(self):
        self.save("a.npy", np.zeros((0, 3), "<i8"))
        self.drive("a.npy", 1, 1).communicate(timeout=300)  # makes the field
        process = self.drive("a.npy", 50, 3000)
        self.assertTrue(process.stdout.readline())
        seen = retries = 0
        while process.poll() is None:
            try:
                found = self.load("a.npy")
            except ValueError:  # the digits are just being changed
                retries += 1
                continue
            np.testing.assert_array_equal(found.reshape(-1), np.arange(found.size))
            seen += 1
        process.communicate()
        self.assertEqual(process.returncode, 0)
        self.assertGreater(seen, 5)
        self.assertLess(retries, seen + 5)
        self.assertEqual(self.check_rows("a.npy", 0), 1 + 50 * 3000)

    def test_a_second_appender_is_told(self):
        self.save("a.npy", np.zeros((0, 3), "<i8"))
        process = self.drive("a.npy", 1)
        self.assertTrue(process.stdout.readline())
        second = self.drive("a.npy", 1)
        self.assertIn(b"another process appends to it", second.communicate(timeout=300)[1])
        self.assertEqual(second.returncode, BUSY)
        process.kill()
        process.communicate()
        self.check_rows("a.npy", 1)


if __name__ == "__main__":
    unittest.main()
