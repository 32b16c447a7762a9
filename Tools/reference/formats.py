"""The number formats of GGUF tensors, decoded by their published definitions. Shares nothing with the Swift package.

A row is a whole number of blocks. Every function takes the raw blocks as uint8 [blocks, bytes] and gives float32
[blocks, numbers]. Scales are half precision (`d`, and for the formats with an offset `m` or `dmin`).
"""

import numpy as np

# name: (GGUF type number, numbers in a block, bytes in a block)
FORMATS = {
    "F32": (0, 1, 4),
    "F16": (1, 1, 2),
    "BF16": (30, 1, 2),
    "Q4_0": (2, 32, 18),
    "Q4_1": (3, 32, 20),
    "Q5_0": (6, 32, 22),
    "Q5_1": (7, 32, 24),
    "Q8_0": (8, 32, 34),
    "Q4_K": (12, 256, 144),
    "Q5_K": (13, 256, 176),
    "Q6_K": (14, 256, 210),
}
NAMES = {number: name for name, (number, _, _) in FORMATS.items()}


def byte_count(name, count):
    """Bytes that `count` numbers take."""
    _, numbers, size = FORMATS[name]
    if count % numbers:
        raise ValueError(f"{count} numbers are not whole blocks of {name} ({numbers} numbers each)")
    return count // numbers * size


def decode(name, data, shape):
    """A tensor's bytes as float32 of `shape` (outermost dimension first)."""
    raw = np.frombuffer(data, dtype=np.uint8)
    blocks = raw.reshape(-1, FORMATS[name][2])
    return _DECODERS[name](blocks).reshape(shape)


def _half(blocks, offset):
    """The half-precision number at a byte offset of every block, as a float32 column."""
    return np.ascontiguousarray(blocks[:, offset:offset + 2]).view("<f2").astype(np.float32)


def _nibbles(codes):
    """Low halves of all bytes first, then the high halves."""
    return np.concatenate([codes & 15, codes >> 4], axis=-1)


def _fifth_bits(blocks, offset):
    """32 bits at a byte offset: bit j belongs to number j."""
    return np.unpackbits(blocks[:, offset:offset + 4], axis=1, bitorder="little")


def _f32(blocks):
    return np.ascontiguousarray(blocks).view("<f4").astype(np.float32)


def _f16(blocks):
    return np.ascontiguousarray(blocks).view("<f2").astype(np.float32)


def _bf16(blocks):
    return (np.ascontiguousarray(blocks).view("<u2").astype(np.uint32) << 16).view(np.float32)


def _q8_0(blocks):
    return _half(blocks, 0) * np.ascontiguousarray(blocks[:, 2:]).view(np.int8).astype(np.float32)


def _q4_0(blocks):
    return _half(blocks, 0) * (_nibbles(blocks[:, 2:]).astype(np.float32) - 8)


def _q4_1(blocks):
    return _half(blocks, 0) * _nibbles(blocks[:, 4:]).astype(np.float32) + _half(blocks, 2)


def _q5_0(blocks):
    codes = _nibbles(blocks[:, 6:]) | (_fifth_bits(blocks, 2) << 4)
    return _half(blocks, 0) * (codes.astype(np.float32) - 16)


def _q5_1(blocks):
    codes = _nibbles(blocks[:, 8:]) | (_fifth_bits(blocks, 4) << 4)
    return _half(blocks, 0) * codes.astype(np.float32) + _half(blocks, 2)


def _six_bit_scales(packed):
    """Twelve bytes hold eight 6-bit scales and eight 6-bit minima: two uint8 [blocks, 8]."""
    first, second, third = packed[:, 0:4], packed[:, 4:8], packed[:, 8:12]
    scales = np.concatenate([first & 63, (third & 15) | ((first >> 6) << 4)], axis=1)
    minima = np.concatenate([second & 63, (third >> 4) | ((second >> 6) << 4)], axis=1)
    return scales, minima


def _k_nibbles(codes):
    """128 bytes as eight groups of 32: each 32 bytes hold two groups, low halves and high halves. [blocks, 8, 32]"""
    return _nibbles(codes.reshape(-1, 4, 32)).reshape(-1, 8, 32)


def _scale_and_offset(blocks, codes):
    """d · scale · code − dmin · minimum for eight groups of 32."""
    scales, minima = _six_bit_scales(blocks[:, 4:16])
    scale = _half(blocks, 0) * scales.astype(np.float32)
    offset = _half(blocks, 2) * minima.astype(np.float32)
    return scale[:, :, None] * codes.astype(np.float32) - offset[:, :, None]


def _q4_k(blocks):
    return _scale_and_offset(blocks, _k_nibbles(blocks[:, 16:144]))


def _q5_k(blocks):
    # Bit g of high byte i is the fifth bit of number i of group g.
    high = (blocks[:, None, 16:48] >> np.arange(8, dtype=np.uint8)[None, :, None]) & 1
    return _scale_and_offset(blocks, _k_nibbles(blocks[:, 48:176]) | (high << 4))


def _q6_k(blocks):
    # Two halves of 128 numbers; within one, four groups of 32: group g takes the low or high half of 64 bytes and bits
    # 2g, 2g + 1 of 32 high bytes.
    low = blocks[:, 0:128].reshape(-1, 2, 2, 32)
    low = np.concatenate([low & 15, low >> 4], axis=2)
    high = blocks[:, 128:192].reshape(-1, 2, 1, 32) >> np.array([0, 2, 4, 6], dtype=np.uint8)[None, None, :, None]
    codes = (low | ((high & 3) << 4)).astype(np.float32) - 32
    scales = np.ascontiguousarray(blocks[:, 192:208]).view(np.int8).astype(np.float32)
    scale = _half(blocks, 208) * scales
    return scale[:, :, None] * codes.reshape(-1, 16, 16)


_DECODERS = {
    "F32": _f32, "F16": _f16, "BF16": _bf16, "Q4_0": _q4_0, "Q4_1": _q4_1, "Q5_0": _q5_0, "Q5_1": _q5_1,
    "Q8_0": _q8_0, "Q4_K": _q4_k, "Q5_K": _q5_k, "Q6_K": _q6_k,
}
