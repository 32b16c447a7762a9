// Products of a few rows with weights, dense products, and the packing of both.

static const size_t block_lengths[] = {1, 1, 1, 32, 32, 32, 32, 32, 256, 256, 256};
static const size_t block_bytes[] = {4, 2, 2, 34, 18, 20, 22, 24, 144, 176, 210};

static void put_half(uint8_t *p, uint16_t half) { memcpy(p, &half, 2); }

// Rows as a file would hold them: every code and small scale at random, factors finite halves up to about 0.1.
static uint8_t *random_rows(tk_source source, size_t rows, size_t columns) {
    size_t blocks = columns / block_lengths[source], size = block_bytes[source];
    uint8_t *data = random_bytes(rows * blocks * size);
    for (size_t i = 0; i < rows * blocks; i++) {
        uint8_t *block = data + i * size;
        uint16_t factor = (uint16_t)(random_bits() & 0x8000) | (uint16_t)(0x1c00 + random_below(0x1000));
        uint16_t minimum = (uint16_t)(random_bits() & 0x8000) | (uint16_t)(0x1c00 + random_below(0x1000));
        if (i % 17 == 3) factor = (uint16_t)random_below(0x400);
        float number = random_unit();
        switch (source) {
        case TK_SOURCE_F32: memcpy(block, &number, 4); break;
        case TK_SOURCE_F16: put_half(block, factor); break;
        case TK_SOURCE_BF16: memcpy(block, (uint8_t *)&number + 2, 2); break;
        case TK_SOURCE_Q6_K: put_half(block + 208, factor); break;
        case TK_SOURCE_Q4_1:
        case TK_SOURCE_Q5_1:
        case TK_SOURCE_Q4_K:
        case TK_SOURCE_Q5_K: put_half(block + 2, minimum);  // and the factor
        default: put_half(block, factor);
        }
    }
    return data;
}

static uint8_t *packed_rows(tk_source source, const uint8_t *data, size_t rows, size_t columns, tk_weight *weight) {
    size_t stride = columns / block_lengths[source] * block_bytes[source];
    tk_weight_kind kind = tk_packed_kind(source);
    *weight = (tk_weight){.rows = rows, .columns = columns, .kind = kind};
    weight->group_bytes = tk_packed_group_bytes(kind, columns);
    size_t groups = (rows + 15) / 16;
    uint8_t *packed = room(groups * weight->group_bytes);
    for (size_t g = 0; g < groups; g++)
        tk_pack_group(
            source, data + g * 16 * stride, stride, rows - g * 16 < 16 ? rows - g * 16 : 16, columns,
            packed + g * weight->group_bytes);
    weight->data = packed;
    return packed;
}

typedef struct {
    int8_t *codes;
    float *scales, *scaled_sums;
    int32_t *half_sums;
    tk_outlier *outliers;
    uint32_t *outlier_counts;
} quantized;

static quantized quantized_rows(const float *x, size_t rows, size_t columns) {
    size_t blocks = columns / 32;
    quantized q = {
        room(rows * columns),     room(rows * blocks * 4),                 room(rows * blocks * 4),
        room(rows * blocks * 8),  room(rows * blocks * sizeof(tk_outlier)), room(rows * 4)};
    for (size_t r = 0; r < rows; r++)
        tk_quantize_row(
            x + r * columns, columns, q.codes + r * columns, q.scales + r * blocks, q.scaled_sums + r * blocks,
            q.half_sums + r * blocks * 2, q.outliers + r * blocks, q.outlier_counts + r);
    return q;
}

static void free_quantized(quantized q) {
    free(q.codes), free(q.scales), free(q.scaled_sums), free(q.half_sums), free(q.outliers), free(q.outlier_counts);
}

static void see_quantized(quantized q, size_t rows, size_t columns) {
    see_bytes(q.codes, rows * columns);
    see_floats(q.scales, rows * columns / 32);
    see_floats(q.scaled_sums, rows * columns / 32);
    see_words((const uint32_t *)q.half_sums, rows * columns / 16);
    see_words(q.outlier_counts, rows);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < q.outlier_counts[r]; i++) {
            see_words(&q.outliers[r * (columns / 32) + i].input, 1);
            see_floats(&q.outliers[r * (columns / 32) + i].value, 1);
        }
}

