#!/usr/bin/python3
"""`stack` into new files, against numpy.concatenate and numpy.stack."""
import os
import signal
import subprocess
import unittest

import numpy as np

from command import (BAD_DATA, CANNOT_CREATE, INPUT_OUTPUT, NO_INPUT, QUARRY, USAGE, CommandTest)


def counting(shape, dtype="<f4", start=0):
    return (np.arange(np.prod(shape, dtype=int)) + start).reshape(shape).astype(dtype)


class StackTest(CommandTest):
    def stacked(self, expected, *arguments, out="out.npy"):
        self.quarry("stack", "--force", out, *arguments)
        self.assert_array(out, expected)

    def test_along_every_axis_with_unequal_extents(self):
        for axis in range(3):
            parts = []
            for i, extent in enumerate([2, 1, 4]):
                shape = [3, 4, 5]
                shape[axis] = extent
                parts.append(counting(shape, start=100 * i))
                self.save(f"{i}.npy", parts[-1])
            names = ["0.npy", "1.npy", "2.npy"]
            self.stacked(np.concatenate(parts, axis), *names, "--axis", str(axis))
            self.stacked(np.concatenate(parts, axis), *names, "--axis", str(axis - 3))
        self.stacked(np.concatenate([parts[0], parts[0]], 0), "0.npy", "0.npy")

    def test_along_a_new_axis(self):
        parts = [counting((2, 3), start=10 * i) for i in range(4)]
        for i, part in enumerate(parts):
            self.save(f"{i}.npy", part)
        names = [f"{i}.npy" for i in range(4)]
        for axis in [0, 1, 2, -1]:
            self.stacked(np.stack(parts, axis), *names, "--new-axis", str(axis))
        self.save("scalar.npy", np.float64(7))
        self.stacked(np.array([7.0, 7.0]), "scalar.npy", "scalar.npy", "--new-axis", "0")

    def test_byte_orders_memory_orders_and_formats(self):
        big = counting((3, 4), ">i2")
        little = counting((3, 4), "<i2", 50)
        self.save("big.npy", np.asfortranarray(big))
        self.save("little.npy", little)
        np.savez(self.path("zip.npz"), other=little, signal=big)
        np.savez_compressed(self.path("deflated.npz"), signal=little)
        self.write("dump.dat", b"head" + little.tobytes())
        self.quarry("describe", "dump.dat", "--as", "<i2[-1,4]@4")
        self.quarry("convert", "big.npy", "-o", "big.bin")
        names = ["big.npy", "little.npy", "zip.npz::signal", "deflated.npz", "dump.dat", "big.bin"]
        parts = [big, little, big, little, little, big]
        for axis in [0, 1]:
            self.stacked(np.concatenate(parts, axis).astype(">i2"), *names, "--axis", str(axis))
        self.stacked(np.stack(parts, 1).astype(">i2"), *names, "--new-axis", "1")
        self.stacked(np.concatenate([little, little]), "dump.dat", "dump.dat", "--as",
                     "<i2[-1,4]@4")

    def test_the_dtype_holds_all_inputs(self):
        small, large = counting((2, 2), "<i2"), counting((3, 2), ">f8", 0.5)
        self.save("small.npy", small)
        self.save("large.npy", large)
        self.stacked(np.concatenate([small, large]).astype(">f8"), "small.npy", "large.npy")
        for other_type, common in [("<u2", "<i4"), (">u4", "<i8"), ("<f2", "<f4"), (">f4", ">f4"),
                                   (">c8", ">c8"), ("?", "<i2")]:
            other = counting((2, 2), "u1").astype(other_type)
            self.save("other.npy", other)
            whole = np.concatenate([small, other])
            self.assertEqual(whole.dtype, np.dtype(common).newbyteorder("="))
            self.stacked(whole.astype(common), "small.npy", "other.npy")
            self.stacked(whole.astype("<c16"), "small.npy", "other.npy", "--dtype", "<c16")
        self.save("text.npy", np.array([["1", "2"]], "S1"))
        self.fails(BAD_DATA, "stack", "x.npy", "small.npy", "text.npy", says=["<i2", "|S1"])
        self.fails(BAD_DATA, "stack", "x.npy", "large.npy", "--dtype", "<i4", says="same_kind")
        self.save("wide.npy", np.array([[1, 70000]], "<i4"))
        self.fails(BAD_DATA, "stack", "x.npy", "small.npy", "wide.npy", "--dtype", "<i2",
                   says=["wide.npy", "70000", "(2, 1)"])

    def test_records_strings_and_times(self):
        record = np.dtype([("t", ">f8"), ("v", "<i2", (2,))])
        for dtype in [record, np.dtype("S3"), np.dtype("<U2"), np.dtype("<M8[s]"), np.dtype("V4")]:
            raw = np.arange(5 * dtype.itemsize, dtype="u1") % 60 + 4
            part = raw.view(dtype) if dtype.kind != "U" else np.array(list("abcde"), dtype)
            self.save("a.npy", part)
            self.stacked(np.concatenate([part, part]).astype(dtype), "a.npy", "a.npy")

    def test_parts_without_elements(self):
        full, none = counting((2, 3)), counting((0, 3))
        self.save("full.npy", full)
        self.save("none.npy", none)
        self.stacked(full, "none.npy", "full.npy", "none.npy")
        self.stacked(none, "none.npy", "none.npy")
        self.stacked(np.concatenate([none, none], 1), "none.npy", "none.npy", "--axis", "1")

    def test_missing_inputs_are_filled_where_asked(self):
        part = counting((2, 3))
        self.save("a.npy", part)
        expected = np.concatenate([part, np.full_like(part, np.nan), part])
        self.stacked(expected, "a.npy", "none.npy", "a.npy", "--fill", "nan")
        self.stacked(np.stack([np.full_like(part, -1), part]), "none.npy", "a.npy", "--new-axis",
                     "0", "--fill", "-1")
        self.fails(NO_INPUT, "stack", "x.npy", "a.npy", "none.npy", says="none.npy")
        self.fails(NO_INPUT, "stack", "x.npy", "none.npy", "no.npy", "--fill", "0", says="npy")
        self.save("b.npy", counting((4, 3)))
        self.fails(BAD_DATA, "stack", "x.npy", "a.npy", "b.npy", "none.npy", "--fill", "0",
                   says=["none.npy", "how large"])
        self.save("i.npy", counting((2,), "<i2"))
        self.fails(BAD_DATA, "stack", "x.npy", "i.npy", "none.npy", "--fill", "70000")
        self.fails(USAGE, "stack", "x.npy", "a.npy", "none.npy", "--fill", "many")

    def test_only_what_is_missing_itself_is_filled(self):
        np.savez_compressed(self.path("a.npz"), a=np.zeros(3))
        self.save("b.npy", np.zeros(3))
        self.fails(NO_INPUT, "stack", "x.npy", "a.npz", "b.npy", "--fill", "1", "--scratch", "none",
                   says="none")

    def test_a_fill_that_the_dtype_cannot_hold(self):
        self.save("i.npy", counting((2,), "<i2"))
        for fill in ["70000", "nan"]:
            for out in [["x.npy"], ["x.layout.json", "--virtual"]]:
                self.fails(BAD_DATA, "stack", *out, "i.npy", "none.npy", "--fill", fill,
                           says=[out[0] + ": the fill of missing parts: "])

    def test_a_fill_is_any_number_of_64_bits(self):
        self.save("u.npy", counting((2,), "<u8"))
        most = 2**64 - 1
        self.stacked(np.array([0, 1, most, most], "<u8"), "u.npy", "none.npy", "--fill", str(most))
        self.quarry("stack", "all.layout.json", "u.npy", "none.npy", "--fill", str(most), "--virtual")
        self.quarry("convert", "all.layout.json", "-o", "all.npy")
        self.assert_array("all.npy", np.array([0, 1, most, most], "<u8"))

    def test_what_does_not_fit_is_named(self):
        for name, shape in [("a", (2, 3)), ("b", (4, 3)), ("c", (3,))]:
            self.save(name + ".npy", counting(shape))
        self.fails(BAD_DATA, "stack", "x.npy", "a.npy", "b.npy", "c.npy",
                   says="c.npy: part 2 of the stack has the shape (3,)")

    def test_inflated_inputs_take_the_space_of_some(self):
        disk = self.small_disk("12m")
        parts = [np.full((1, 1 << 17), i, "<f8") for i in range(40)]  # 1 MiB each
        for i, part in enumerate(parts):
            np.savez_compressed(self.path(f"{i}.npz"), part)
        self.stacked(np.concatenate(parts), *[f"{i}.npz" for i in range(40)], "--scratch", disk)

    def test_inflated_inputs_are_inflated_once_where_there_is_room(self):
        part = counting((256, 256))
        np.savez_compressed(self.path("a.npz"), part)
        run = subprocess.run(["strace", "-f", "-e", "trace=openat", "-o", "trace", QUARRY, "stack",
                              "out.npy", *["a.npz"] * 12, "--axis", "1", "--memory", "1M"],
                             cwd=self.directory, capture_output=True, check=False,
                             # strace and the leak sanitizer both want to trace the process.
                             env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        self.assert_array("out.npy", np.concatenate([part] * 12, 1))
        self.assertEqual(self.read("trace").count(b"O_TMPFILE"), 12 + 1)  # and the output

    def test_columns_keep_to_the_memory(self):
        for name, shape in [("small", "2,2"), ("large", "65536,256")]:
            self.quarry("create", name + ".npy", "--dtype", "<f4", "--shape", shape, "--sparse")
        least, most = (
            self.peak_bytes("stack", "out.npy", *[name] * 4, "--axis", "1", "--force",
                            "--memory", "64M") for name in ["small.npy", "large.npy"])
        self.assertLess(most, least + (40 << 20))

    def test_shared_arrays_are_inputs_that_no_layout_file_can_name(self):
        self.save("a.npy", counting((2, 3)))
        self.save("b.npy", counting((1, 3), ">f4", 0.5))
        self.quarry("share", "publish", "one", "b.npy", "--dir", ".")
        shared = f"shm:{self.directory}/one"
        for more in [[], ["--fill", "0"]]:
            parts = [self.load("b.npy"), self.load("a.npy"), self.load("b.npy")]
            self.stacked(np.concatenate(parts).astype(">f4"), shared, "a.npy", shared, *more)
        self.fails(BAD_DATA, "stack", "x.layout.json", "a.npy", shared, "--virtual",
                   says=[shared, "lies in memory"])
        self.fails(NO_INPUT, "stack", "x.npy", "a.npy", shared + "2", "--fill", "0", says=shared + "2")

    def test_a_layout_file_takes_parts_whole(self):
        self.save("a.npy", counting((2, 3)))
        self.fails(USAGE, "stack", "x.layout.json", "a.npy", "a.npy", "--virtual", "--allow-prefix",
                   says="--allow-prefix")

    def test_any_budget_and_any_number_of_threads_give_the_same_bytes(self):
        rng = np.random.default_rng(7)
        parts = [rng.integers(0, 1000, (700, extent)).astype(dtype)
                 for extent, dtype in [(150, "<i4"), (1, ">i4"), (333, "<i4"), (40, "<i2")]]
        for i, part in enumerate(parts):
            self.save(f"{i}.npy", part if i % 2 else np.asfortranarray(part))
        names = [f"{i}.npy" for i in range(4)]
        expected = np.concatenate(parts, 1).astype("<i4")
        for options in [["--memory", "1"], ["--memory", "300K"], ["--memory", "1M"],
                        ["--threads", "1"], ["--io", "pread"], ["--io", "mmap"]]:
            self.stacked(expected, *names, "--axis", "1", *options)
        square = [part[:150, :150] for part in parts[::2]]
        self.save("a.npy", parts[0][:150])
        self.save("b.npy", parts[2][:150, :150])
        self.stacked(np.stack([parts[0][:150], square[1]], 2), "a.npy", "b.npy", "--new-axis", "2",
                     "--memory", "1")

    def test_many_parts_need_few_descriptors(self):
        for i in range(600):
            self.save(f"{i}.npy", np.array([[i]], "<i4"))
        names = [f"{i}.npy" for i in range(600)]
        limited = ["/bin/sh", "-c", 'ulimit -n 64; exec "$@"', "sh", QUARRY]
        for axis in ["0", "1"]:
            run = subprocess.run([*limited, "stack", "--force", "out.npy", *names, "--axis", axis],
                                 cwd=self.directory, capture_output=True, check=False, timeout=300)
            self.assertEqual((run.returncode, run.stderr), (0, b""))
            self.assertEqual(self.load("out.npy").ravel().tolist(), list(range(600)))

    def test_scalings_must_agree(self):
        for name, scale in [("a", 2), ("b", 2), ("c", 3)]:
            self.write(f"{name}.dat", bytes(range(4)))
            self.write(f"{name}.dat.layout.json", (
                '{"arrays": [{"dtype": "|u1", "shape": [4], "scaling": {"scale": %d}}]}' % scale
            ).encode())
        self.quarry("stack", "out.bin", "a.dat", "b.dat")
        self.assertEqual(self.info("out.bin")["arrays"][0]["scaling"], {"scale": 2.0})
        self.fails(BAD_DATA, "stack", "x.bin", "a.dat", "c.dat", says=["c.dat", "--physical"])

    def test_what_does_not_go_together(self):
        self.save("a.npy", counting((2, 3)))
        self.save("b.npy", counting((3, 2)))
        self.save("c.npy", counting((6,)))
        for arguments in [["a.npy", "b.npy"], ["a.npy", "c.npy"], ["a.npy", "a.npy", "--axis", "2"],
                          ["a.npy", "a.npy", "--axis", "-3"],
                          ["a.npy", "b.npy", "--new-axis", "0"],
                          ["a.npy", "a.npy", "--new-axis", "3"]]:
            self.fails(BAD_DATA, "stack", "x.npy", *arguments, says="axis")
        self.fails(USAGE, "stack", "x.npy")
        self.fails(USAGE, "stack", "x.npy", "a.npy", "--axis", "0", "--new-axis", "0")
        self.fails(USAGE, "stack", "x.npy", "a.npy", "--axis", "one")
        self.fails(USAGE, "stack", "x.unknown", "a.npy")

    def test_the_output_is_none_of_the_inputs(self):
        self.save("a.npy", counting((2, 3)))
        self.save("b.npy", counting((2, 3)))
        os.link(self.path("b.npy"), self.path("link.npy"))
        before = self.read("b.npy")
        for out in ["b.npy", "link.npy", "./b.npy"]:
            self.fails(USAGE, "stack", "--force", out, "a.npy", "b.npy", says="is the input")
        self.fails(CANNOT_CREATE, "stack", "link.npy", "a.npy", says="--force")
        self.assertEqual(self.read("b.npy"), before)

    def test_a_truncated_input_leaves_nothing(self):
        self.save("a.npy", counting((2, 3)))
        self.save("b.npy", counting((2, 3)))
        os.truncate(self.path("b.npy"), 140)
        self.fails(BAD_DATA, "stack", "x.npy", "a.npy", "b.npy", says=["b.npy", "140"])

    def test_signals_and_kills_leave_nothing(self):
        big = np.zeros((64, 1 << 18), "<f4")
        for name in ["a.npy", "b.npy"]:
            self.save(name, big)
        before = self.files()
        for number in [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]:
            for axis in ["0", "1"]:
                process = self.start("stack", "out.npy", "a.npy", "b.npy", "--axis", axis,
                                     "--memory", "1M", "--progress", "always")
                self.assertEqual(self.interrupted(process, number), -number)
                self.assertEqual(self.files(), before)

    def test_an_input_that_changes_on_the_way_is_an_error(self):
        self.save("a.npy", np.zeros((64, 1 << 18), "<f4"))
        self.save("b.npy", np.zeros((64, 1 << 18), "<f4"))
        process = self.start("stack", "out.npy", "a.npy", "b.npy", "--memory", "1M", "--progress",
                             "always")
        process.stderr.read(1)
        process.send_signal(signal.SIGSTOP)
        self.save("b.npy", np.zeros((64, 1 << 17), "<f4"))
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=300)
        self.assertEqual(process.returncode, INPUT_OUTPUT)
        self.assertFalse(os.path.exists(self.path("out.npy")))


if __name__ == "__main__":
    unittest.main()
