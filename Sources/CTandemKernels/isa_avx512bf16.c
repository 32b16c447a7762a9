// The kernels for x86-64 with AVX-512 and its bf16 products (2020 and later). All but the dense products are those of
// isa_avx512.c.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#include "include/ctandem_kernels.h"

#pragma clang attribute push(                                                                                         \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16,avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#define TK_ISA_IS_AVX512 1
#define TK_ISA_HAS_BF16 1
#define TK_NAME(name) tk_##name##_avx512bf16
#include "kernels.inc"
#pragma clang attribute pop
#endif
