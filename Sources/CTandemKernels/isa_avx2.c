// The kernels for x86-64 with AVX2, FMA and F16C (2013 and later).
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#include "include/ctandem_kernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#define TK_ISA_IS_AVX2 1
#define TK_NAME(name) tk_##name##_avx2
#include "kernels.inc"
#pragma clang attribute pop
#endif