static void check_quantize_row(void) {
    for (int power = -100; power <= 100; power += 10) {
        float *x = random_floats(7 * 96, ldexpf(1, power));
        memset(x + 96, 0, 96 * sizeof *x);
        // Exactly half-way between two codes.
        for (size_t i = 0; i < 32; i++) x[i] = i ? (float)i * 0.5f : 127;
        // One outlier, and more of them than there is room for.
        x[2 * 96 + 40] = ldexpf(500, power);
        memset(x + 3 * 96, 0, 96 * sizeof *x);
        for (size_t i = 0; i < 5; i++) x[3 * 96 + 20 * i] = ldexpf(1, power);
        quantized q = quantized_rows(x, 7, 96);
        see_quantized(q, 7, 96);
        free_quantized(q), free(x);
    }
}

static void product_of(const tk_weight *weight, const float *x, size_t count, int adds) {
    size_t groups = (weight->rows + 15) / 16, stride = weight->rows + 3;
    float *out = room(count * stride * 4);
    for (size_t i = 0; i < count * stride; i++) out[i] = (float)i;
    if (weight->kind <= TK_BFLOAT16) {
        tk_product_float(weight, x, weight->columns, count, 0, groups, out, stride, adds);
    } else {
        quantized q = quantized_rows(x, count, weight->columns);
        tk_quantized_rows rows = {
            .codes = q.codes, .scales = q.scales, .scaled_sums = q.scaled_sums, .half_sums = q.half_sums,
            .outliers = q.outliers, .outlier_counts = q.outlier_counts, .count = count};
        // In two calls, as two chunks of work would do it.
        tk_product_quantized(weight, &rows, 0, groups / 2, out, stride, adds);
        tk_product_quantized(weight, &rows, groups / 2, groups - groups / 2, out, stride, adds);
        free_quantized(q);
    }
    see_floats(out, count * stride);
    free(out);
}

static void check_products(int is_float) {
    static const size_t row_counts[] = {1, 15, 16, 17, 33, 130};
    static const size_t float_columns[] = {1, 31, 33, 64}, short_columns[] = {32, 64, 96, 512},
                        long_columns[] = {256, 512, 768, 1280};
    for (int source = is_float ? 0 : TK_SOURCE_Q8_0; source <= (is_float ? TK_SOURCE_BF16 : TK_SOURCE_Q6_K); source++)
        for (size_t i = 0; i < 6; i++)
            for (size_t j = 0; j < 4; j++) {
                size_t rows = row_counts[i];
                size_t columns = is_float ? float_columns[j]
                    : block_lengths[source] == 32 ? short_columns[j] : long_columns[j];
                uint8_t *data = random_rows((tk_source)source, rows, columns);
                tk_weight weight;
                uint8_t *packed = packed_rows((tk_source)source, data, rows, columns, &weight);
                float *x = random_floats(70 * columns, 4);
                for (size_t i = 0; i < 70; i += 3) x[i * columns + i % columns] *= 200;
                for (size_t count = 1; count <= 20; count += i == 4 ? 1 : 6)
                    product_of(&weight, x, count, (int)(count % 2));
                if (rows == 17) product_of(&weight, x, 70, 0);
                free(data), free(packed), free(x);
            }
}

// All codes and activations at their ends, where sums of sixteen bits would saturate first.
static void check_extremes(void) {
    static const uint8_t patterns[] = {0x00, 0x80, 0x7f, 0xff, 0x88, 0x0f};
    for (int source = TK_SOURCE_Q8_0; source <= TK_SOURCE_Q6_K; source++)
        for (size_t p = 0; p < sizeof patterns; p++) {
            uint8_t *data = random_rows((tk_source)source, 17, 512);
            size_t size = block_bytes[source], blocks = 17 * 512 / block_lengths[source];
            for (size_t i = 0; i < blocks; i++) {
                uint8_t factors[4];
                uint8_t *ends = data + i * size + (source == TK_SOURCE_Q6_K ? 206 : 0);
                memcpy(factors, ends, 4);
                memset(data + i * size, patterns[p], size);
                memcpy(ends, factors, source == TK_SOURCE_Q8_0 || source == TK_SOURCE_Q4_0 || source == TK_SOURCE_Q5_0 ? 2 : 4);
            }
            tk_weight weight;
            uint8_t *packed = packed_rows((tk_source)source, data, 17, 512, &weight);
            for (int signs = 0; signs < 4; signs++) {
                float *x = room(9 * 512 * 4);
                for (size_t i = 0; i < 9 * 512; i++)
                    x[i] = signs == 0 ? 1 : signs == 1 ? -1 : signs == 2 ? (i % 2 ? 1.0f : -1.0f) : (i & 2 ? 3.0f : -3.0f);
                product_of(&weight, x, 9, 0);
                free(x);
            }
            free(data), free(packed);
        }
}

