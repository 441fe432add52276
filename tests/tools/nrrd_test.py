"""NRRD in the command: what it writes is read by unu, the reference implementation's command
(Debian: teem-apps), and the two halves of a detached file mean the same."""
import subprocess
import unittest

import numpy as np

from command import BAD_DATA, CommandTest

CODES = ["|i1", "|u1"] + [order + code for order in "<>"
                          for code in ["i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]]


def numbered(dtype, shape):
    return (np.arange(np.prod(shape)) * 7 % 120).astype(dtype).reshape(shape)


class NrrdTest(CommandTest):
    def unu(self, *arguments):
        run = subprocess.run(["teem-unu", *arguments], cwd=self.directory, capture_output=True,
                             check=True)
        return run.stdout

    def read_by_unu(self, name):
        """The sizes as unu sees them, and the elements in the order of the machine."""
        saved = self.unu("save", "-f", "nrrd", "-e", "raw", "-en", "little", "-i", name)
        header, data = saved.split(b"\n\n", 1)
        sizes = next(line for line in header.split(b"\n") if line.startswith(b"sizes: "))
        return [int(size) for size in sizes.split()[1:]], data

    def test_unu_reads_what_is_written(self):
        for code in CODES:
            array = numbered(code, (2, 3, 5))
            self.save("a.npy", array)
            self.quarry("convert", "a.npy", "-o", "a.nrrd", "--force")
            sizes, data = self.read_by_unu("a.nrrd")
            self.assertEqual(sizes, [5, 3, 2], code)
            self.assertEqual(data, array.astype(array.dtype.newbyteorder("<")).tobytes(), code)
            self.assertIn(b"sizes: 5 3 2\n", self.unu("head", "a.nrrd"))

    def test_there_and_back(self):
        for code in CODES:
            self.save("a.npy", numbered(code, (4, 3)))
            self.quarry("convert", "a.npy", "-o", "a.nrrd", "--force")
            self.quarry("convert", "a.nrrd", "-o", "b.npy", "--force")
            self.assertEqual(self.read("b.npy"), self.read("a.npy"), code)

    def test_remarks_are_kept(self):
        self.save("a.npy", numbered("<i2", (2, 3)))
        self.unu("make", "-i", "a.npy", "-ls", "1", "-t", "int16", "-s", "3", "2", "-e", "raw",
                 "-en", "little", "-c", "a plane", "-l", "x", "y", "-u", "mm", "s", "-kv",
                 "site:=here", "-o", "a.nhdr", "-h")
        self.quarry("convert", "a.nhdr", "-o", "b.nrrd")
        header = self.unu("head", "b.nrrd")
        for line in [b"content: a plane\n", b'labels: "x" "y"\n', b'units: "mm" "s"\n',
                     b"site:=here\n"]:
            self.assertIn(line, header)
        self.assertEqual(self.info("b.nrrd")["arrays"][0]["attributes"]["axis_names"], ["y", "x"])

    def test_either_half_of_a_detached_file_opens(self):
        array = numbered(">f4", (2, 3, 5))
        self.save("a.npy", array)
        self.quarry("convert", "a.npy", "-o", "a.nrrd")
        self.unu("save", "-f", "nrrd", "-e", "raw", "-en", "big", "-i", "a.nrrd", "-o", "b.nhdr")
        for half in ["b.nhdr", "b.raw"]:
            self.assertEqual(self.info(half)["format"], "nrrd")
            self.quarry("slice", half, "1, :, ::2", "-o", "part.npy", "--force")
            self.assert_array("part.npy", array[1, :, ::2])

    def test_compressed_data_is_named_with_its_remedy(self):
        self.save("a.npy", numbered("<i2", (2, 3)))
        self.quarry("convert", "a.npy", "-o", "a.nrrd")
        self.unu("save", "-f", "nrrd", "-e", "gzip", "-i", "a.nrrd", "-o", "z.nrrd")
        self.assertEqual(self.info("z.nrrd")["skipped"][0]["reason"], "its data is encoded as gzip")
        self.fails(BAD_DATA, "print", "z.nrrd", says=["gzip", "unu save -f nrrd -e raw -i z.nrrd"])
        self.unu("save", "-f", "nrrd", "-e", "raw", "-i", "z.nrrd", "-o", "raw.nrrd")
        self.assertEqual(self.quarry("print", "raw.nrrd"), self.quarry("print", "a.npy"))

    def test_data_files_are_looked_for_beside_the_header_only(self):
        header = (b"NRRD0005\ntype: uint8\ndimension: 1\nsizes: 4\nencoding: raw\n"
                  b"byte skip: -1\ndata file: ")
        for name in [b"/etc/passwd", b"../a.raw", b"data/../../a.raw"]:
            self.write("a.nhdr", header + name + b"\n")
            self.fails(BAD_DATA, "info", "a.nhdr", says="data file '")
        self.write("a.nhdr", header + b"none.raw\n")
        self.fails(66, "info", "a.nhdr", says="none.raw")

    def test_a_truncated_file_says_by_how_much(self):
        self.save("a.npy", numbered("<i2", (2, 3)))
        self.quarry("convert", "a.npy", "-o", "a.nrrd")
        self.write("b.nrrd", self.read("a.nrrd")[:-5])
        self.fails(BAD_DATA, "info", "b.nrrd", says="5 are missing")

    def test_memory_order_is_not_lost_in_silence(self):
        self.save("a.npy", numbered("<i2", (2, 3)))
        self.fails(BAD_DATA, "convert", "a.npy", "-o", "a.nrrd", "--order", "F",
                   says="NRRD tells no memory order")


if __name__ == "__main__":
    unittest.main()
