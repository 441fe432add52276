#!/usr/bin/python3
"""The verb `share`, shared arrays as inputs, and examples/python/attach.py beside live writers."""
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import time
import unittest

import numpy as np

from command import (BAD_DATA, BUSY, CANNOT_CREATE, INPUT_OUTPUT, NO_INPUT, NO_PERMISSION, USAGE,
                     CommandTest)

ATTACH = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "python", "attach.py")
UID = os.geteuid()


class ShareTest(CommandTest):
    """Segments lie in the directory of the test unless it says otherwise."""

    def setUp(self):
        super().setUp()
        self.frame = np.arange(12, dtype=">f4").reshape(3, 4)
        self.save("frame.npy", self.frame)

    def share(self, verb, *arguments):
        return self.quarry("share", verb, *arguments, "--dir", ".")

    def status(self, name="cam"):
        return json.loads(self.share("info", name, "--json"))

    def segment(self, name="cam"):
        return f"quarry.{UID}.{name}"

    def input(self, name="cam"):
        return f"shm:{self.directory}/{name}"

    def holder(self, *arguments):
        """`publish --hold`, at work."""
        process = self.start("share", "publish", *arguments, "--hold", "--dir", ".")
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        while process.poll() is None and not os.path.exists(self.path(self.segment())):
            time.sleep(0.01)
        while process.poll() is None and (self.status()["version"] == 0 or self.status()["writer"]):
            time.sleep(0.01)
        self.assertIsNone(process.poll())
        return process


