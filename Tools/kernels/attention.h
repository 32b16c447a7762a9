// Attention, its pages, and rotary embedding.

static const size_t head_widths[] = {2, 8, 16, 20, 32, 64, 128};
#define HEAD_WIDTHS (sizeof head_widths / sizeof *head_widths)

static uint16_t *random_halves(size_t n) {
    uint16_t *x = room(n * 2);
    for (size_t i = 0; i < n; i++) x[i] = (uint16_t)((random_bits() & 0x8000) | (0x2c00 + random_below(0x1400)));
    return x;
}

static void check_attention_page(void) {
    for (size_t w = 0; w < HEAD_WIDTHS; w++)
        for (size_t count = 1; count <= 9; count++) {
            size_t width = head_widths[w];
            uint16_t *keys = random_halves(TK_PAGE_ROWS * width), *values = random_halves(TK_PAGE_ROWS * width);
            tk_key_value_page page = {keys, values, width};
            float *x = random_floats(count * width, 1), *out = room(count * width * 4);
            tk_attention_query queries[9];
            uint32_t last = 0;
            for (size_t i = 0; i < count; i++) {
                uint32_t first = (uint32_t)random_below(TK_PAGE_ROWS), end = first + 1 + (uint32_t)random_below(TK_PAGE_ROWS - first);
                if (count % 2) first = 0, end = (uint32_t)(random_below(40) + 1 + i);
                last = end > last ? end : last;
                queries[i] = (tk_attention_query){.query = x + i * width, .first = first, .end = end, .out = out + i * width};
            }
            // What lies beyond the last position is none of its business.
            for (size_t j = last; j < TK_PAGE_ROWS; j++)
                for (size_t d = 0; d < width; d++) {
                    keys[j / 16 * width * 16 + d * 16 + j % 16] = j % 2 ? 0x7e00 : 0x7c00;
                    values[j * width + d] = j % 2 ? 0xfc00 : 0x7e00;
                }
            tk_attention_page(&page, queries, count);
            see_floats(out, count * width);
            for (size_t i = 0; i < count; i++) see_float(queries[i].greatest), see_float(queries[i].sum);
            free(keys), free(values), free(x), free(out);
        }
}

static void check_attention_fold(void) {
    for (size_t w = 0; w < HEAD_WIDTHS; w++) {
        size_t width = head_widths[w];
        float *running = room(width * 4), running_state[2] = {-INFINITY, 0};
        memset(running, 0, width * 4);
        for (int page = 0; page < 12; page++) {
            float *partial = random_floats(width, 5), state[2] = {random_unit() * 8, 1 + fabsf(random_unit())};
            if (page % 4 == 3) {
                // Nothing was seen: what stands in `partial` is left over from another time.
                state[0] = -INFINITY, state[1] = 0;
                for (size_t d = 0; d < width; d++) partial[d] = d % 2 ? NAN : INFINITY;
            }
            tk_attention_fold(partial, state, width, running, running_state);
            see_floats(running, width);
            see_floats(running_state, 2);
            if (!isfinite(running[0])) abort();
            free(partial);
        }
        free(running);
    }
}

static void check_attention_finish(void) {
    for (size_t w = 0; w < HEAD_WIDTHS; w++) {
        size_t width = head_widths[w];
        float *running = random_floats(width, 5), state[2] = {1, 3}, *out = room(width * 4);
        tk_attention_finish(running, state, width, out);
        see_floats(out, width);
        free(running), free(out);
    }
}

static void check_attention_append(void) {
    for (size_t w = 0; w < HEAD_WIDTHS; w++) {
        size_t width = head_widths[w], size = TK_PAGE_ROWS * width;
        uint16_t *keys = room(size * 2), *values = room(size * 2);
        for (size_t j = 0; j < TK_PAGE_ROWS; j++) {
            // From below the smallest subnormal half to beyond the greatest finite one.
            float *key = random_floats(width, ldexpf(1, (int)j / 2 - 30)), *value = random_floats(width, ldexpf(1, (int)j - 60));
            if (j % 16 == 5) key[0] = INFINITY, value[0] = NAN;
            tk_attention_append(keys, values, j, width, key, value);
            free(key), free(value);
        }
        see_halves(keys, size), see_halves(values, size);
        free(keys), free(values);
    }
    // Every half and its neighbours among the floats, and the points half-way.
    uint16_t *keys = room(TK_PAGE_ROWS * 16 * 2), *values = room(TK_PAGE_ROWS * 16 * 2);
    for (uint32_t bits = 0x32800000; bits < 0x47900000; bits += 0x1000 * 16) {
        float numbers[3][16];
        for (uint32_t i = 0; i < 16; i++) {
            uint32_t words[] = {bits + 0x1000 * i, bits + 0x1000 * i - 1, (bits + 0x1000 * i + 1) | 0x80000000};
            for (int k = 0; k < 3; k++) memcpy(&numbers[k][i], &words[k], 4);
        }
        tk_attention_append(keys, values, 0, 16, numbers[0], numbers[1]);
        see_halves(values, 16);
        tk_attention_append(keys, values, 1, 16, numbers[2], numbers[0]);
        see_halves(values + 16, 16);
        for (size_t d = 0; d < 16; d++) see_halves(keys + 16 * d, 2);
    }
    free(keys), free(values);
}

static void check_rotate(void) {
    for (size_t w = 0; w < HEAD_WIDTHS; w++) {
        size_t width = head_widths[w];
        float *x = random_floats(width, 5), *cosines = random_floats(width / 2, 1), *sines = random_floats(width / 2, 1);
        tk_rotate(x, width, cosines, sines, 0.125f);
        see_floats(x, width);
        tk_rotate(x, width, cosines, sines, 1 / sqrtf((float)width));
        see_floats(x, width);
        free(x), free(cosines), free(sines);
    }
}
