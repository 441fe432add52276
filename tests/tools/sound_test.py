#!/usr/bin/python3
"""Sound files through the command: what it reads beside soundfile, what it writes read by SciPy,
soundfile and sox."""
import struct
import subprocess
import unittest
import warnings

import numpy as np
import scipy.io.wavfile
import soundfile

from command import BAD_DATA, CommandTest

RATE = 11025
# dtype, how sox calls it
TYPES = {"|u1": ("unsigned-integer", 8), "<i2": ("signed-integer", 16),
         "<i3": ("signed-integer", 24), "<i4": ("signed-integer", 32),
         "<f4": ("floating-point", 32), "<f8": ("floating-point", 64)}


def values_for(descr, shape):
    """Numbers of both signs over the whole range, exact in every type; 24 bits in int32."""
    steps = np.arange(np.prod(shape)).reshape(shape) % 50
    if descr[1] == "f":
        return (steps / 32 - 0.75).astype(descr)
    if descr == "|u1":
        return (steps * 5).astype("u1")
    return ((steps - 25) * 2 ** (8 * int(descr[2]) - 6) + steps).astype(
        "<i4" if descr == "<i3" else descr)


def bytes_of(values, descr):
    if descr != "<i3":
        return values.tobytes()
    return b"".join(int(value).to_bytes(3, "little", signed=True) for value in values.ravel())


class SoundTest(CommandTest):
    def sox(self, *arguments):
        return subprocess.run(["sox", "-D", *arguments], cwd=self.directory, check=True,
                              capture_output=True).stdout

    def soxi(self, option, name):
        return int(subprocess.run(["soxi", option, self.path(name)], check=True,
                                  capture_output=True).stdout)

    def convert(self, values, descr, name):
        self.save("in.npy", values)
        self.quarry("convert", "in.npy", "-o", name, "--force", "--dtype", descr, "--attribute",
                    f"sample_rate={RATE}")

    def test_what_is_written_is_read_by_scipy(self):
        for descr in TYPES:
            for shape in [(9,), (9, 2), (9, 5), (0, 2)]:
                with self.subTest(descr=descr, shape=shape), warnings.catch_warnings():
                    warnings.simplefilter("error")
                    values = values_for(descr, shape)
                    self.convert(values, descr, "out.wav")
                    rate, found = scipy.io.wavfile.read(self.path("out.wav"))
                    self.assertEqual(rate, RATE)
                    expected = values << 8 if descr == "<i3" else values
                    np.testing.assert_array_equal(found, expected.astype(found.dtype))

    def test_what_is_written_is_read_by_soundfile(self):
        for descr, (_, bits) in TYPES.items():
            for shape in [(9,), (9, 2), (9, 5)]:
                with self.subTest(descr=descr, shape=shape):
                    values = values_for(descr, shape)
                    self.convert(values, descr, "out.wav")
                    found, rate = soundfile.read(self.path("out.wav"), dtype="float64")
                    self.assertEqual(rate, RATE)
                    expected = values.astype("f8")
                    if descr[1] != "f":
                        middle = 128 if descr == "|u1" else 0
                        expected = (expected - middle) / 2.0 ** (bits - 1)
                    np.testing.assert_array_equal(found, expected)

    def test_what_is_written_is_read_by_sox(self):
        for descr, (encoding, bits) in TYPES.items():
            for shape in [(9,), (9, 2), (9, 5)]:
                with self.subTest(descr=descr, shape=shape):
                    values = values_for(descr, shape)
                    self.convert(values, descr, "out.wav")
                    self.assertEqual(self.soxi("-s", "out.wav"), 9)
                    self.assertEqual(self.soxi("-c", "out.wav"), values.size // 9)
                    self.assertEqual(self.soxi("-r", "out.wav"), RATE)
                    raw = self.sox("out.wav", "-t", "raw", "-e", encoding, "-b", str(bits), "-")
                    self.assertEqual(raw, bytes_of(values, descr))

    def test_more_than_4_gib_are_read_by_soundfile(self):
        frames = 3 << 30
        self.quarry("create", "long.wav", "--dtype", "<i2", "--shape", str(frames), "--sparse",
                    "--attribute", f"sample_rate={RATE}")
        with open(self.path("long.wav"), "r+b") as file:
            file.seek(-2, 2)
            file.write(struct.pack("<h", -2))
        self.assertEqual(self.read_start("long.wav", 4), b"RF64")
        with soundfile.SoundFile(self.path("long.wav")) as sound:
            self.assertEqual(sound.frames, frames)
            sound.seek(frames - 1)
            self.assertEqual(sound.read(1, dtype="int16")[0], -2)
        self.quarry("slice", "long.wav", "-3:", "-o", "end.npy")
        np.testing.assert_array_equal(self.load("end.npy"), np.array([0, 0, -2], "<i2"))

    def read_start(self, name, count):
        with open(self.path(name), "rb") as file:
            return file.read(count)

    def test_slices_are_what_soundfile_reads(self):
        values = values_for("<i2", (1000, 2))
        for container, endian in [("WAV", "BIG"), ("RF64", "FILE"), ("W64", "FILE"), ("AU", "FILE"),
                                  ("AIFF", "FILE")]:
            with self.subTest(container=container):
                soundfile.write(self.path("in"), values, RATE, "PCM_16", endian, container)
                self.quarry("slice", "in", "100:900:7, 1", "-o", "part.npy", "--force")
                np.testing.assert_array_equal(self.load("part.npy"), values[100:900:7, 1])

    def test_physical_values_are_what_soundfile_reads(self):
        for subtype in ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT"]:
            with self.subTest(subtype=subtype):
                soundfile.write(self.path("in.wav"), values_for("<f8", (50, 2)), RATE, subtype)
                self.quarry("convert", "in.wav", "--physical", "--dtype", "f8", "-o", "out.npy",
                            "--force")
                self.assert_array("out.npy", soundfile.read(self.path("in.wav"))[0])

    def test_the_sample_rate_goes_with_a_slice(self):
        self.convert(values_for("<i2", (100, 2)), "<i2", "in.wav")
        self.quarry("slice", "in.wav", "10:20", "-o", "part.wav")
        found, rate = soundfile.read(self.path("part.wav"), dtype="int16")
        self.assertEqual(rate, RATE)
        np.testing.assert_array_equal(found, values_for("<i2", (100, 2))[10:20])

    def test_codecs_are_named_with_what_helps(self):
        soundfile.write(self.path("law.wav"), values_for("<i2", (9,)), RATE, "ULAW")
        skipped = self.info("law.wav")["skipped"]
        self.assertEqual(skipped[0]["reason"],
                         "its samples are coded as mu-law (format tag 0x0007)")
        self.fails(BAD_DATA, "slice", "law.wav", ":", "-o", "out.npy",
                   says=["mu-law", "sox FILE -e signed-integer"])

    def test_a_cut_recording_says_what_is_missing(self):
        self.convert(values_for("<i2", (100,)), "<i2", "in.wav")
        self.write("cut.wav", self.read("in.wav")[:-51])
        self.fails(BAD_DATA, "slice", "cut.wav", ":", "-o", "out.npy", says="51 are missing")
        self.quarry("slice", "cut.wav", ":", "-o", "out.npy", "--allow-prefix")
        np.testing.assert_array_equal(self.load("out.npy"), values_for("<i2", (100,))[:74])

    def test_a_wav_without_a_sample_rate_is_refused(self):
        self.save("in.npy", values_for("<i2", (9,)))
        self.fails(BAD_DATA, "convert", "in.npy", "-o", "out.wav", says="sample_rate")


if __name__ == "__main__":
    unittest.main()
