// Weights from a file's order to the kernels' (see product.inc for the layout), without changing their values.
#include <string.h>
#include "include/ctandem_kernels.h"

// A product is rounded before a minimum is added to it, as the formats define it, also where the hardware could fuse both.
#pragma clang fp contract(off)

tk_weight_kind tk_packed_kind(tk_source source) {
    switch (source) {
    case TK_SOURCE_F32: return TK_FLOAT32;
    case TK_SOURCE_F16: return TK_FLOAT16;
    case TK_SOURCE_BF16: return TK_BFLOAT16;
    case TK_SOURCE_Q4_0: return TK_Q4_CENTRED;
    case TK_SOURCE_Q4_1: return TK_Q4_MINIMUM;
    case TK_SOURCE_Q8_0:
    case TK_SOURCE_Q5_0: return TK_Q8;
    case TK_SOURCE_Q5_1: return TK_Q8_MINIMUM;
    case TK_SOURCE_Q4_K: return TK_Q4_SUPER;
    case TK_SOURCE_Q5_K: return TK_Q8_SUPER;
    case TK_SOURCE_Q6_K: return TK_Q8_HALVES;
    }
    return TK_FLOAT32;
}

static int is_q4(tk_weight_kind kind) { return kind == TK_Q4_MINIMUM || kind == TK_Q4_CENTRED || kind == TK_Q4_SUPER; }
static int has_minimum(tk_weight_kind kind) {
    return kind == TK_Q4_MINIMUM || kind == TK_Q8_MINIMUM || kind == TK_Q4_SUPER || kind == TK_Q8_SUPER;
}
static size_t scale_bytes(tk_weight_kind kind) { return kind == TK_Q4_MINIMUM || kind == TK_Q8_MINIMUM ? 64 : 32; }
static size_t super_bytes(tk_weight_kind kind) {
    return kind == TK_Q4_SUPER || kind == TK_Q8_SUPER ? 64 : kind == TK_Q8_HALVES ? 32 : 0;
}
static size_t record_bytes(tk_weight_kind kind) { return scale_bytes(kind) + (is_q4(kind) ? 256 : 512); }

size_t tk_packed_group_bytes(tk_weight_kind kind, size_t columns) {
    if (kind == TK_FLOAT32) return columns * 64;
    if (kind == TK_FLOAT16 || kind == TK_BFLOAT16) return columns * 32;
    return columns / 32 * record_bytes(kind) + (columns / 32 + 7) / 8 * super_bytes(kind);
}

// Sixteen bytes of nibble pairs (element i low, i + 16 high) of one lane: the order of Q4_0 and Q4_1, and ours.
static void put_nibbles(uint8_t *codes, size_t lane, const uint8_t *pairs) {
    for (size_t v = 0; v < 4; v++) memcpy(codes + 64 * v + 4 * lane, pairs + 4 * v, 4);
}

static void put_bytes(uint8_t *codes, size_t lane, const int8_t *values) {
    for (size_t v = 0; v < 8; v++) memcpy(codes + 64 * v + 4 * lane, values + 4 * v, 4);
}

// The fifth bits of Q5_0 and Q5_1: bit j belongs to element j.
static void five_bits(const uint8_t *high, const uint8_t *pairs, int offset, int8_t *values) {
    uint32_t bits;
    memcpy(&bits, high, 4);
    for (int j = 0; j < 16; j++) {
        values[j] = (int8_t)(((pairs[j] & 15) | (bits >> j & 1) << 4) - (unsigned)offset);
        values[j + 16] = (int8_t)(((pairs[j] >> 4) | (bits >> (j + 16) & 1) << 4) - (unsigned)offset);
    }
}

// The eight 6-bit scales and minimums of Q4_K and Q5_K, packed in twelve bytes.
static void super_scales(const uint8_t *packed, size_t j, uint8_t *scale, uint8_t *minimum) {
    if (j < 4) {
        *scale = packed[j] & 63;
        *minimum = packed[j + 4] & 63;
    } else {
        *scale = (packed[j + 4] & 15) | (packed[j - 4] >> 6) << 4;
        *minimum = packed[j + 4] >> 4 | (packed[j] >> 6) << 4;
    }
}

static void pack_float(const uint8_t *rows, size_t stride, size_t count, size_t columns, size_t size, uint8_t *group) {
    for (size_t lane = 0; lane < count; lane++) {
        const uint8_t *row = rows + lane * stride;
        for (size_t k = 0; k < columns; k++) memcpy(group + (k * 16 + lane) * size, row + k * size, size);
    }
}

