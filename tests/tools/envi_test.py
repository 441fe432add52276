"""ENVI in the command: GDAL reads what it writes, and it reads what GDAL writes."""
import os
import unittest

import numpy as np
from osgeo import gdal

from command import BAD_DATA, CommandTest

gdal.UseExceptions()

CODES = ["|u1"] + [order + code for order in "<>"
                   for code in ["i2", "u2", "i4", "u4", "f4", "f8", "c8", "c16"]]


def numbered(dtype, shape):
    return (np.arange(np.prod(shape)) * 7 % 120).astype(dtype).reshape(shape)


class EnviTest(CommandTest):
    def open(self, name):
        return gdal.Open(self.path(name))

    def test_gdal_reads_what_is_written(self):
        for code in CODES:
            array = numbered(code, (2, 3, 5))
            self.save("a.npy", array)
            self.quarry("convert", "a.npy", "-o", "a.img", "--force")
            file = self.open("a.img")
            self.assertEqual(file.GetDriver().ShortName, "ENVI")
            found = file.ReadAsArray()
            self.assertEqual(found.shape, array.shape)
            self.assertEqual(found.tobytes(), array.astype(array.dtype.newbyteorder("=")).tobytes())

    def test_either_half_may_be_named(self):
        array = numbered(">i2", (2, 3, 5))
        self.save("a.npy", array)
        for name in ["b.hdr", "c.img"]:
            self.quarry("convert", "a.npy", "-o", name)
        for name in ["b.hdr", "b.img", "c.hdr", "c.img"]:
            self.assertEqual(self.info(name)["format"], "envi")
            self.quarry("slice", name, "1, ::2, 1:", "-o", "part.npy", "--force")
            self.assert_array("part.npy", array[1, ::2, 1:])

    def test_two_axes_are_one_band(self):
        array = numbered("<f4", (3, 5))
        self.save("a.npy", array)
        self.quarry("convert", "a.npy", "-o", "a.img")
        self.assertEqual(self.open("a.img").ReadAsArray().tobytes(), array.tobytes())
        self.assertEqual(self.info("a.img")["arrays"][0]["shape"], [1, 3, 5])

    def test_interleaves_of_gdal(self):
        array = numbered("<u2", (2, 3, 5))
        for interleave in ["BSQ", "BIL", "BIP"]:
            file = gdal.GetDriverByName("ENVI").Create(self.path("a.dat"), 5, 3, 2, gdal.GDT_UInt16,
                                                       ["INTERLEAVE=" + interleave])
            for band in range(2):
                file.GetRasterBand(band + 1).WriteArray(array[band])
            file.FlushCache()
            del file
            for name in ["a.dat", "a.hdr"]:
                self.quarry("convert", name, "-o", "b.npy", "--force")
                self.assert_array("b.npy", array)
            os.remove(self.path("a.dat"))

    def test_wavelengths_are_kept(self):
        self.save("a.npy", numbered("<i2", (2, 3, 5)))
        self.quarry("convert", "a.npy", "-o", "a.img")
        with open(self.path("a.hdr"), "a", encoding="ascii") as header:
            header.write("wavelength units = Nanometers\nwavelength = {650.5,\n 550}\n"
                         "band names = {red, green}\n")
        self.quarry("convert", "a.img", "-o", "b.img")
        attributes = self.info("b.img")["arrays"][0]["attributes"]
        self.assertEqual(attributes["wavelength"], [650.5, 550.0])
        self.assertEqual(attributes["band names"], ["red", "green"])
        raster = self.open("b.img")  # GDAL's bands do not keep it alive
        self.assertIn("red", raster.GetRasterBand(1).GetDescription())

    def test_gains_per_band_give_physical_values(self):
        array = numbered("<i2", (2, 3, 5))
        self.save("a.npy", array)
        self.quarry("convert", "a.npy", "-o", "a.img")
        with open(self.path("a.hdr"), "a", encoding="ascii") as header:
            header.write("data gain values = {0.5, 2}\ndata offset values = {-1, 10}\n"
                         "data ignore value = 7\n")
        self.quarry("convert", "a.hdr", "--physical", "-o", "b.npy")
        gains = np.array([0.5, 2])[:, None, None]
        offsets = np.array([-1.0, 10])[:, None, None]
        self.assert_array("b.npy", np.where(array == 7, np.nan, array * gains + offsets))

    def test_several_data_files_are_named(self):
        self.save("a.npy", numbered("<i2", (2, 3, 5)))
        self.quarry("convert", "a.npy", "-o", "a.img")
        self.write("a.dat", self.read("a.img"))
        self.fails(64, "info", "a.hdr", says=["'a.img', 'a.dat'"])
        self.assertEqual(self.info("a.dat")["format"], "envi")

    def test_a_truncated_file_says_by_how_much(self):
        self.save("a.npy", numbered("<i2", (2, 3, 5)))
        self.quarry("convert", "a.npy", "-o", "a.img")
        self.write("a.img", self.read("a.img")[:-5])
        for name in ["a.img", "a.hdr"]:
            self.fails(BAD_DATA, "info", name, says="5 are missing")


if __name__ == "__main__":
    unittest.main()