class PublishTest(ShareTest):
    def test_what_is_published_is_read_by_every_verb(self):
        self.share("publish", "cam", "frame.npy")
        self.quarry("slice", self.input(), "1:, ::2", "-o", "part.npy")
        self.assert_array("part.npy", self.frame[1:, ::2])
        self.quarry("convert", self.input(), "-o", "all.npy", "--dtype", "<f8")
        self.assert_array("all.npy", self.frame.astype("<f8"))
        facts = self.info(self.input())
        self.assertEqual(facts["format"], "shm")
        self.assertEqual(facts["arrays"][0]["dtype"], ">f4")
        self.assertEqual(facts["arrays"][0]["shape"], [3, 4])
        self.assertEqual(self.quarry("print", self.input(), "2, 3"), "11.0\n")

    def test_versions_count_and_may_be_smaller(self):
        self.share("publish", "cam", "frame.npy")
        self.share("publish", "cam", "frame.npy", "1:, ::2")
        self.assertEqual(self.status()["version"], 2)
        self.assertEqual(self.status()["shape"], [2, 2])
        self.quarry("convert", self.input(), "-o", "out.npy")
        self.assert_array("out.npy", self.frame[1:, ::2])

    def test_a_field_and_an_array_of_any_layout_are_published(self):
        records = np.zeros(5, [("a", "<i2"), ("b", ">f8", (2,))])
        records["b"] = np.arange(10).reshape(5, 2)
        self.save("records.npy", records)
        self.share("publish", "b", "records.npy", "--field", "b")
        self.quarry("convert", self.input("b"), "-o", "b.npy")
        self.assert_array("b.npy", records["b"])
        self.share("publish", "whole", "records.npy")
        self.quarry("convert", self.input("whole"), "-o", "whole.npy")
        self.assert_array("whole.npy", records)
        self.save("f.npy", np.asfortranarray(self.frame))
        self.share("publish", "f", "f.npy", "::-1")
        self.quarry("convert", self.input("f"), "-o", "out.npy")
        self.assert_array("out.npy", self.frame[::-1])

    def test_what_does_not_fit_the_shared_array_is_refused(self):
        self.share("publish", "cam", "frame.npy")
        self.save("other.npy", np.zeros((3, 4), "<f4"))
        self.save("large.npy", np.zeros((4, 4), ">f4"))
        self.fails(BAD_DATA, "share", "publish", "cam", "other.npy", "--dir", ".",
                   says="holds slots of >f4, not slots of <f4")
        self.fails(BAD_DATA, "share", "publish", "cam", "large.npy", "--dir", ".",
                   says="(4, 4) does not fit the segment's (3, 4)")
        self.assertEqual(self.status()["version"], 1)

    def test_mode_and_slots_of_a_new_one(self):
        self.share("publish", "cam", "frame.npy", "--slots", "5", "--group")
        self.assertEqual(self.status()["slots"], 5)
        self.assertEqual(os.stat(self.path(self.segment())).st_mode & 0o777, 0o640)
        self.share("publish", "own", "frame.npy")
        self.assertEqual(os.stat(self.path(self.segment("own"))).st_mode & 0o777, 0o600)

    def test_a_held_one_goes_with_its_holder(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.holder("cam", "frame.npy")
            self.assertEqual(self.status()["holders"], 1)
            self.assertFalse(self.status()["keep"])
            self.assertIsNone(self.status()["writer"])
            process.send_signal(number)
            self.assertEqual(process.wait(60), -number)
            self.assertEqual(self.share("list"), "")

    def test_a_held_one_stays_for_other_holders_and_goes_when_it_is_removed(self):
        first = self.holder("cam", "frame.npy")
        second = self.start("share", "publish", "cam", "frame.npy", "--hold", "--dir", ".")
        self.addCleanup(second.communicate)
        while self.status()["version"] < 2:
            time.sleep(0.01)
        first.terminate()
        first.wait(60)
        self.assertEqual(self.status()["holders"], 1)
        self.share("rm", "cam")
        self.assertEqual(second.wait(60), 0)

    def test_one_that_was_held_stays_when_somebody_asks_to_keep_it(self):
        process = self.holder("cam", "frame.npy")
        self.share("publish", "cam", "frame.npy")
        process.terminate()
        process.wait(60)
        self.assertTrue(self.status()["keep"])
        self.assertEqual(self.status()["version"], 2)

    def test_refusals(self):
        for name in ("../x", "a/b", "n" * 65, ".hidden", "a b"):
            self.fails(USAGE, "share", "publish", name, "frame.npy", "--dir", ".")
        self.fails(USAGE, "share", "publish", "", "frame.npy", "--dir", ".")
        self.fails(USAGE, "share", "publish", "cam", "frame.npy", "--slots", "2", "--dir", ".")
        self.fails(USAGE, "share", "publish", "cam", "frame.npy", "1:2:3:4", "--dir", ".")
        self.fails(USAGE, "share", "publish", f"{UID + 1}:cam", "frame.npy", "--dir", ".")
        self.fails(NO_INPUT, "share", "publish", "cam", "none.npy", "--dir", ".")
        self.fails(CANNOT_CREATE, "share", "publish", "cam", "frame.npy", "--dir", "none")
        self.fails(USAGE, "share")
        self.fails(USAGE, "share", "publishes",
                   says="no verb 'publishes' (publish, list, info, watch, rm, gc)")


class InputTest(ShareTest):
    def test_one_that_is_not_there_is_no_input(self):
        self.fails(NO_INPUT, "print", self.input(), says=self.input())
        self.fails(NO_INPUT, "share", "info", "cam", "--dir", ".")
        self.fails(NO_INPUT, "share", "watch", "cam", "--dir", ".")
        self.fails(NO_INPUT, "share", "rm", "cam", "--dir", ".")
        self.fails(NO_INPUT, "share", "list", "--dir", "none")

    def test_a_file_of_that_name_comes_first(self):
        self.save("shm:cam", [5, 6])
        self.assertEqual(self.quarry("print", "shm:cam"), "[5 6]\n")

    def test_names_and_layouts_of_a_shared_array_are_refused(self):
        self.share("publish", "cam", "frame.npy")
        self.fails(USAGE, "print", self.input(), "--as", "<f4")
        self.fails(USAGE, "print", self.input(".cam"))
        self.fails(USAGE, "print", f"shm:{self.directory}/x:cam")
        self.fails(NO_INPUT, "print", self.input() + "::name", says="no array 'name'")

    def test_row_83_files_that_are_no_segments(self):
        self.share("publish", "cam", "frame.npy")
        whole = self.read(self.segment())
        for content in (b"", whole[:95], whole[:200], b"x" * 5000, whole[:-1],
                        whole[:8] + whole[11:7:-1] + whole[12:], whole[:20] + b"\x02" + whole[21:]):
            with self.subTest(content=content[:24], size=len(content)):
                self.write(self.segment(), content)
                self.fails(BAD_DATA, "print", self.input(), says=self.input())
                self.assertIn("problem", json.loads(self.share("list", "--json"))[0])
        self.write(self.segment(), whole)
        os.chmod(self.path(self.segment()), 0o602)
        self.fails(NO_PERMISSION, "print", self.input(), says="others than its owner may write")
        self.share("list")

    def test_another_users_needs_their_number(self):
        if UID != 0:
            self.skipTest("only root can make files of others")
        self.share("publish", "cam", "frame.npy")
        os.chown(self.path(self.segment()), 4242, -1)
        self.fails(NO_PERMISSION, "print", self.input(), says="belongs to user 4242, not to 0")
        os.rename(self.path(self.segment()), self.path("quarry.4242.cam"))
        self.assertEqual(self.quarry("print", f"shm:{self.directory}/4242:cam", "0, 1"), "1.0\n")
        self.assertEqual(json.loads(self.share("info", "4242:cam", "--json"))["version"], 1)


class ManageTest(ShareTest):
    def test_a_directory_is_the_one_that_the_system_goes_to(self):
        os.makedirs(self.path("there/below"))
        os.symlink("there/below", self.path("link"))
        self.quarry("share", "publish", "cam", "frame.npy", "--dir", "link/..")
        self.assertEqual(set(os.listdir(self.path("there"))), {"below", self.segment()})
        self.assertIn("cam", self.quarry("share", "list", "--dir", "link/.."))
        self.assertIn("cam", self.quarry("share", "list", "--dir", "there"))

    def test_all_are_listed(self):
        self.assertEqual(self.share("list"), "")
        self.assertEqual(json.loads(self.share("list", "--json")), [])
        self.share("publish", "b", "frame.npy")
        self.share("publish", "a", "frame.npy", "0")
        self.write(self.segment("c"), b"none")
        self.assertEqual(
            self.share("list").splitlines(),
            ["a: slots of >f4 (4,); version 1, shape (4,); 0 attached, kept",
             "b: slots of >f4 (3, 4); version 1, shape (3, 4); 0 attached, kept",
             "c: cannot be attached: a segment has a header of at least 96 bytes, the file has 4"])
        facts = json.loads(self.share("list", "--json"))
        self.assertEqual([each["name"] for each in facts], ["a", "b", "c"])
        self.assertEqual(facts[0], {
            "name": "a", "path": os.path.join(self.directory, self.segment("a")),
            "kind": "slots", "dtype": ">f4", "shape": [4], "max_shape": [4], "version": 1,
            "slots": 3, "file_bytes": 8192 + 3 * 8192, "writer": None, "holders": 0, "keep": True})

    def test_what_was_removed_is_kept_by_who_holds_it(self):
        process = self.holder("cam", "frame.npy")
        self.share("rm", "cam")
        self.assertEqual(self.share("list"), "")
        self.assertEqual(process.wait(60), 0)

    def test_what_a_killed_holder_left_is_collected(self):
        process = self.holder("cam", "frame.npy")
        self.assertEqual(self.share("gc"), "")
        process.kill()
        process.wait(60)
        self.share("publish", "kept", "frame.npy")
        self.assertEqual(self.status()["holders"], 0)
        self.assertEqual(self.share("gc", "--dry-run"), "cam\n")
        self.assertEqual(self.share("gc"), "cam\n")
        self.assertEqual([each["name"] for each in json.loads(self.share("list", "--json"))],
                         ["kept"])

    def test_one_that_is_kept_stays_where_the_machines_start_is_not_known(self):
        self.share("publish", "kept", "frame.npy")
        for most in range(3, 12):
            with self.subTest(descriptors=most):
                self.finished("share", "gc", "--dir", ".", preexec_fn=lambda: resource.setrlimit(
                    resource.RLIMIT_NOFILE, (most, most)))
                self.finished("share", "publish", "kept", "frame.npy", "--dir", ".",
                              preexec_fn=lambda: resource.setrlimit(
                                  resource.RLIMIT_NOFILE, (most, most)))
                self.assertEqual(self.share("gc"), "")
                self.assertIn(self.segment("kept"), os.listdir(self.directory))

    def test_each_version_is_seen_until_there_are_enough(self):
        self.share("publish", "cam", "frame.npy")
        watch = self.start("share", "watch", "cam", "--count", "3", "--dir", ".")
        for line, part in ((b"version 1, shape (3, 4)\n", "1:"), (b"version 2, shape (2, 4)\n", "0:1"),
                           (b"version 3, shape (1, 4)\n", None)):
            self.assertEqual(watch.stdout.readline(), line)
            if part:
                self.share("publish", "cam", "frame.npy", part)
        self.assertEqual(watch.communicate(timeout=60), (b"", b""))
        self.assertEqual(watch.returncode, 0)

    def test_watching_ends_with_the_time_or_the_array(self):
        self.share("publish", "cam", "frame.npy")
        line = "version 1, shape (3, 4)\n"
        self.assertEqual(self.share("watch", "cam", "--timeout", "0.01"), line)
        self.fails(BUSY, "share", "watch", "cam", "--timeout", "0", "--count", "2", "--dir", ".")
        self.fails(USAGE, "share", "watch", "cam", "--timeout", "-1", "--dir", ".")
        self.fails(USAGE, "share", "watch", "cam", "--count", "0", "--dir", ".")
        watch = self.start("share", "watch", "cam", "--dir", ".")
        watch.stdout.readline()
        self.share("rm", "cam")
        _, said = watch.communicate(timeout=60)
        self.assertEqual(watch.returncode, INPUT_OUTPUT)
        self.assertIn(b"was removed", said)


class AttachTest(ShareTest):
    """examples/python/attach.py, as a program and as a module."""

    def attach(self, *arguments):
        return subprocess.run([sys.executable, "-B", ATTACH, *arguments, "--dir", self.directory],
                              capture_output=True, text=True, timeout=60, check=False)

    def module(self):
        sys.dont_write_bytecode = True
        sys.path.insert(0, os.path.dirname(ATTACH))
        self.addCleanup(sys.path.remove, os.path.dirname(ATTACH))
        import attach  # pylint: disable=import-outside-toplevel
        return attach

    def test_the_program_prints_the_latest_version(self):
        self.share("publish", "cam", "frame.npy")
        self.assertEqual(self.attach("cam").stdout, "version 1, shape (3, 4), sum 66.0\n")
        self.assertIn("No such file", self.attach("none").stderr)
        self.assertEqual(self.attach("none").stderr.count("\n"), 1)

    def test_a_version_is_read_in_place_and_held(self):
        self.share("publish", "cam", "frame.npy")
        reader = self.module().Segment("cam", self.directory)
        version, elements = reader.latest()
        self.assertEqual(version, 1)
        self.assertEqual(elements.dtype, self.frame.dtype)
        self.assertFalse(elements.flags.writeable)
        self.assertFalse(elements.flags.owndata)
        np.testing.assert_array_equal(elements, self.frame)
        view = elements[1:, ::2]
        del elements
        for value in range(5):
            self.save("frame.npy", np.full((3, 4), value, ">f4"))
            self.share("publish", "cam", "frame.npy")
            np.testing.assert_array_equal(view, self.frame[1:, ::2])
        self.assertEqual(reader.latest(1)[0], 6)
        self.assertIsNone(reader.latest(6))

    def test_whatever_is_no_copy_holds_the_version(self):
        self.share("publish", "cam", "frame.npy")
        reader = self.module().Segment("cam", self.directory)
        for held in [lambda out: out.view(np.ndarray), np.asarray, np.ravel, memoryview,
                     lambda out: out.view("u1"), lambda out: np.frombuffer(out, ">f4")]:
            self.save("frame.npy", self.frame)
            self.share("publish", "cam", "frame.npy")
            view = held(reader.latest()[1])
            self.save("frame.npy", np.zeros((3, 4), ">f4"))
            for _ in range(4):
                self.share("publish", "cam", "frame.npy")
            self.assertEqual(view.tobytes(), self.frame.tobytes())
        copies = []
        for _ in range(4):
            copies.append(reader.latest()[1].copy())
            self.share("publish", "cam", "frame.npy")

    def test_the_segment_is_let_go_with_its_last_array(self):
        self.share("publish", "cam", "frame.npy")
        reader = self.module().Segment("cam", self.directory)
        elements = reader.latest()[1]
        del reader
        self.assertEqual(self.status()["holders"], 1)
        del elements
        self.assertEqual(self.status()["holders"], 0)

    def test_held_versions_stop_the_writer_until_they_are_let_go(self):
        reader = None
        held = []
        for version in (1, 2, 3):
            self.share("publish", "cam", "frame.npy")
            reader = reader or self.module().Segment("cam", self.directory)
            held.append(reader.latest(version - 1))
        self.fails(BUSY, "share", "publish", "cam", "frame.npy", "--dir", ".", says="readers hold")
        del held[0]
        self.share("publish", "cam", "frame.npy")
        self.assertEqual(self.status()["holders"], 1)

    def test_the_hint_names_the_whole_verb(self):
        self.fails(USAGE, "share", "publish", "cam", says="'quarry share publish -h'")
        self.fails(USAGE, "share", "list", "x", says="'quarry share list -h'")

    def test_records_are_records(self):
        records = np.zeros(3, [("t", ">f8"), ("id", "<u4", (2,)), ("name", "S3")])
        records["t"] = [1, 2, 3]
        self.save("records.npy", records)
        self.share("publish", "r", "records.npy")
        _, elements = self.module().Segment("r", self.directory).latest()
        self.assertEqual(elements.dtype, records.dtype)
        self.assertEqual(elements.tobytes(), records.tobytes())
        self.assertEqual(self.attach("r").stdout, "version 1, shape (3,)\n")

    def test_a_segment_written_as_the_page_says(self):
        """Of the kind append, by lib/quarry/share/share.md and struct alone."""
        module = self.module()
        rows = np.arange(12, dtype=">i2").reshape(4, 3)
        text, extents, page = b"'>i2'", (100, 3), 4096
        tail = struct.pack("<IIIIIIQQQQ16sQ", 1, 2, 96 + 16 + len(text), 2, 1, 0, page, 2 * page,
                           page, 3 * page, module.boot_id(), 0)
        tail += struct.pack("<2q", *extents) + text
        header = (b"\x89QSH\r\n\x1a\n" + struct.pack("=I", 0x01020304)
                  + struct.pack("<I", module.crc32c(tail)) + tail)
        control = struct.pack("=QIII", 2, 0, 1, 0)
        whole = b"".join(part.ljust(page, b"\0") for part in (header, control, rows.tobytes()))
        path = self.write(self.segment("log"), whole)
        os.chmod(self.path(path), 0o600)
        self.assertEqual(self.attach("log").stdout, "version 2, shape (2, 3), sum 15\n")
        self.assertEqual(self.quarry("print", self.input("log")), f"{rows[:2]}\n")
        _, elements = module.Segment("log", self.directory).latest()
        with open(self.path(path), "r+b") as file:
            file.seek(page)
            file.write(struct.pack("=Q", 4))
        np.testing.assert_array_equal(elements, rows[:2])
        self.quarry("convert", self.input("log"), "-o", "all.npy")
        self.assert_array("all.npy", rows)
        status = self.status("log")
        self.assertEqual((status["kind"], status["version"], status["max_shape"], status["keep"]),
                         ("append", 4, [100, 3], True))

    def test_what_is_no_segment_is_refused(self):
        module = self.module()
        self.share("publish", "cam", "frame.npy")
        whole = self.read(self.segment())
        for content in (b"", whole[:95], b"x" * 5000, whole[:-1], whole[:98] + b"\x01" + whole[99:]):
            self.write(self.segment(), content)
            with self.assertRaises(ValueError):
                module.Segment("cam", self.directory)
        os.chmod(self.path(self.segment()), 0o622)
        with self.assertRaises(PermissionError):
            module.Segment("cam", self.directory)

    def test_a_damaged_slot_and_a_dtype_without_a_name_are_told(self):
        self.share("publish", "cam", "frame.npy")
        whole = bytearray(self.read(self.segment()))
        data = struct.unpack_from("<Q", whole, 48)[0]
        self.assertEqual(struct.unpack_from("=Q", whole, data)[0], 1)
        whole[data] = 9
        self.write(self.segment(), whole)
        self.assertEqual(self.attach("cam").stderr,
                         f"attach.py: {self.path(self.segment())}: slot 0 does not hold version 1\n")
        self.quarry("convert", "frame.npy", "-o", "half.bin", "--dtype", "<bf16")
        self.share("publish", "half", "half.bin")
        self.assertIn("NumPy has no dtype", self.attach("half").stderr)
        self.assertEqual(self.attach("half").stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