// One lane of one block of 32 in the formats whose blocks are 32 long.
static void pack_small(tk_source source, const uint8_t *block, size_t lane, uint8_t *record) {
    int8_t values[32];
    memcpy(record + 2 * lane, block, 2);
    switch (source) {
    case TK_SOURCE_Q8_0: put_bytes(record + 32, lane, (const int8_t *)block + 2); break;
    case TK_SOURCE_Q4_0: put_nibbles(record + 32, lane, block + 2); break;
    case TK_SOURCE_Q4_1:
        memcpy(record + 32 + 2 * lane, block + 2, 2);
        put_nibbles(record + 64, lane, block + 4);
        break;
    case TK_SOURCE_Q5_0:
        five_bits(block + 2, block + 6, 16, values);
        put_bytes(record + 32, lane, values);
        break;
    default:  // Q5_1
        memcpy(record + 32 + 2 * lane, block + 2, 2);
        five_bits(block + 4, block + 8, 0, values);
        put_bytes(record + 64, lane, values);
    }
}

// One lane of eight blocks of 32 in the formats whose blocks are 256 long; `out` begins with the factors.
static void pack_super(tk_source source, const uint8_t *block, size_t lane, uint8_t *out) {
    tk_weight_kind kind = tk_packed_kind(source);
    size_t record_size = record_bytes(kind);
    uint8_t *records = out + super_bytes(kind);
    if (source == TK_SOURCE_Q6_K) {
        const uint8_t *low = block, *high = block + 128, *scales = block + 192;
        memcpy(out + 2 * lane, block + 208, 2);
        for (size_t j = 0; j < 8; j++) {
            uint8_t *record = records + j * record_size;
            record[lane] = scales[2 * j];
            record[16 + lane] = scales[2 * j + 1];
            int8_t values[32];
            size_t half = j / 4, quarter = j % 4;
            for (size_t i = 0; i < 32; i++) {
                uint8_t nibbles = low[half * 64 + (quarter & 1) * 32 + i];
                unsigned code = (quarter < 2 ? nibbles & 15 : nibbles >> 4) | (high[half * 32 + i] >> 2 * quarter & 3) << 4;
                values[i] = (int8_t)((int)code - 32);
            }
            put_bytes(record + 32, lane, values);
        }
        return;
    }
    memcpy(out + 2 * lane, block, 2);
    memcpy(out + 32 + 2 * lane, block + 2, 2);
    const uint8_t *high = block + 16, *codes = source == TK_SOURCE_Q4_K ? block + 16 : block + 48;
    for (size_t j = 0; j < 8; j++) {
        uint8_t *record = records + j * record_size;
        super_scales(block + 4, j, record + lane, record + 16 + lane);
        uint8_t values[32];
        for (size_t i = 0; i < 32; i++) {
            uint8_t pair = codes[j / 2 * 32 + i];
            values[i] = j % 2 ? pair >> 4 : pair & 15;
            if (source == TK_SOURCE_Q5_K) values[i] |= (uint8_t)((high[i] >> j & 1) << 4);
        }
        if (source == TK_SOURCE_Q5_K) {
            put_bytes(record + 32, lane, (const int8_t *)values);
        } else {
            uint8_t pairs[16];
            for (size_t i = 0; i < 16; i++) pairs[i] = (uint8_t)(values[i] | values[i + 16] << 4);
            put_nibbles(record + 32, lane, pairs);
        }
    }
}

void tk_pack_group(tk_source source, const uint8_t *rows, size_t stride, size_t count, size_t columns, uint8_t *group) {
    tk_weight_kind kind = tk_packed_kind(source);
    if (count < 16) memset(group, 0, tk_packed_group_bytes(kind, columns));
    switch (source) {
    case TK_SOURCE_F32: pack_float(rows, stride, count, columns, 4, group); return;
    case TK_SOURCE_F16:
    case TK_SOURCE_BF16: pack_float(rows, stride, count, columns, 2, group); return;
    case TK_SOURCE_Q4_K:
    case TK_SOURCE_Q5_K:
    case TK_SOURCE_Q6_K: {
        size_t block_bytes = source == TK_SOURCE_Q4_K ? 144 : source == TK_SOURCE_Q5_K ? 176 : 210;
        size_t packed = super_bytes(kind) + 8 * record_bytes(kind);
        for (size_t lane = 0; lane < count; lane++)
            for (size_t block = 0; block < columns / 256; block++)
                pack_super(source, rows + lane * stride + block * block_bytes, lane, group + block * packed);
        return;
    }
    default: {
        size_t block_bytes = source == TK_SOURCE_Q8_0 ? 34
            : source == TK_SOURCE_Q4_0                ? 18
            : source == TK_SOURCE_Q4_1                ? 20
            : source == TK_SOURCE_Q5_0                ? 22
                                                      : 24;
        for (size_t block = 0; block < columns / 32; block++)
            for (size_t lane = 0; lane < count; lane++)
                pack_small(source, rows + lane * stride + block * block_bytes, lane, group + block * record_bytes(kind));
    }
    }
}

