// The kernels for arm64, whose base instruction set has NEON and fused multiply-add.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>
#include <string.h>
#include "include/ctandem_kernels.h"

#define TK_ISA_IS_NEON 1
#define TK_NAME(name) tk_##name##_neon
#include "kernels.inc"
#endif
