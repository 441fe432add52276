#!/usr/bin/python3
"""safetensors and IDX through the command, against small readers of their own."""
import gzip
import json
import struct
import unittest

import numpy as np

from command import BAD_DATA, CommandTest


def idx_array(file):
    """What the bytes of an IDX file hold."""
    zeros, code, rank = struct.unpack_from(">HBB", file)
    assert zeros == 0
    shape = struct.unpack_from(f">{rank}I", file, 4)
    dtype = {8: "|u1", 9: "|i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}[code]
    return np.frombuffer(file, dtype, offset=4 + 4 * rank).reshape(shape)


def tensors(file):
    """Arrays by name, of a file that obeys the rules of safetensors."""
    length, = struct.unpack_from("<Q", file)
    out, expected = {}, 0
    header = json.loads(file[8:8 + length])
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        assert begin == expected
        expected = end
        dtype = {"F32": "<f4", "I16": "<i2", "BF16": "<u2", "BOOL": "?"}[entry["dtype"]]
        out[name] = np.frombuffer(file[8 + length + begin:8 + length + end], dtype)
        out[name] = out[name].reshape(entry["shape"])
    assert 8 + length + expected == len(file)
    return out


class IdxTest(CommandTest):
    def test_written_and_read_again(self):
        digits = (np.arange(7 * 5 * 4) % 256).astype("u1").reshape(7, 5, 4)
        self.save("a.npy", digits)
        self.quarry("slice", "a.npy", "1::2, ::-1", "-o", "b.idx")
        np.testing.assert_array_equal(idx_array(self.read("b.idx")), digits[1::2, ::-1])
        self.assertEqual(self.info("b.idx")["format"], "idx")
        self.quarry("slice", "b.idx", "...", "-o", "c.npy")
        self.assert_array("c.npy", digits[1::2, ::-1])

    def test_numbers_are_turned_where_asked_for(self):
        self.save("a.npy", np.arange(5, dtype="<f8"))
        self.fails(BAD_DATA, "convert", "a.npy", "-o", "b.idx", says="big-endian")
        self.quarry("convert", "a.npy", "-o", "b.idx", "--byteorder", "big")
        self.assertEqual(idx_array(self.read("b.idx")).tolist(), [0, 1, 2, 3, 4])

    def test_a_short_file_says_by_how_much(self):
        self.write("labels-idx1-ubyte", struct.pack(">HBBI", 0, 8, 1, 10) + b"1234567")
        self.fails(BAD_DATA, "print", "labels-idx1-ubyte", says="3 are missing")


    def test_a_compressed_file_is_to_be_unpacked_first(self):
        file = struct.pack(">HBBI", 0, 8, 1, 3) + b"abc"
        self.write("labels-idx1-ubyte.gz", gzip.compress(file))
        self.fails(BAD_DATA, "print", "labels-idx1-ubyte.gz", says="gunzip")


class SafetensorsTest(CommandTest):
    def test_written_and_read_again(self):
        array = np.arange(-6, 6, dtype="<f4").reshape(3, 4)
        self.save("a.npy", array)
        self.quarry("slice", "a.npy", ":, 1:3", "-o", "b.safetensors")
        np.testing.assert_array_equal(tensors(self.read("b.safetensors"))["data"], array[:, 1:3])
        self.quarry("slice", "b.safetensors::data", "1", "-o", "c.npy")
        self.assert_array("c.npy", array[1, 1:3])

    def test_brain_floats_need_no_asking(self):
        self.save("a.npy", np.array([1, -2, 0.5], "<f4"))
        self.quarry("convert", "a.npy", "--dtype", "bf16", "-o", "b.safetensors")
        self.quarry("slice", "b.safetensors", "::-1", "-o", "c.safetensors")
        self.assertEqual(tensors(self.read("c.safetensors"))["data"].tolist(),
                         [0x3F00, 0xC000, 0x3F80])

    def test_a_type_that_is_not_there_is_skipped_and_its_bytes_can_be_had(self):
        header = json.dumps({"w": {"dtype": "F8_E5M2", "shape": [3], "data_offsets": [0, 3]}})
        self.write("a.safetensors", struct.pack("<Q", len(header)) + header.encode() + b"abc")
        message = self.fails(BAD_DATA, "print", "a.safetensors::w", says="F8_E5M2")
        layout = message.split("--as '")[1].split("'")[0]
        self.assertEqual(self.quarry("print", "a.safetensors", "--as", layout), "[97 98 99]\n")


if __name__ == "__main__":
    unittest.main()
