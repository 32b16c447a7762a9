// The kernels for AVX-512, with its instructions replaced by SIMDe's portable code, so that any processor with AVX2 runs
// them. In place of isa_avx512.c.
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <simde/x86/f16c.h>

// What SIMDe lacks, in terms of what it has and of the processor's own instructions for half the width.
#undef _mm512_cvtph_ps
#undef _mm512_cvtps_ph
static inline __m512 emulated_cvtph_ps(__m256i halves) {
    __m256 parts[2] = {
        _mm256_cvtph_ps(_mm256_castsi256_si128(halves)), _mm256_cvtph_ps(_mm256_extracti128_si256(halves, 1))};
    __m512 result;
    __builtin_memcpy(&result, parts, sizeof result);
    return result;
}
static inline __m256i emulated_cvtps_ph(__m512 floats) {
    __m256 parts[2];
    __builtin_memcpy(parts, &floats, sizeof parts);
    __m128i low = _mm256_cvtps_ph(parts[0], 0), high = _mm256_cvtps_ph(parts[1], 0);
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}
#define _mm512_cvtph_ps(halves) emulated_cvtph_ps(halves)
#define _mm512_cvtps_ph(floats, rounding) emulated_cvtps_ph(floats)

#include <math.h>
#include <string.h>
#include "ctandem_kernels.h"

#define TK_ISA_IS_AVX512 1
#define TK_NAME(name) tk_##name##_avx512
#include "kernels.inc"
