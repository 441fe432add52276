#!/usr/bin/python3
"""Recordings of instruments through the command, beside the values that they were made of."""
import os
import shutil
import unittest

import numpy as np

from command import BAD_DATA, NO_INPUT, CommandTest

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")


class RecordingTest(CommandTest):
    def golden(self, folder, name):
        return shutil.copy(os.path.join(DATA, folder, name), self.path(name))

    def described(self, source):
        """What info says of the array."""
        array, = self.info(source)["arrays"]
        return array

    def values(self, source):
        """The elements as float64, in the units that info tells."""
        self.quarry("convert", source, "-o", "raw.npy", "--dtype", "f8", "--force")
        scaling = self.described(source).get("scaling", {})
        return self.load("raw.npy") * scaling.get("scale", 1) + scaling.get("offset", 0)


class ScopeTest(RecordingTest):
    RAW = np.array([-12544, -12800, 32767, -32768, 0, 1, 258])  # of long_ri2.isf

    def test_tektronix(self):
        self.golden("isf", "long_ri2.isf")
        np.testing.assert_array_equal(self.values("long_ri2.isf"),
                                      self.RAW * 7.8125E-4 + (0.5 - 1.28E+3 * 7.8125E-4))

    def test_lecroy_segments(self):
        self.golden("trc", "sequence_big.trc")
        raw = ((np.arange(12) * 37 % 251 - 125) * 257).reshape(3, 4)
        self.quarry("slice", "sequence_big.trc::wave_array_1", "...", "-o", "raw.npy")
        self.assert_array("raw.npy", raw.astype(">i2"))
        np.testing.assert_array_equal(self.values("sequence_big.trc::wave_array_1"),
                                      raw * float(np.float32(0.0009765)) - 0.125)
        self.quarry("slice", "sequence_big.trc::trigtime_array", "...", "-o", "times.npy")
        self.assertEqual(self.load("times.npy").tolist(),
                         [(0.0, -1e-7), (0.5, -1.5e-7), (1.25, -2e-7)])

    def test_keysight_buffers(self):
        self.golden("keysight", "peaks.bin")
        wave = (np.arange(4) * 3 % 7 + 0.25).astype("<f4")
        for name in ("1.max", "1.min"):
            self.quarry("slice", f"peaks.bin::{name}", ":", "-o", "part.npy", "--force")
            self.assert_array("part.npy", wave)
        self.fails(NO_INPUT, "print", "peaks.bin::1.mean", says=["1.max", "1.min"])

    def test_a_block_gets_its_meaning_by_a_layout(self):
        self.write("answer.dat", b"#14\x00\x01\xff\xfe\n")
        self.assertEqual(self.info("answer.dat")["format"], "ieee488")
        self.assertEqual(self.quarry("print", "answer.dat"), "[  0   1 255 254]\n")
        self.assertEqual(self.quarry("print", "answer.dat", "--as", ">i2[2]@3"), "[ 1 -2]\n")

    def test_decimal_text_is_skipped_with_a_remedy(self):
        self.write("text.isf", b":WFMPRE:ENCDG ASC;BYT_NR 1;:CURVE 1,2")
        self.assertEqual(self.info("text.isf")["skipped"][0]["reason"],
                         "its values are decimal text (ENCDG ASCII)")
        self.fails(BAD_DATA, "print", "text.isf", says="DATA:ENCDG RIBINARY")

    def test_they_are_not_written(self):
        self.save("a.npy", np.arange(3))
        for name in ("isf", "ieee488", "trc", "keysight"):
            self.fails(BAD_DATA, "convert", "a.npy", "-o", "b.out", "--format", name)


if __name__ == "__main__":
    unittest.main()
