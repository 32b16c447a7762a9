// Inputs from a seed and fingerprints of outputs, the same on every machine.
#ifndef TANDEM_KERNEL_CHECK_SUPPORT_H
#define TANDEM_KERNEL_CHECK_SUPPORT_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctandem_kernels.h"

// --- Random numbers (SplitMix64) -------------------------------------------------------------------------------------

static uint64_t random_state;

static inline uint64_t random_bits(void) {
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline size_t random_below(size_t n) { return (size_t)(random_bits() >> 16) % n; }

// In -1 ..< 1, a multiple of 2^-23.
static inline float random_unit(void) { return (float)(int32_t)(random_bits() >> 40) * 0x1p-23f - 1.0f; }

// Memory is exactly as large as it must be, so that an address sanitizer sees every step beyond it.
static inline void *room(size_t bytes) {
    void *p = malloc(bytes ? bytes : 1);
    if (!p) abort();
    return p;
}

static inline float *random_floats(size_t n, float scale) {
    float *x = room(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = random_unit() * scale;
    return x;
}

static inline uint8_t *random_bytes(size_t n) {
    uint8_t *x = room(n);
    for (size_t i = 0; i < n; i++) x[i] = (uint8_t)random_bits();
    return x;
}

// --- Fingerprints (FNV-1a over 32-bit words) -------------------------------------------------------------------------

static uint64_t fingerprint;

static inline void see_word(uint32_t word) {
    for (int i = 0; i < 4; i++) fingerprint = (fingerprint ^ (word >> 8 * i & 255)) * 0x100000001b3u;
}

static inline void see_size(size_t value) { see_word((uint32_t)value); }

// What is not a number is seen as such: processors differ in the payload.
static inline void see_float(float value) {
    uint32_t word;
    memcpy(&word, &value, 4);
    see_word(isnan(value) ? 0x7fc00000 : word);
}

static inline void see_floats(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) see_float(x[i]);
}

static inline void see_words(const uint32_t *x, size_t n) {
    for (size_t i = 0; i < n; i++) see_word(x[i]);
}

static inline void see_bytes(const void *p, size_t n) {
    const uint8_t *bytes = p;
    for (size_t i = 0; i < n; i++) see_word(bytes[i]);
}

static inline void see_halves(const uint16_t *x, size_t n) {
    for (size_t i = 0; i < n; i++) see_word((x[i] & 0x7fff) > 0x7c00 ? 0x7e00 : x[i]);
}

// Sizes around the width of the vectors.
static const size_t odd_sizes[] = {1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 257};
#define ODD_SIZES (sizeof odd_sizes / sizeof *odd_sizes)

#endif