static void check_product_quantized(void) {
    check_products(0);
    check_extremes();
}

static void check_product_float(void) {
    check_products(1);
    // Every half-precision number, through the one instruction or the arithmetic that reads it.
    uint16_t *halves = room(65536 * 2);
    for (size_t i = 0; i < 65536; i++) halves[i] = (uint16_t)i;
    tk_weight weight;
    uint8_t *packed = packed_rows(TK_SOURCE_F16, (const uint8_t *)halves, 65536, 1, &weight);
    float one = 1;
    product_of(&weight, &one, 1, 0);
    free(halves), free(packed);
}

// The same for every instruction set, but not for every processor's compiler.
static void check_packing(void) {
    for (int source = 0; source <= TK_SOURCE_Q6_K; source++) {
        size_t rows = 19, columns = 512;
        uint8_t *data = random_rows((tk_source)source, rows, columns);
        tk_weight weight;
        uint8_t *packed = packed_rows((tk_source)source, data, rows, columns, &weight);
        see_bytes(packed, 2 * weight.group_bytes);
        float *out = room(columns * 4);
        for (size_t row = 0; row < rows; row++) {
            tk_unpack_row(&weight, row, out);
            see_floats(out, columns);
        }
        uint8_t *groups = room(2 * weight.group_bytes);
        memset(groups, 0, 2 * weight.group_bytes);
        for (size_t row = 0; row < rows; row++) tk_copy_row(&weight, row, groups, (row * 7 + 3) % rows);
        see_bytes(groups, 2 * weight.group_bytes);
        free(data), free(packed), free(out), free(groups);
    }
}

// --- Dense products --------------------------------------------------------------------------------------------------

static void check_dense_pack_rows(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t columns = odd_sizes[i], depth = odd_sizes[ODD_SIZES - 1 - i];
        size_t words = (columns + 15) / 16 * ((depth + 1) / 2) * 16;
        float *x = random_floats(columns * depth, 1);
        uint32_t *panels = room(words * 4);
        tk_dense_pack_rows(x, depth, columns, depth, panels);
        see_words(panels, words);
        free(x), free(panels);
    }
}

static void check_dense_pack_columns(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t columns = odd_sizes[i], depth = odd_sizes[ODD_SIZES - 1 - i];
        size_t words = (columns + 15) / 16 * ((depth + 1) / 2) * 16;
        float *x = random_floats(columns * depth, 1);
        uint32_t *panels = room(words * 4);
        tk_dense_pack_columns(x, columns, columns, depth, panels);
        see_words(panels, words);
        free(x), free(panels);
    }
}

static void check_dense_product(void) {
    static const size_t shapes[][3] = {{1, 1, 1}, {5, 15, 3}, {6, 16, 2}, {9, 50, 33}, {25, 97, 64}, {3, 17, 800}};
    float *scratch = room(TK_DENSE_SCRATCH * sizeof(float));
    for (size_t i = 0; i < 6; i++)
        for (int form = 0; form < 4; form++) {
            size_t rows = shapes[i][0], columns = shapes[i][1], depth = shapes[i][2];
            int transposed = form & 1, accumulates = form >> 1;
            float *left = random_floats(rows * depth, 1), *right = random_floats(depth * columns, 1);
            float *out = random_floats(rows * columns, 1);
            uint32_t *panels = room((columns + 15) / 16 * ((depth + 1) / 2) * 64);
            tk_dense_pack_columns(right, columns, columns, depth, panels);
            tk_dense_product(
                left, transposed ? rows : depth, transposed, rows, panels, columns, depth, out, columns, accumulates,
                scratch);
            see_floats(out, rows * columns);
            free(left), free(right), free(out), free(panels);
        }
    free(scratch);
}

// Each instruction set has a number of its own.
static void check_dense_tile_rows(void) { (void)tk_dense_tile_rows(); }

// So does this one, and what it writes is of no use to anybody.
static void check_dense_peak(void) {
    float sink = 0;
    if (tk_dense_peak(2, &sink) == 0 || sink <= 0) abort();
}
