// The kernels for arm64 with the dot product extension (every Apple chip, servers since 2019).
#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>
#include <string.h>
#include "include/ctandem_kernels.h"

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#define TK_ISA_IS_NEON 1
#define TK_ISA_HAS_DOT 1
#define TK_NAME(name) tk_##name##_neon_dot
#include "kernels.inc"
#pragma clang attribute pop
#endif
