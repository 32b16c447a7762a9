// The kernels for any processor: what the compiler makes of the vector code without special instructions. Slow where
// the hardware has no fused multiply-add; it is the reference that every other path must equal bit for bit.
#include <math.h>
#include <string.h>
#include "include/ctandem_kernels.h"

#define TK_ISA_IS_PORTABLE 1
#define TK_NAME(name) tk_##name##_portable
#include "kernels.inc"
