// Sixteen virtual lanes, in the compiler's own vector extension: one register with AVX-512, two with AVX2, four with
// NEON or SSE2. Written once, compiled for each instruction set (see isa_*.c); included only inside the region in which
// that file has set its target.
//
// Sums over lanes use one fixed tree (lane i with i+8, then i+4, i+2, i+1), so that results do not depend on the
// register width.
#ifndef TK_VECTOR_H
#define TK_VECTOR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

// The compiler must not fuse a·b + c on its own: it would where the hardware can and not elsewhere.
#pragma clang fp contract(off)

// Vectors wider than the registers are passed between inlined functions only, so their calling convention is moot.
#pragma clang diagnostic ignored "-Wpsabi"

#define TK_LANES 16
#define TK_INLINE static inline __attribute__((always_inline))

typedef float f32x16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t i32x16 __attribute__((vector_size(64), aligned(4)));
typedef uint32_t u32x16 __attribute__((vector_size(64), aligned(4)));
typedef uint16_t u16x16 __attribute__((vector_size(32), aligned(2)));
typedef uint32_t u32x8 __attribute__((vector_size(32), aligned(4)));
typedef uint32_t u32x4 __attribute__((vector_size(16), aligned(4)));
typedef int32_t i32x8 __attribute__((vector_size(32), aligned(4)));
typedef int32_t i32x4 __attribute__((vector_size(16), aligned(4)));
typedef float f32x8 __attribute__((vector_size(32), aligned(4)));
typedef float f32x4 __attribute__((vector_size(16), aligned(4)));

TK_INLINE f32x16 f32x16_load(const float *p) {
    f32x16 v;
    memcpy(&v, p, sizeof v);
    return v;
}

TK_INLINE void f32x16_store(float *p, f32x16 v) { memcpy(p, &v, sizeof v); }

TK_INLINE f32x16 f32x16_all(float x) { return (f32x16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

// The first `count` floats, other lanes `fill`.
TK_INLINE f32x16 f32x16_load_partial(const float *p, size_t count, float fill) {
    float lanes[TK_LANES];
    for (size_t i = 0; i < TK_LANES; i++) lanes[i] = i < count ? p[i] : fill;
    return f32x16_load(lanes);
}

TK_INLINE void f32x16_store_partial(float *p, f32x16 v, size_t count) { memcpy(p, &v, count * sizeof(float)); }

// a·b + c, rounded once.
TK_INLINE f32x16 f32x16_fma(f32x16 a, f32x16 b, f32x16 c) { return __builtin_elementwise_fma(a, b, c); }

TK_INLINE f32x16 f32x16_select(i32x16 mask, f32x16 a, f32x16 b) {
    return (f32x16)((mask & (i32x16)a) | (~mask & (i32x16)b));
}

// Sum of all lanes in the fixed tree.
TK_INLINE float f32x16_sum(f32x16 v) {
    f32x8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
    f32x4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
    float c = b[0] + b[2], d = b[1] + b[3];
    return c + d;
}

TK_INLINE f32x16 f32x16_max(f32x16 a, f32x16 b) { return f32x16_select(a > b, a, b); }

// The greatest lane, in the same tree as the sum.
TK_INLINE float f32x16_greatest(f32x16 v) {
    f32x8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7), b = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
    i32x8 a_wins = a > b;
    a = (f32x8)((a_wins & (i32x8)a) | (~a_wins & (i32x8)b));
    f32x4 c = __builtin_shufflevector(a, a, 0, 1, 2, 3), d = __builtin_shufflevector(a, a, 4, 5, 6, 7);
    i32x4 c_wins = c > d;
    c = (f32x4)((c_wins & (i32x4)c) | (~c_wins & (i32x4)d));
    float e = c[0] > c[2] ? c[0] : c[2], f = c[1] > c[3] ? c[1] : c[3];
    return e > f ? e : f;
}

#endif
