"""MetaImage in the command: files that ITK writes (by Debian's plastimatch), either half of a pair,
and what cannot be mapped."""
import subprocess
import unittest

import numpy as np

from command import BAD_DATA, CommandTest


class MetaImageTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.volume = (np.arange(2 * 3 * 4) * 7 % 120).astype("<i2").reshape(2, 3, 4)
        self.write("a.mha", b"ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\n"
                            b"ElementType = MET_SHORT\nBinaryDataByteOrderMSB = False\n"
                            b"ElementToIntensityFunctionSlope = 0.5\n"
                            b"ElementDataFile = LOCAL\n" + self.volume.tobytes())

    def itk(self, source, to):
        subprocess.run(["plastimatch", "convert", "--input", source, "--output-img", to],
                       cwd=self.directory, capture_output=True, check=True)

    def test_what_itk_writes(self):
        self.itk("a.mha", "b.mha")
        self.itk("a.mha", "c.mhd")
        for name in ["a.mha", "b.mha", "c.mhd", "c.raw"]:
            self.assertEqual(self.info(name)["format"], "metaimage")
            self.quarry("slice", name, "1, ::2, 1:", "-o", "part.npy", "--force")
            self.assert_array("part.npy", self.volume[1, ::2, 1:])

    def test_scale_is_told(self):
        self.assertEqual(self.info("a.mha")["arrays"][0]["scaling"]["scale"], 0.5)

    def test_it_is_not_written(self):
        self.fails(BAD_DATA, "convert", "a.mha", "-o", "b.mha", "--format", "metaimage",
                   says="read but not written")

    def test_text_is_named_with_a_remedy_that_helps(self):
        header = self.read("a.mha").split(b"ElementDataFile")[0]
        self.write("t.mha", header + b"BinaryData = False\nElementDataFile = LOCAL\n" +
                   b" ".join(b"%d" % value for value in self.volume.ravel()))
        self.fails(BAD_DATA, "print", "t.mha",
                   says=["written as text", "plastimatch convert --input t.mha"])
        self.itk("t.mha", "raw.mha")
        self.quarry("convert", "raw.mha", "-o", "a.npy")
        self.assert_array("a.npy", self.volume)

    def test_data_files_are_looked_for_beside_the_header_only(self):
        header = self.read("a.mha").split(b"ElementDataFile")[0]
        for name in [b"/etc/passwd", b"../a.raw"]:
            for skip in [b"", b"HeaderSize = -1\n"]:
                self.write("b.mhd", header + skip + b"ElementDataFile = " + name + b"\n")
                self.fails(BAD_DATA, "info", "b.mhd", says="data file '")


if __name__ == "__main__":
    unittest.main()
