// The kernels for x86-64 with AVX-512 (F, BW, DQ, VL) and VNNI (2019 and later on servers).
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#include "include/ctandem_kernels.h"

#pragma clang attribute push(                                                                                         \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#define TK_ISA_IS_AVX512 1
#define TK_NAME(name) tk_##name##_avx512
#include "kernels.inc"
#pragma clang attribute pop
#endif
