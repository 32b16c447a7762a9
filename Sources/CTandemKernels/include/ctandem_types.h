// Plain types that the kernels take.
#ifndef CTANDEM_TYPES_H
#define CTANDEM_TYPES_H

#include <stddef.h>
#include <stdint.h>

// How a weight's numbers are stored (see product.inc for the layout).
typedef enum {
    TK_FLOAT32 = 0,
    TK_FLOAT16 = 1,
    TK_BFLOAT16 = 2,
    // 4-bit codes, half-precision scale and minimum in each block of 32: Q4_1.
    TK_Q4_MINIMUM = 3,
    // 4-bit codes of which 8 means zero, half-precision scale: Q4_0.
    TK_Q4_CENTRED = 4,
    // 4-bit codes, 6-bit scale and minimum in each block, half-precision factors for both in every 8 blocks: Q4_K.
    TK_Q4_SUPER = 5,
    // Signed 8-bit codes, half-precision scale: Q8_0, Q5_0.
    TK_Q8 = 6,
    // The same with a half-precision minimum: Q5_1.
    TK_Q8_MINIMUM = 7,
    // 8-bit codes with scales like TK_Q4_SUPER: Q5_K.
    TK_Q8_SUPER = 8,
    // 8-bit codes, a signed 8-bit scale for each half block, one half-precision factor in every 8 blocks: Q6_K.
    TK_Q8_HALVES = 9,
} tk_weight_kind;

// A weight of `rows` outputs and `columns` inputs in groups of sixteen outputs, `group_bytes` each.
typedef struct {
    const void *data;
    size_t rows, columns, group_bytes;
    tk_weight_kind kind;
} tk_weight;

// An activation so large that it would spoil its block's scale: it stays as it is, and its code is 0.
typedef struct {
    uint32_t input;
    float value;
} tk_outlier;

// `count` rows of activations in 8-bit codes, blocks of 32. With B blocks a row: codes [count][32·B], scales and
// scaled_sums (scale · Σ codes) [count][B], half_sums (Σ codes over each half block) [count][2·B]; a row's outliers, by
// input, are the first outlier_counts[count] of outliers [count][B].
typedef struct {
    const int8_t *codes;
    const float *scales, *scaled_sums;
    const int32_t *half_sums;
    const tk_outlier *outliers;
    const uint32_t *outlier_counts;
    size_t count;
} tk_quantized_rows;

// How a file stores a weight, in GGUF's encodings.
typedef enum {
    TK_SOURCE_F32 = 0,
    TK_SOURCE_F16 = 1,
    TK_SOURCE_BF16 = 2,
    TK_SOURCE_Q8_0 = 3,
    TK_SOURCE_Q4_0 = 4,
    TK_SOURCE_Q4_1 = 5,
    TK_SOURCE_Q5_0 = 6,
    TK_SOURCE_Q5_1 = 7,
    TK_SOURCE_Q4_K = 8,
    TK_SOURCE_Q5_K = 9,
    TK_SOURCE_Q6_K = 10,
} tk_source;

// Positions in a page of a key/value cache.
#define TK_PAGE_ROWS 128

// One key/value head of one page: keys [TK_PAGE_ROWS / 16][width][16], values [TK_PAGE_ROWS][width], half precision.
typedef struct {
    const uint16_t *keys, *values;
    size_t width;
} tk_key_value_page;

// One query of attention over one page, and its partial result.
typedef struct {
    // In: the rotated query, already divided by the root of the width; the positions of the page that it sees, at
    // least one.
    const float *query;
    uint32_t first, end;
    // Out: Σ exp(score - greatest) · value in out[width], the greatest score, Σ exp(score - greatest).
    float *out;
    float greatest, sum;
} tk_attention_query;

// One query of attention on the way back over sixteen positions.
typedef struct {
    // The rotated and scaled query, and the gradient of its result.
    const float *query, *output_gradient;
    // Gets its gradient added.
    float *query_gradient;
    // Of its row: the greatest score, one over the sum of exp(score - greatest), and result times gradient.
    float greatest, inverse_sum, delta;
    // The positions that it sees, counted within the sixteen; at least one.
    uint32_t first, end;
} tk_attention_gradient;

#endif
