#!/usr/bin/python3
"""SigMF recordings through the command: opened by either half, written as pairs that a reader of
JSON and raw samples understands."""
import json
import os
import subprocess
import unittest

import numpy as np

from command import BAD_DATA, NO_INPUT, QUARRY, CommandTest

COMPLEX_INTEGERS = np.dtype([("re", "<i2"), ("im", "<i2")])
DATATYPES = {"rf32_le": "<f4", "rf64_be": ">f8", "rf64_le": "<f8", "ri16_be": ">i2",
             "ru8": "u1", "ri8": "i1", "ru32_le": "<u4", "cf32_le": "<c8", "cf64_be": ">c16",
             "ci16_le": COMPLEX_INTEGERS}


def numbers(dtype, shape):
    count = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.frombuffer(bytes(i % 61 for i in range(count)), dtype).reshape(shape)


class SigmfTest(CommandTest):
    def record(self, name, datatype, array, **more):
        channels = array.shape[1] if array.ndim == 2 else 1
        self.write(name + ".sigmf-data", array.tobytes())
        metadata = {"global": {"core:datatype": datatype, "core:version": "1.2.0",
                               "core:num_channels": channels, "core:sample_rate": 1e6, **more},
                    "captures": [{"core:sample_start": 0, "core:frequency": 433e6}],
                    "annotations": []}
        self.write(name + ".sigmf-meta", json.dumps(metadata).encode())

    def read_recording(self, name):
        metadata = json.loads(self.read(name + ".sigmf-meta"))
        world = metadata["global"]
        array = np.fromfile(self.path(name + ".sigmf-data"), DATATYPES[world["core:datatype"]])
        if world["core:num_channels"] > 1:
            array = array.reshape(-1, world["core:num_channels"])
        return metadata, array

    def test_either_half_is_opened(self):
        for datatype, dtype in DATATYPES.items():
            for shape in [(2000,), (2000, 3)]:
                values = numbers(dtype, shape)
                self.record("capture", datatype, values)
                for half in ["capture.sigmf-meta", "capture.sigmf-data"]:
                    with self.subTest(datatype=datatype, shape=shape, half=half):
                        self.assertEqual(self.info(half)["format"], "sigmf")
                        self.quarry("slice", half, "1000:2000", "-o", "part.npy", "--force")
                        self.assert_array("part.npy", values[1000:2000])

    def test_two_writers_of_one_pair_leave_one_of_theirs(self):
        values = {"<f8": np.ones(50000), "<f4": np.full(100000, 2, "<f4")}
        for dtype, array in values.items():
            self.save(dtype[1:] + ".npy", array)
        for _ in range(20):
            runs = [subprocess.Popen([QUARRY, "convert", dtype[1:] + ".npy", "-o",
                                      "out.sigmf-meta", "--force"], cwd=self.directory)
                    for dtype in values]
            self.assertEqual([run.wait() for run in runs], [0, 0])
            _, found = self.read_recording("out")
            np.testing.assert_array_equal(found, values[found.dtype.str])

    def test_every_datatype_is_written_as_a_pair(self):
        for datatype, dtype in DATATYPES.items():
            for shape in [(50,), (50, 3)]:
                for half in ["out.sigmf-meta", "out.sigmf-data"]:
                    with self.subTest(datatype=datatype, shape=shape, half=half):
                        values = numbers(dtype, shape)
                        self.save("in.npy", values)
                        self.quarry("convert", "in.npy", "-o", half, "--force", "--attribute",
                                    "sample_rate=8000", "--attribute", "core:hw=mixer 3")
                        metadata, found = self.read_recording("out")
                        world = metadata["global"]
                        self.assertEqual(world["core:datatype"], datatype)
                        self.assertEqual(world["core:sample_rate"], 8000)
                        self.assertEqual(world["core:hw"], "mixer 3")
                        self.assertEqual(found.tobytes(), values.tobytes())
                        self.assertEqual(found.shape, values.shape)

    def test_a_part_keeps_rate_and_frequency(self):
        self.record("capture", "ci16_le", numbers(COMPLEX_INTEGERS, (100,)), **{"core:hw": "x"})
        self.quarry("slice", "capture.sigmf-meta", "10:20", "-o", "part.sigmf-meta")
        metadata, found = self.read_recording("part")
        self.assertEqual(found.tobytes(), numbers(COMPLEX_INTEGERS, (100,))[10:20].tobytes())
        self.assertEqual(metadata["global"]["core:sample_rate"], 1e6)
        self.assertEqual(metadata["global"]["core:hw"], "x")
        self.assertEqual(metadata["captures"],
                         [{"core:sample_start": 0, "core:frequency": 433e6}])

    def test_a_cut_sample_is_said_and_left_out_if_asked(self):
        self.record("capture", "cf32_le", numbers("<c8", (10,)))
        self.write("capture.sigmf-data", self.read("capture.sigmf-data")[:-3])
        for half in ["capture.sigmf-meta", "capture.sigmf-data"]:
            self.fails(BAD_DATA, "slice", half, ":", "-o", "no.npy", says="3 are missing")
            self.quarry("slice", half, ":", "-o", "part.npy", "--force", "--allow-prefix")
            self.assert_array("part.npy", numbers("<c8", (10,))[:9])

    def test_what_is_no_recording_says_what_helps(self):
        self.record("capture", "ru8", numbers("u1", (10,)))
        os.remove(self.path("capture.sigmf-data"))
        self.fails(NO_INPUT, "slice", "capture.sigmf-meta", ":", "-o", "no.npy",
                   says=["capture.sigmf-data", "No such file"])
        self.write("pack.sigmf", bytes(257) + b"ustar" + bytes(762))
        self.fails(BAD_DATA, "slice", "pack.sigmf", ":", "-o", "no.npy", says="tar -xf FILE")
        self.write("all.sigmf-collection", b"{}")
        self.fails(BAD_DATA, "slice", "all.sigmf-collection", ":", "-o", "no.npy",
                   says="open one of their .sigmf-meta")

    def test_data_outside_the_directory_are_refused(self):
        os.mkdir(self.path("below"))
        self.write("secret.dat", bytes(10))
        os.symlink("../secret.dat", self.path("below/link.dat"))
        metadata = {"global": {"core:datatype": "ru8", "core:version": "1.2.0",
                               "core:dataset": "link.dat"}}
        self.write("below/a.sigmf-meta", json.dumps(metadata).encode())
        self.fails(BAD_DATA, "slice", "below/a.sigmf-meta", ":", "-o", "no.npy",
                   says="a link that leaves the directory")


if __name__ == "__main__":
    unittest.main()
