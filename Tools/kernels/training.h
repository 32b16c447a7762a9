// Kernels of a training run: losses with their gradients, the optimiser, walks over whole arenas, reading memory.

// Positive numbers with the sum `mass`.
static float *random_probabilities(size_t n, float mass) {
    float *q = random_floats(n, 1), sum = 0;
    for (size_t i = 0; i < n; i++) sum += q[i] = fabsf(q[i]) + 0x1p-10f;
    for (size_t i = 0; i < n; i++) q[i] *= mass / sum;
    return q;
}

static const float loss_weights[][3] = {{1, 0, 0}, {0.5f, 0.5f, 0}, {0.25f, 0.5f, 0.25f}, {0, 0, 1}};
#define LOSS_WEIGHTS (sizeof loss_weights / sizeof *loss_weights)

static void see_losses(const float *logits, size_t n, const float *terms) {
    see_floats(terms, 4);
    see_floats(logits, n);
}

static void check_loss_row_top(void) {
    for (size_t i = 0; i < ODD_SIZES; i++)
        for (size_t w = 0; w < LOSS_WEIGHTS; w++) {
            size_t n = odd_sizes[i], count = random_below(n + 1);
            float *logits = random_floats(n, 8), *q = random_probabilities(count, w == 1 ? 1 : 0.75f), terms[4];
            float *corrections = room(count * 4);
            uint32_t *ids = room(count * 4);
            // A stride that shares no factor with n meets no id twice.
            size_t stride = n > 2 ? n - 1 : 1;
            for (size_t j = 0; j < count; j++) ids[j] = (uint32_t)(j * stride % n);
            tk_loss_row_top(logits, n, random_below(n + 2), ids, q, count, loss_weights[w], 0.375f, terms, corrections);
            see_losses(logits, n, terms);
            free(logits), free(q), free(corrections), free(ids);
        }
}

static void check_loss_row_whole(void) {
    for (size_t i = 0; i < ODD_SIZES; i++)
        for (size_t w = 0; w < LOSS_WEIGHTS; w++) {
            size_t n = odd_sizes[i];
            float *logits = random_floats(n, 8), *q = random_probabilities(n, 1), terms[4];
            q[random_below(n)] = 0;
            tk_loss_row_whole(logits, n, random_below(n + 2), q, loss_weights[w], 0.375f, terms);
            see_losses(logits, n, terms);
            free(logits), free(q);
        }
}

static void check_adamw(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *weights = random_floats(n, 1), *gradients = random_floats(n, 3);
        float *first = random_floats(n, 0.5f), *second = random_probabilities(n, (float)n);
        tk_adamw(weights, gradients, first, second, n, 0.5f, 1e-3f, 0.1f, 0.9f, 0.95f, 1e-8f, 1.25f, 2.5f);
        see_floats(weights, n);
        see_floats(first, n);
        see_floats(second, n);
        free(weights), free(gradients), free(first), free(second);
    }
}

static void check_sum_of_squares(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *x = random_floats(n, 3);
        double sum = tk_sum_of_squares(x, n);
        see_bytes(&sum, sizeof sum);
        free(x);
    }
}

static void check_blend(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *x = random_floats(n, 3), *y = random_floats(n, 1);
        tk_blend(x, n, 0.3f, y);
        see_floats(y, n);
        free(x), free(y);
    }
}

static void check_add_rows(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        float *x = random_floats(n, 3), *y = random_floats(n, 1);
        tk_add_rows(x, n, y);
        see_floats(y, n);
        free(x), free(y);
    }
}

static void check_fold_words(void) {
    for (size_t i = 0; i < ODD_SIZES; i++) {
        size_t n = odd_sizes[i];
        uint32_t *words = (uint32_t *)random_bytes(n * 4);
        see_word(tk_fold_words(words, n));
        free(words);
    }
}
