"""Small encoders for the fixtures: correct and simple, not the best possible rounding."""

import numpy as np

from formats import FORMATS


def encode(name, values):
    """float32 numbers as the bytes of a format."""
    values = np.ascontiguousarray(values, dtype=np.float32)
    blocks = values.reshape(-1, FORMATS[name][1])
    return np.ascontiguousarray(_ENCODERS[name](blocks)).tobytes()


def _f32(blocks):
    return blocks.astype("<f4")


def _f16(blocks):
    return blocks.astype("<f2")


def _bf16(blocks):
    """Round to nearest, ties to even."""
    bits = blocks.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def _half_bytes(column):
    """A column of scales as half precision: its bytes, and the values that a reader will see."""
    half = column.astype("<f2")
    return half.view(np.uint8).reshape(len(column), 2), half.astype(np.float32)


def _codes(values, scale, offset, low, high):
    safe = np.where(scale == 0, 1, scale)
    return np.clip(np.rint((values - offset) / safe), low, high).astype(np.int32)


def _pack_nibbles(codes):
    half = codes.shape[-1] // 2
    return ((codes[..., :half] & 15) | ((codes[..., half:] & 15) << 4)).astype(np.uint8)


def _pack_fifth_bits(codes):
    return np.packbits(((codes >> 4) & 1).astype(np.uint8), axis=1, bitorder="little")


def _signed_extreme(blocks):
    """The number of largest size in each block, with its sign."""
    place = np.abs(blocks).argmax(axis=1)
    return blocks[np.arange(len(blocks)), place][:, None]


def _q8_0(blocks):
    scale_bytes, scale = _half_bytes(np.abs(blocks).max(axis=1, keepdims=True) / 127)
    codes = _codes(blocks, scale, 0, -127, 127).astype(np.int8).view(np.uint8)
    return np.concatenate([scale_bytes, codes], axis=1)


def _q4_0(blocks):
    scale_bytes, scale = _half_bytes(_signed_extreme(blocks) / -8)
    codes = _codes(blocks, scale, 0, -8, 7) + 8
    return np.concatenate([scale_bytes, _pack_nibbles(codes)], axis=1)


def _with_minimum(blocks, levels):
    low = blocks.min(axis=1, keepdims=True)
    scale_bytes, scale = _half_bytes((blocks.max(axis=1, keepdims=True) - low) / levels)
    low_bytes, low = _half_bytes(low)
    return scale_bytes, low_bytes, _codes(blocks, scale, low, 0, levels)


def _q4_1(blocks):
    scale_bytes, low_bytes, codes = _with_minimum(blocks, 15)
    return np.concatenate([scale_bytes, low_bytes, _pack_nibbles(codes)], axis=1)


def _q5_0(blocks):
    scale_bytes, scale = _half_bytes(_signed_extreme(blocks) / -16)
    codes = _codes(blocks, scale, 0, -16, 15) + 16
    return np.concatenate([scale_bytes, _pack_fifth_bits(codes), _pack_nibbles(codes)], axis=1)


def _q5_1(blocks):
    scale_bytes, low_bytes, codes = _with_minimum(blocks, 31)
    return np.concatenate([scale_bytes, low_bytes, _pack_fifth_bits(codes), _pack_nibbles(codes)], axis=1)


def _pack_six_bit(scales, minima):
    first = (scales[:, :4] & 63) | ((scales[:, 4:] >> 4) << 6)
    second = (minima[:, :4] & 63) | ((minima[:, 4:] >> 4) << 6)
    third = (scales[:, 4:] & 15) | ((minima[:, 4:] & 15) << 4)
    return np.concatenate([first, second, third], axis=1).astype(np.uint8)


def _k_with_minimum(blocks, levels):
    """Scale and minimum of eight groups of 32, themselves 6-bit multiples of two half-precision numbers."""
    groups = blocks.reshape(-1, 8, 32)
    depth = np.maximum(0, -groups.min(axis=2))
    step = (groups.max(axis=2) + depth) / levels
    scale_bytes, scale = _half_bytes(step.max(axis=1, keepdims=True) / 63)
    depth_bytes, deep = _half_bytes(depth.max(axis=1, keepdims=True) / 63)
    scales = _codes(step, scale, 0, 0, 63)
    minima = _codes(depth, deep, 0, 0, 63)
    codes = _codes(groups, (scale * scales)[:, :, None], -(deep * minima)[:, :, None], 0, levels)
    head = np.concatenate([scale_bytes, depth_bytes, _pack_six_bit(scales, minima)], axis=1)
    pairs = codes.reshape(-1, 4, 64)
    return head, codes, _pack_nibbles(pairs).reshape(-1, 128)


def _q4_k(blocks):
    head, _, low = _k_with_minimum(blocks, 15)
    return np.concatenate([head, low], axis=1)


def _q5_k(blocks):
    head, codes, low = _k_with_minimum(blocks, 31)
    bits = ((codes >> 4) & 1) << np.arange(8)[None, :, None]
    return np.concatenate([head, bits.sum(axis=1).astype(np.uint8), low], axis=1)


def _q6_k(blocks):
    groups = blocks.reshape(-1, 16, 16)
    step = np.abs(groups).max(axis=2) / 31
    # Scales are signed bytes. Every second one is made negative, so that a reader that takes them as unsigned is found.
    step *= np.where(np.arange(16) % 2, -1, 1)[None, :]
    scale_bytes, scale = _half_bytes(np.abs(step).max(axis=1, keepdims=True) / 127)
    scales = _codes(step, scale, 0, -127, 127)
    codes = _codes(groups, (scale * scales)[:, :, None], 0, -32, 31) + 32
    halves = codes.reshape(-1, 2, 4, 32)
    low = (halves[:, :, 0:2] & 15) | ((halves[:, :, 2:4] & 15) << 4)
    high = ((halves >> 4) << np.array([0, 2, 4, 6])[None, None, :, None]).sum(axis=2)
    parts = [low.reshape(-1, 128), high.reshape(-1, 64), scales.astype(np.int8).view(np.uint8), scale_bytes]
    return np.concatenate([part.astype(np.uint8) for part in parts], axis=1)


_ENCODERS = {
    "F32": _f32, "F16": _f16, "BF16": _bf16, "Q4_0": _q4_0, "Q4_1": _q4_1, "Q5_0": _q5_0, "Q5_1": _q5_1,
    "Q8_0": _q8_0, "Q4_K": _q4_k, "Q5_K": _q5_k, "Q6_K": _q6_k,
}
