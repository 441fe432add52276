"""convert --physical: what a file says that its numbers mean, beside NumPy's own arithmetic."""
import json
import unittest

import numpy as np

from command import BAD_DATA, USAGE, CommandTest

RAW = np.array([[0, 10, -1, 30], [40, 50, 60, -1], [80, 90, 100, 110]], dtype=">i2")


def meant(raw, scale, offset, blank=None):
    """What NumPy makes of it; `scale` and `offset` are of a shape that fits `raw`."""
    out = raw.astype("f8") * scale + offset
    return out if blank is None else np.where(raw == blank, np.nan, out)


class PhysicalTest(CommandTest):
    def describe(self, name, array, **scaling):
        self.write(name, array.tobytes())
        entry = {"dtype": array.dtype.str, "shape": list(array.shape), "scaling": scaling}
        self.write(name + ".layout.json", json.dumps({"arrays": [entry]}).encode())

    def convert(self, *options):
        self.quarry("convert", "raw.dat", "-o", "out.npy", "--force", *options)
        return "out.npy"

    def test_one_pair_and_a_blank(self):
        self.describe("raw.dat", RAW, scale=0.5, offset=-3, blank=-1)
        self.assert_array(self.convert("--physical"), meant(RAW, 0.5, -3, -1).astype(">f8"))
        self.assert_array(self.convert("--physical", "--dtype", "<f4"),
                          meant(RAW, 0.5, -3, -1).astype("<f4"))
        self.assert_array(self.convert(), RAW)

    def test_floating_point_numbers_are_scaled_too(self):
        raw = np.array([[0.5, np.inf, -9999], [np.nan, 2, 3]], dtype=">f4")
        self.describe("raw.dat", raw, scale=2, offset=1, blank=-9999)
        self.assert_array(self.convert("--physical"),
                          np.array([[2, np.inf, np.nan], [np.nan, 5, 7]], dtype=">f4"))

    def test_entries_follow_slices_and_axes(self):
        scale, offset = [1, 10, 100, 1000], [0, 1, 2, 3]
        self.describe("raw.dat", RAW, scale=scale, offset=offset, axis=1, blank=-1)
        all_of = meant(RAW, np.array(scale), np.array(offset), -1).astype(">f8")
        for part in ["...", "1:", ":, ::-1", "::2, 1::2", ":, 2", "1, :", "None, :, 1:3, None",
                     ":, 3:1:-1", "2, 2", ":, 1:2", ":, 4:"]:
            with self.subTest(part):
                expected = np.asarray(eval(f"all_of[{part}]", {"all_of": all_of}), ">f8")
                self.assert_array(self.convert("--physical", "--slice", part), expected)
                self.assert_array(
                    self.convert("--physical", "--slice", part, "--transpose", "--threads", "1"),
                    expected.T)

    def test_entries_of_the_first_axis_and_in_small_boxes(self):
        rows = 3000
        raw = np.arange(rows * 200, dtype="<i4").reshape(rows, 200)
        scale = np.arange(rows) % 7 + 0.5
        self.describe("raw.dat", raw, scale=list(scale), axis=0)
        expected = meant(raw, scale[:, None], 0)
        for options in [[], ["--memory", "1M"], ["--memory", "200K", "--threads", "1"]]:
            self.assert_array(self.convert("--physical", *options), expected)
            self.assert_array(self.convert("--physical", "--transpose", *options),
                              np.ascontiguousarray(expected.T))

    def test_fields_are_scaled_by_what_is_said_of_the_records(self):
        raw = np.zeros(3, dtype=[("t", "<i4"), ("v", "<i2", (2,))])
        raw["v"] = [[1, 2], [3, 4], [5, 6]]
        self.write("raw.dat", raw.tobytes())
        entry = {"dtype": [["t", "<i4"], ["v", "<i2", [2]]], "shape": [3],
                 "scaling": {"scale": [1, 10, 100]}}
        self.write("raw.dat.layout.json", json.dumps({"arrays": [entry]}).encode())
        self.assert_array(self.convert("--physical", "--field", "v", "--slice", "::-1, 1"),
                          np.array([600.0, 40.0, 2.0]))
        self.fails(BAD_DATA, "convert", "raw.dat", "-o", "x.npy", "--physical", says="only numbers")

    def test_without_scaling_the_values_stay(self):
        for given, found in [("u1", "f8"), (">f4", ">f4"), ("<f2", "<f4"), (">i8", ">f8"),
                             ("?", "f8"), ("<c8", "<c8"), (">f8", ">f8")]:
            self.save("a.npy", np.array([0, 1, 1], dtype=given))
            self.quarry("convert", "a.npy", "-o", "out.npy", "--physical", "--force")
            self.assert_array("out.npy", np.array([0, 1, 1], dtype=found))
        self.save("a.npy", np.array([b"a"]))
        self.fails(BAD_DATA, "convert", "a.npy", "-o", "x.npy", "--physical", says="only numbers")

    def test_the_cast_is_from_the_physical_value(self):
        self.describe("raw.dat", RAW, scale=0.5, blank=-1)
        self.fails(BAD_DATA, "convert", "raw.dat", "-o", "x.npy", "--physical", "--dtype", "i2",
                   says="unsafe")
        self.fails(BAD_DATA, "convert", "raw.dat", "-o", "x.npy", "--physical", "--dtype", "i2",
                   "--casting", "unsafe", says=["nan", "(0, 2)"])
        self.assert_array(self.convert("--physical", "--dtype", "i2", "--casting", "unsafe", "--clip"),
                          np.where(RAW == -1, 0, RAW * 0.5).astype("i2"))

    def test_it_stands_alone(self):
        self.save("a.npy", np.arange(3))
        for option in ["--scale", "--offset"]:
            self.fails(USAGE, "convert", "a.npy", "-o", "x.npy", "--physical", option, "2")

    def test_what_numbers_mean_goes_with_them_until_it_is_applied(self):
        self.describe("raw.dat", RAW, scale=[1, 10, 100, 1000], axis=1, blank=-1)

        def scaling(*line):
            self.quarry(*line, "-o", "out.bin", "--force")
            return self.info("out.bin")["arrays"][0].get("scaling")

        self.assertEqual(scaling("slice", "raw.dat", ":, 1::2"),
                         {"scale": [10, 1000], "axis": 1, "blank": -1})
        self.assertEqual(scaling("slice", "raw.dat", "1:, 2"), {"scale": 100, "blank": -1})
        self.assertEqual(scaling("convert", "raw.dat", "--transpose"),
                         {"scale": [1, 10, 100, 1000], "axis": 0, "blank": -1})
        self.assertIsNone(scaling("convert", "raw.dat", "--physical"))
        self.assertIsNone(scaling("convert", "raw.dat", "--scale", "2"))


if __name__ == "__main__":
    unittest.main()
