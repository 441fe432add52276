#!/usr/bin/env python3
"""Reads a live shared array of quarry in place. Needs NumPy, and Linux; nothing to build.

    attach.py NAME [--dir DIR] [--follow]

prints the latest version's number and shape, and the sum of numbers; with --follow those that come after it too, until
the segment is removed. The bytes, the locks and the reasons stand in lib/quarry/share/share.md.
"""
import argparse
import ast
import fcntl
import mmap
import os
import stat
import struct
import sys
import time

import numpy as np

MAGIC = b"\x89QSH\r\n\x1a\n"
FIXED = struct.Struct("<8s4sIIIIIIIQQQQ16sQ")
SLOTS, APPEND = 1, 2
ATTACHMENT, FIRST_PIN = 1, 16  # bytes whose locks say who holds what


def crc32c(data):
    """CRC-32C, bit by bit: a header is short."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def lock(descriptor, kind, byte):
    """A lock of the open file description on one byte; False if others are in the way."""
    wanted = struct.pack("hhqqi4x", kind, os.SEEK_SET, byte, 1, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
    except BlockingIOError:
        return False
    return True


def boot_id():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return bytes.fromhex(file.read().strip().replace("-", ""))


class Segment:
    """An attached segment; latest() gives its newest version."""

    def __init__(self, name, directory="/dev/shm", owner=None):
        owner = os.geteuid() if owner is None else owner
        self.path = os.path.join(directory, f"quarry.{owner}.{name}")
        while True:
            self.descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            status = os.fstat(self.descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != owner or status.st_mode & 0o022:
                raise PermissionError(f"{self.path}: not a file that is its owner's alone")
            # Attached, unless somebody is removing it or gave the name to another.
            if lock(self.descriptor, fcntl.F_RDLCK, ATTACHMENT):
                if os.path.samestat(status, os.stat(self.path)):
                    break
            os.close(self.descriptor)
            del self.descriptor
            time.sleep(0.001)
        self._read_header(status.st_size)
        mapped = mmap.mmap(self.descriptor, self.size, mmap.MAP_SHARED, mmap.PROT_READ)
        self.bytes = np.frombuffer(mapped, "u1")
        self.latest_word = np.frombuffer(mapped, "=u8", 1, self.control)

    def __del__(self):
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)  # that of the mapping stays while arrays of it do

    def _read_header(self, file_size):
        fixed = os.pread(self.descriptor, FIXED.size, 0)
        if len(fixed) < FIXED.size or fixed[:8] != MAGIC:
            raise ValueError(f"{self.path}: no segment")
        (_, abi, crc, version, self.kind, length, rank, self.slots, _, self.control, self.data,
         self.stride, self.size, booted, _) = FIXED.unpack(fixed)
        if struct.unpack("=I", abi)[0] != 0x01020304 or version != 1 or self.kind not in (SLOTS, APPEND):
            raise ValueError(f"{self.path}: of another machine, version or kind")
        if not FIXED.size + 8 * rank <= length <= 1 << 20:
            raise ValueError(f"{self.path}: damaged header")
        header = os.pread(self.descriptor, length, 0)
        if len(header) != length or crc32c(header[16:]) != crc:
            raise ValueError(f"{self.path}: damaged header")
        if booted != boot_id():
            raise ValueError(f"{self.path}: made before the machine was started anew")
        self.max_shape = struct.unpack_from(f"<{rank}q", header, FIXED.size)
        text = header[FIXED.size + 8 * rank:].decode()
        try:
            self.dtype = np.dtype(ast.literal_eval(text))
        except (SyntaxError, TypeError) as failure:
            raise ValueError(f"{self.path}: NumPy has no dtype {text}") from failure
        largest = self.dtype.itemsize
        for extent in self.max_shape:
            largest *= extent
        head = 4096 if self.kind == SLOTS else 0
        if (min(self.max_shape, default=0) < 0 or self.stride < head + largest or
                self.data < self.control + 4096 or self.control < length or
                self.size != self.data + self.slots * self.stride or self.size != file_size):
            raise ValueError(f"{self.path}: sizes that do not go together")

    def latest(self, newer_than=0):
        """(version, read-only array in place), or None if there is none that is newer. The version
        is kept from being overwritten as long as the array or a view of it lives; a copy keeps
        nothing."""
        for _ in range(1000):
            if os.fstat(self.descriptor).st_nlink == 0:
                raise FileNotFoundError(f"{self.path}: the segment was removed")
            latest = int(self.latest_word[0])
            if self.kind == APPEND:
                if latest <= newer_than:
                    return None
                return latest, self._array(self.data, (latest, *self.max_shape[1:]), self.bytes)
            version, slot = latest >> 8, latest & 0xFF
            if version <= newer_than:
                return None
            if slot >= self.slots:
                raise ValueError(f"{self.path}: damaged control block")
            pin = Pin(self, slot)
            start = self.data + slot * self.stride
            if pin.held and struct.unpack_from("=Q", self.bytes, start)[0] == version:
                shape = struct.unpack_from(f"={len(self.max_shape)}q", self.bytes, start + 8)
                return version, self._array(start + 4096, shape, np.asarray(pin))
            if pin.held and latest == int(self.latest_word[0]):
                raise ValueError(f"{self.path}: slot {slot} does not hold version {version}")
        raise BlockingIOError(f"{self.path}: its writer is faster than this reader")

    def _array(self, offset, shape, memory):
        if any(not 0 <= extent <= most for extent, most in zip(shape, self.max_shape)):
            raise ValueError(f"{self.path}: a version of shape {shape}")
        return np.ndarray(shape, self.dtype, memory, offset)


class Pin:
    """The lock on a slot, on a descriptor of its own, for locks do not count: closing it lets go.
    As an array it is the bytes of the segment; NumPy keeps it while it keeps any view of them."""

    def __init__(self, segment, slot):
        self.bytes = segment.bytes
        self.descriptor = os.open(f"/proc/self/fd/{segment.descriptor}", os.O_RDONLY)
        self.held = lock(self.descriptor, fcntl.F_RDLCK, FIRST_PIN + slot)

    def __del__(self):
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)

    @property
    def __array_interface__(self):
        return self.bytes.__array_interface__


def follow(options):
    segment = Segment(options.name, options.dir)
    seen = 0
    while True:
        found = segment.latest(seen)
        if found:
            seen, elements = found
            total = f", sum {elements.sum()}" if elements.dtype.kind in "biufc" else ""
            print(f"version {seen}, shape {elements.shape}{total}", flush=True)
            del found, elements
        if not options.follow:
            return
        time.sleep(0.01)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("--dir", default="/dev/shm")
    parser.add_argument("--follow", action="store_true")
    try:
        follow(parser.parse_args())
    except (OSError, ValueError) as failure:
        sys.exit(f"attach.py: {failure}")


if __name__ == "__main__":
    main()
