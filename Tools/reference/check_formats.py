"""Proves `formats.py` against ggml's own C code, bit by bit, on random blocks. Needs the environment of Benchmarks/peers.

    python Tools/reference/check_formats.py
"""

import ctypes
import glob
import os
import sys

import numpy as np

from formats import FORMATS, decode
from quantise import encode

_FUNCTIONS = {name: f"dequantize_row_{name.lower().replace('_k', '_K')}" for name in FORMATS if name.startswith("Q")}


def _library():
    import llama_cpp
    found = glob.glob(os.path.join(os.path.dirname(llama_cpp.__file__), "lib", "libggml-base.*"))
    return ctypes.CDLL(sorted(found)[0])


def main():
    library, random, failed = _library(), np.random.default_rng(1), False
    for name, function in _FUNCTIONS.items():
        _, numbers, size = FORMATS[name]
        # Any bytes are a valid block; random ones reach every bit. NaN and infinite scales are set aside.
        blocks = random.integers(0, 256, size=(512, size), dtype=np.uint8)
        with np.errstate(invalid="ignore"):
            ours = decode(name, blocks.tobytes(), (512, numbers))
        theirs = np.empty((512, numbers), dtype=np.float32)
        call = getattr(library, function)
        call.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
        call(blocks.ctypes.data, theirs.ctypes.data, theirs.size)
        finite = np.isfinite(ours).all(axis=1) & np.isfinite(theirs).all(axis=1)
        # Formats with an offset may be one fused operation there and two here.
        error = np.abs(ours[finite] - theirs[finite]) / np.abs(theirs[finite]).max(axis=1, keepdims=True)
        values = random.standard_normal((64, 256)).astype(np.float32)
        loss = np.sqrt(np.mean(np.square(decode(name, encode(name, values), values.shape) - values)))
        good = finite.sum() > 400 and error.max() < 2e-7
        failed |= not good
        print(f"{name}: {finite.sum()} blocks, largest difference {error.max():.1e} of the block's range "
              f"({'good' if good else 'WRONG'}); encoder's rms error on unit noise {loss:.4f}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