static float from_half(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, 2);
    uint32_t magnitude = (uint32_t)(h & 0x7fff) << 13, sign = (uint32_t)(h & 0x8000) << 16;
    float value;
    if ((h & 0x7c00) == 0x7c00) {
        magnitude |= 0x7f800000;
        memcpy(&value, &magnitude, 4);
    } else {
        memcpy(&value, &magnitude, 4);
        value *= 0x1p112f;
    }
    uint32_t bits;
    memcpy(&bits, &value, 4);
    bits |= sign;
    memcpy(&value, &bits, 4);
    return value;
}

void tk_unpack_row(const tk_weight *weight, size_t row, float *out) {
    tk_weight_kind kind = weight->kind;
    const uint8_t *group = (const uint8_t *)weight->data + row / 16 * weight->group_bytes;
    size_t lane = row % 16;
    if (kind == TK_FLOAT32 || kind == TK_FLOAT16 || kind == TK_BFLOAT16) {
        for (size_t k = 0; k < weight->columns; k++) {
            if (kind == TK_FLOAT32) {
                memcpy(out + k, group + (k * 16 + lane) * 4, 4);
            } else if (kind == TK_FLOAT16) {
                out[k] = from_half(group + (k * 16 + lane) * 2);
            } else {
                uint32_t bits = 0;
                memcpy((uint8_t *)&bits + 2, group + (k * 16 + lane) * 2, 2);
                memcpy(out + k, &bits, 4);
            }
        }
        return;
    }
    const uint8_t *super = group;
    for (size_t block = 0; block < weight->columns / 32; block++, out += 32) {
        if (super_bytes(kind) && block % 8 == 0) {
            super = group;
            group += super_bytes(kind);
        }
        float scale, second = 0, minimum = 0;
        if (kind == TK_Q4_SUPER || kind == TK_Q8_SUPER) {
            scale = from_half(super + 2 * lane) * group[lane];
            minimum = -(from_half(super + 32 + 2 * lane) * group[16 + lane]);
        } else if (kind == TK_Q8_HALVES) {
            scale = from_half(super + 2 * lane) * (int8_t)group[lane];
            second = from_half(super + 2 * lane) * (int8_t)group[16 + lane];
        } else {
            scale = from_half(group + 2 * lane);
            if (has_minimum(kind)) minimum = from_half(group + 32 + 2 * lane);
        }
        const uint8_t *codes = group + scale_bytes(kind);
        for (size_t i = 0; i < 32; i++) {
            int code;
            if (is_q4(kind)) {
                uint8_t pair = codes[64 * (i % 16 / 4) + 4 * lane + i % 4];
                code = i < 16 ? pair & 15 : pair >> 4;
                if (kind == TK_Q4_CENTRED) code -= 8;
            } else {
                code = (int8_t)codes[64 * (i / 4) + 4 * lane + i % 4];
            }
            float value = (kind == TK_Q8_HALVES && i >= 16 ? second : scale) * (float)code;
            // Adding 0 would make 0 of -0.
            out[i] = has_minimum(kind) ? value + minimum : value;
        }
        group += record_bytes(kind);
    }
}

void tk_copy_row(const tk_weight *weight, size_t row, uint8_t *groups, size_t to) {
    tk_weight_kind kind = weight->kind;
    const uint8_t *source = (const uint8_t *)weight->data + row / 16 * weight->group_bytes;
    uint8_t *target = groups + to / 16 * weight->group_bytes;
    size_t from_lane = row % 16, lane = to % 16;
    if (kind == TK_FLOAT32 || kind == TK_FLOAT16 || kind == TK_BFLOAT16) {
        size_t size = kind == TK_FLOAT32 ? 4 : 2;
        for (size_t k = 0; k < weight->columns; k++)
            memcpy(target + (k * 16 + lane) * size, source + (k * 16 + from_lane) * size, size);
        return;
    }
    // Scales and factors stand in runs of sixteen, of one byte or two; codes in runs of sixteen times four bytes.
    size_t scale_size = super_bytes(kind) ? 1 : 2;
    for (size_t block = 0; block < weight->columns / 32; block++) {
        size_t at = 0;
        if (super_bytes(kind) && block % 8 == 0) {
            for (; at < super_bytes(kind); at += 32)
                memcpy(target + at + 2 * lane, source + at + 2 * from_lane, 2);
        }
        for (size_t end = at + scale_bytes(kind); at < end; at += 16 * scale_size)
            memcpy(target + at + scale_size * lane, source + at + scale_size * from_lane, scale_size);
        for (size_t end = at + (is_q4(kind) ? 256 : 512); at < end; at += 64)
            memcpy(target + at + 4 * lane, source + at + 4 * from_lane, 4);
        source += at;
        target += at;
    }
}
