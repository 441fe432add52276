#!/usr/bin/python3
"""`stack --virtual`: layout files that lead to their parts, read by every verb, against NumPy."""
import json
import os
import subprocess
import unittest

import numpy as np

from command import (BAD_DATA, CANNOT_CREATE, INPUT_OUTPUT, NO_INPUT, QUARRY, USAGE, CommandTest)

OUT = "all.layout.json"


def joined(parts, axis=0):
    """numpy.concatenate in the byte order of the first."""
    return np.concatenate(parts, axis).astype(parts[0].dtype)


class VirtualStackTest(CommandTest):
    def setUp(self):
        super().setUp()
        rng = np.random.default_rng(3)
        self.parts = [rng.integers(-99, 99, (rows, 4, 5)).astype(">i2") for rows in (3, 1, 6)]
        self.save("a.npy", self.parts[0])
        self.save("b.npy", np.asfortranarray(self.parts[1]).astype("<i2"))
        os.mkdir(self.path("sub"))
        np.savez_compressed(self.path("sub/c.npz"), x=self.parts[2])
        self.names = ["a.npy", "b.npy", "sub/c.npz::x"]
        self.whole = joined(self.parts)

    def stack(self, *arguments):
        self.quarry("stack", "--force", OUT, *arguments, "--virtual")

    def test_slices_cross_the_seams(self):
        self.stack(*self.names)
        for text in ["...", "2:5", "::-1", "1::3, ::-2", "8:1:-3, 2", "3", "-1, ..., 4", "..., 2:2",
                     "::-1, None, 1, 1:3", "9:2:-2, ::-1, -1", "4:4"]:
            self.quarry("slice", "--force", OUT, text, "-o", "out.npy")
            # pylint: disable-next=eval-used
            self.assert_array("out.npy", eval(f"whole[{text}]", {"whole": self.whole}))

    def test_along_other_axes_and_new_ones(self):
        wide = joined([self.parts[0], self.parts[0][:, :2]], 1)
        self.save("d.npy", self.parts[0][:, :2])
        self.stack("a.npy", "d.npy", "--axis", "1")
        self.quarry("slice", "--force", OUT, "::-1, 5:1:-1, 2", "-o", "out.npy")
        self.assert_array("out.npy", wide[::-1, 5:1:-1, 2])
        for axis in range(4):
            self.stack("a.npy", "a.npy", "--new-axis", str(axis))
            self.quarry("slice", "--force", OUT, "..., ::-1", "-o", "out.npy")
            self.assert_array("out.npy", np.stack([self.parts[0]] * 2, axis).astype(">i2")[..., ::-1])

    def test_convert_takes_all_of_its_steps(self):
        self.stack(*self.names)
        for arguments, expected in [
                (["--dtype", "<f4"], self.whole.astype("<f4")),
                (["--byteorder", "little"], self.whole.astype("<i2")),
                (["--transpose"], self.whole.transpose()),
                (["--slice", "2:8, 1", "--transpose", "1,0"], self.whole[2:8, 1].T),
                (["--scale", "0.5", "--offset", "1"], (self.whole * 0.5 + 1).astype(">f8"))]:
            self.quarry("convert", "--force", OUT, "-o", "out.npy", *arguments)
            found = self.load("out.npy")
            np.testing.assert_array_equal(found, expected)
            self.assertEqual(found.dtype, expected.dtype)
        self.quarry("convert", "--force", OUT, "-o", "out.npy", "--order", "F")
        self.assertTrue(self.load("out.npy").flags.f_contiguous)
        np.testing.assert_array_equal(self.load("out.npy"), self.whole)
        self.fails(BAD_DATA, "convert", OUT, "-o", "x.npy", "--dtype", "|i1", "--casting", "safe")
        self.fails(BAD_DATA, "convert", OUT, "-o", "x.npy", "--explain", says="3 parts")

    def test_print_in_every_form(self):
        self.stack(*self.names)
        self.save("whole.npy", self.whole)
        for arguments in [[], ["--full"], ["--csv"], ["--json"], ["2:5, 0"], ["7, 3, 4"]]:
            self.assertEqual(self.quarry("print", OUT, *arguments),
                             self.quarry("print", "whole.npy", *arguments))
        self.stack(*self.names * 20)
        self.save("whole.npy", joined([self.whole] * 20))
        self.assertEqual(self.quarry("print", OUT), self.quarry("print", "whole.npy"))

    def test_fields_of_records(self):
        record = np.dtype([("t", ">f8"), ("v", "<i2", (2,))])
        one = np.zeros(3, record)
        one["t"], one["v"] = [1, 2, 3], [[1, 2], [3, 4], [5, 6]]
        self.save("r.npy", one)
        self.save("s.npy", one.astype(record.newbyteorder()))
        self.stack("r.npy", "s.npy")
        self.quarry("slice", "--force", OUT, "::-2, 1", "--field", "v", "-o", "out.npy")
        self.assert_array("out.npy", joined([one, one])["v"][::-2, 1])
        self.quarry("slice", "--force", OUT, "1:5", "--field", "v,t", "-o", "out.npy")
        found = self.load("out.npy")
        self.assertEqual(found.dtype.names, ("v", "t"))
        for name in ["v", "t"]:
            np.testing.assert_array_equal(found[name], joined([one, one])[name][1:5])

    def test_info_says_what_the_parts_are(self):
        self.save("wide.npy", np.zeros((2, 4, 5), "<f8"))
        self.stack(*self.names, "wide.npy", "--attribute", "units=V")
        array = self.info(OUT)["arrays"][0]
        self.assertEqual((array["dtype"], array["shape"], array["axis"], array["nbytes"]),
                         ("<f8", [12, 4, 5], 0, 1920))
        self.assertEqual(array["parts"][2],
                         {"file": "sub/c.npz", "array": "x", "dtype": ">i2", "shape": [6, 4, 5]})
        self.assertEqual(array["parts"][3], {"file": "wide.npy", "array": "", "shape": [2, 4, 5]})
        self.assertEqual(array["attributes"], {"units": "V"})
        self.assertFalse({"strides", "offset", "order", "alignment"} & set(array))
        text = self.quarry("info", OUT)
        self.assertIn("parts       4, along axis 0\n  part        a.npy (3, 4, 5) >i2\n", text)
        self.assertIn("part        sub/c.npz::x (6, 4, 5) >i2\n", text)

    def test_parts_without_a_header_keep_their_layout(self):
        self.write("dump.dat", b"head" + self.parts[0].tobytes())
        self.stack("dump.dat", "dump.dat", "--as", ">i2[-1,4,5]@4")
        self.quarry("slice", OUT, "2:4", "-o", "out.npy")
        self.assert_array("out.npy", joined([self.parts[0]] * 2)[2:4])
        self.assertEqual(self.info(OUT)["arrays"][0]["parts"][0]["offset"], 4)

    def test_missing_parts(self):
        self.stack("a.npy", "none.npy", "--fill", "-1")
        self.quarry("slice", OUT, "2:4", "-o", "out.npy")
        filled = joined([self.parts[0], np.full_like(self.parts[0], -1)])
        self.assert_array("out.npy", filled[2:4])
        self.save("none.npy", self.parts[0])
        self.quarry("slice", "--force", OUT, "...", "-o", "out.npy")
        self.assert_array("out.npy", joined([self.parts[0]] * 2))
        self.stack("a.npy", "b.npy")
        os.remove(self.path("b.npy"))
        self.quarry("slice", "--force", OUT, ":3", "-o", "out.npy")
        self.fails(NO_INPUT, "slice", OUT, ":4", "-o", "x.npy", says="b.npy")
        self.fails(NO_INPUT, "print", OUT, says="b.npy")

    def test_parts_that_changed_are_named(self):
        self.stack("a.npy", "b.npy")
        self.save("b.npy", self.parts[1][:, :2])
        self.fails(INPUT_OUTPUT, "slice", OUT, "...", "-o", "x.npy", says=["b.npy", "(1, 2, 5)"])
        self.save("b.npy", self.parts[1].astype("<f4"))
        self.fails(INPUT_OUTPUT, "print", OUT, says=["b.npy", "<f4"])
        self.write("b.npy", b"nothing")
        self.fails(BAD_DATA, "print", OUT, says="b.npy")

    def test_the_output_of_a_verb_is_no_part(self):
        self.stack("a.npy", "b.npy")
        for out in ["a.npy", "./b.npy"]:
            self.fails(USAGE, "slice", "--force", OUT, "0", "-o", out, says="is the input")
        self.fails(USAGE, "stack", "--force", OUT, OUT, "a.npy", "--virtual", says="is the input")

    def test_stacks_of_stacks_are_refused(self):
        self.stack("a.npy", "b.npy")
        self.fails(BAD_DATA, "stack", "two.layout.json", OUT, OUT, "--virtual", says="stack itself")
        self.fails(BAD_DATA, "stack", "x.npy", OUT, "a.npy", says="stack itself")

    def test_parts_elsewhere_need_leave(self):
        os.mkdir(self.path("out"))
        inside = "out/all.layout.json"
        self.fails(BAD_DATA, "stack", inside, "a.npy", "--virtual", says="--allow-external")
        self.quarry("stack", inside, "a.npy", "--virtual", "--allow-external", ".")
        self.fails(BAD_DATA, "print", inside, says="--allow-external")
        self.assertEqual(self.quarry("print", inside, "--allow-external", "."),
                         self.quarry("print", "a.npy"))
        self.stack(self.path("a.npy"), "sub/../b.npy")
        self.assertEqual([each["file"] for each in self.info(OUT)["arrays"][0]["parts"]],
                         ["a.npy", "b.npy"])

    def test_what_the_output_must_be(self):
        self.fails(USAGE, "stack", "all.json", "a.npy", "--virtual", says=".layout.json")
        self.fails(USAGE, "stack", "a.npy.layout.json", "b.npy", "--virtual", says="a.npy")
        self.write(OUT, b"old")
        self.fails(CANNOT_CREATE, "stack", OUT, "a.npy", "--virtual", says="--force")
        self.assertEqual(self.read(OUT), b"old")
        self.save("f.npy", np.zeros((1, 4, 5), "<f8"))
        self.fails(BAD_DATA, "stack", "x.layout.json", "f.npy", "--dtype", "<f4", "--virtual",
                   says=["f.npy", "safe"])

    def test_thousands_of_parts_open_with_few_descriptors(self):
        count = 2000
        for i in range(count):
            self.write(f"{i}.raw", i.to_bytes(4, "little"))
        layout = {"arrays": [{"dtype": "<i4", "new_axis": 0, "parts": [
            {"file": f"{i}.raw", "shape": [1]} for i in range(count)]}]}
        self.write(OUT, json.dumps(layout).encode())
        limited = ["/bin/sh", "-c", 'ulimit -n 40; exec "$@"', "sh", QUARRY]
        for arguments, lines in [(["print", OUT, "::-400, 0"], "[1999 1599 1199  799  399]\n"),
                                 (["convert", OUT, "-o", "out.npy"], "")]:
            run = subprocess.run([*limited, *arguments], cwd=self.directory, capture_output=True,
                                 text=True, check=False, timeout=300)
            self.assertEqual((run.stdout, run.stderr), (lines, ""))
        self.assertEqual(self.load("out.npy")[:, 0].tolist(), list(range(count)))


if __name__ == "__main__":
    unittest.main()
