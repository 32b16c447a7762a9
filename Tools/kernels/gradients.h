// The way back through layers, and sums for systems of equations.

static void check_dot(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *x = random_floats(n, 3), *y = random_floats(n, 1);
        see_float(tk_dot(x, y, n));
        free(x), free(y);
    }
}

static void check_rms_norm_gradient(void) {
    for (size_t i = 0; i < ODD_SIZES; i++)
        for (int parts = 1; parts <= 3; parts++) {
            size_t n = odd_sizes[i];
            float *x = random_floats(n, parts == 3 ? 1000 : 3), *weight = random_floats(n, 2), *dy = random_floats(n, 1);
            float *dx = random_floats(n, 1), *dweight = random_floats(n, 1);
            tk_rms_norm_gradient(x, weight, 1e-5f, n, dy, parts & 1 ? dx : NULL, parts & 2 ? dweight : NULL);
            see_floats(dx, n);
            see_floats(dweight, n);
            free(x), free(weight), free(dy), free(dx), free(dweight);
        }
}

static void check_gate_gradient(void) {
    for (size_t i = 0; i < ODD_SIZES; i++)
        for (int in_place = 0; in_place <= 1; in_place++) {
            size_t n = odd_sizes[i];
            float *gate = random_floats(n, 20), *up = random_floats(n, 3), *dout = random_floats(n, 1);
            float *dgate = random_floats(n, 1), *dup = random_floats(n, 1);
            tk_gate_gradient(gate, up, n, dout, in_place ? dout : dgate, dup);
            see_floats(in_place ? dout : dgate, n);
            see_floats(dup, n);
            free(gate), free(up), free(dout), free(dgate), free(dup);
        }
}

static void check_rotate_gradient(void) {
    for (size_t w = 0; w < HEAD_WIDTHS; w++) {
        size_t width = head_widths[w];
        float *x = random_floats(width, 3), *cosines = random_floats(width / 2, 1), *sines = random_floats(width / 2, 1);
        tk_rotate_gradient(x, width, cosines, sines, 0.125f);
        see_floats(x, width);
        free(x), free(cosines), free(sines);
    }
}

static void check_attention_gradient_tile(void) {
    for (size_t w = 0; w < HEAD_WIDTHS; w++)
        for (size_t count = 1; count <= 16; count += count == 1 ? 4 : 11) {
            enum { QUERIES = 7 };
            size_t width = head_widths[w], stride = width + 3 * (count % 2), numbers = (count - 1) * stride + width;
            float *keys = random_floats(numbers, 2), *values = random_floats(numbers, 2);
            float *dkeys = random_floats(numbers, 1), *dvalues = random_floats(numbers, 1);
            float *x = random_floats(QUERIES * width, 1), *dout = random_floats(QUERIES * width, 1);
            float *dx = random_floats(QUERIES * width, 1), *scratch = random_floats(80 * width, NAN);
            tk_attention_gradient queries[QUERIES];
            for (size_t i = 0; i < QUERIES; i++) {
                uint32_t first = (uint32_t)random_below(count), end = first + 1 + (uint32_t)random_below(count - first);
                queries[i] = (tk_attention_gradient){
                    .query = x + i * width, .output_gradient = dout + i * width, .query_gradient = dx + i * width,
                    .greatest = (float)width, .inverse_sum = 0.5f, .delta = random_unit(), .first = first, .end = end};
            }
            tk_attention_gradient_tile(keys, values, stride, count, width, queries, QUERIES, dkeys, dvalues, scratch);
            see_floats(dkeys, numbers);
            see_floats(dvalues, numbers);
            see_floats(dx, QUERIES * width);
            free(keys), free(values), free(dkeys), free(dvalues), free(x), free(dout), free(dx), free(scratch);
        }
}

static void check_dot_doubles(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        double *x = room(n * 8), *y = room(n * 8);
        for (size_t j = 0; j < n; j++) x[j] = random_unit() / 3.0, y[j] = random_unit() / 7.0;
        double sum = tk_dot_doubles(x, y, n);
        see_bytes(&sum, sizeof sum);
        free(x), free(y);
    }
}
