// Kernels on rows of floats: norms, activations, reductions, sampling.

static void check_rms_norm(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *x = random_floats(n, 3), *weight = random_floats(n, 1), *y = room(n * 4);
        tk_rms_norm(x, weight, 1e-5f, n, y);
        see_floats(y, n);
        tk_rms_norm(x, weight, 1e-5f, n, x);
        see_floats(x, n);
        free(x), free(weight), free(y);
    }
}

static void check_add(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *x = random_floats(n, 3), *y = random_floats(n, 1);
        tk_add(x, n, y);
        see_floats(y, n);
        free(x), free(y);
    }
}

static void check_gate(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *gate = random_floats(n, 120), *up = random_floats(n, 3), *y = room(n * 4);
        tk_gate(gate, up, n, y);
        see_floats(y, n);
        tk_gate(gate, up, n, gate);
        see_floats(gate, n);
        free(gate), free(up), free(y);
    }
}

static void check_argmax(void) {
    for (size_t i = 0; i < ODD_SIZES; i++)
        for (int kind = 0; kind < 40; kind++) {
            size_t n = odd_sizes[i];
            float *x = random_floats(n, 1);
            // Few different numbers, so that there are ties; then infinities and NaN.
            for (size_t j = 0; j < n; j++) x[j] = floorf(x[j] * (float)(1 + kind));
            if (kind % 4 == 1) x[random_below(n)] = NAN;
            if (kind % 4 == 2) x[random_below(n)] = INFINITY;
            if (kind == 3)
                for (size_t j = 0; j < n; j++) x[j] = -INFINITY;
            see_size(tk_argmax(x, n));
            free(x);
        }
}

static void check_gumbel_noise(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        uint32_t *tokens = room(n * 4);
        float *noise = room(n * 4);
        for (size_t j = 0; j < n; j++) tokens[j] = (uint32_t)random_bits();
        tk_gumbel_noise(tokens, n, 7, 3, noise);
        see_floats(noise, n);
        tk_gumbel_noise(NULL, n, random_bits(), random_bits(), noise);
        see_floats(noise, n);
        free(tokens), free(noise);
    }
}

static void check_gumbel_argmax(void) {
    for (size_t i = 0; i < ODD_SIZES; i++)
        for (int round = 0; round < 10; round++) {
            size_t n = odd_sizes[i];
            float *x = random_floats(n, 5);
            uint32_t *tokens = room(n * 4);
            for (size_t j = 0; j < n; j++) tokens[j] = (uint32_t)j * 3;
            if (round == 9) x[0] = NAN;
            see_size(tk_gumbel_argmax(x, tokens, n, 0.7f, 5, (uint64_t)round));
            see_size(tk_gumbel_argmax(x, NULL, n, 1.0f, 5, (uint64_t)round));
            free(x), free(tokens);
        }
}

static void check_log_sum_exp(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        float *x = random_floats(odd_sizes[i], 30);
        see_float(tk_log_sum_exp(x, odd_sizes[i], 0.8f));
        x[odd_sizes[i] / 2] = 1;
        if (odd_sizes[i] > 1) x[0] = -INFINITY;
        see_float(tk_log_sum_exp(x, odd_sizes[i], 1));
        free(x);
    }
}

static void check_law_summary(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *x = random_floats(n, 30), probabilities[2];
        const uint32_t columns[2] = {(uint32_t)(n / 2), 0};
        see_float(tk_law_summary(x, n, 0.8f, columns, 2, probabilities));
        see_float(probabilities[0]);
        see_float(probabilities[1]);
        x[n / 2] = 1;
        if (n > 1) x[0] = -INFINITY;
        see_float(tk_law_summary(x, n, 1, columns, 2, probabilities));
        see_float(probabilities[0]);
        see_float(probabilities[1]);
        free(x);
    }
}

static void check_softmax(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *x = random_floats(n, 60), *y = room(n * 4);
        see_float(tk_softmax(x, n, 1.3f, y));
        see_floats(y, n);
        free(x), free(y);
    }
}

static void check_greatest_of_blocks(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i], blocks = (n + TK_SEARCH_BLOCK - 1) / TK_SEARCH_BLOCK;
        float *x = random_floats(n, 9), *greatest = room(blocks * 4);
        tk_greatest_of_blocks(x, n, greatest);
        see_floats(greatest, blocks);
        free(x), free(greatest);
    }
}

static void check_at_least(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *x = random_floats(n, 1);
        uint32_t *indices = room(n * 4);
        size_t found = tk_at_least(x, n, x[n / 2], indices);
        see_size(found);
        see_words(indices, found);
        free(x), free(indices);
    }
}

static void check_mass_below(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i], count = 0;
        float *keys = random_floats(n, 1), *masses = random_floats(n, 1);
        double mass = tk_mass_below(keys, masses, n, 0.25f, &count);
        see_bytes(&mass, sizeof mass);
        see_size(count);
        free(keys), free(masses);
    }
}

static void check_negative_log(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *x = random_floats(n, 1), *y = room(n * 4);
        for (size_t j = 0; j < n; j++) x[j] = j % 9 == 3 ? 0 : fabsf(x[j]) * (j % 2 ? 1 : 1e-30f);
        tk_negative_log(x, n, y);
        see_floats(y, n);
        free(x), free(y);
    }
}
