/// Kernels of Tandem: pure functions over pointers. No allocation, no state, no threads.
///
/// Every function here gives the same bits on every instruction set: sums run over sixteen virtual lanes in one fixed
/// order whatever the machine's register width, multiply-adds are fused everywhere, and transcendental functions are
/// our own polynomials. So a test can demand equality between the fast paths and the portable one, and a text
/// generated on one machine is generated on another. The one exception is `tk_dense_product`, which only training
/// uses, on TK_ISA_AVX512BF16: that instruction rounds in its own way.
///
/// `kernels.def` lists the functions with their contracts. Unless it says otherwise, pointers must not alias, and
/// need no alignment beyond that of their element.
#ifndef CTANDEM_KERNELS_H
#define CTANDEM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// How many numbers `tk_greatest_of_blocks` looks at together.
enum { TK_SEARCH_BLOCK = 64 };

/// Floats of scratch that `tk_dense_product` needs.
#define TK_DENSE_SCRATCH 129024

#include "ctandem_types.h"

#define TK_KERNEL(result, name, parameters, arguments) result tk_##name parameters;
#include "kernels.def"
#undef TK_KERNEL

/// An instruction set that the kernels were compiled for.
typedef enum {
    TK_ISA_PORTABLE = 0,
    TK_ISA_AVX2 = 1,
    TK_ISA_AVX512 = 2,
    TK_ISA_NEON = 3,
    TK_ISA_AVX512BF16 = 5,

    TK_ISA_NEON_DOT = 4,
} tk_isa;

/// Whether this build and this processor can run `isa`.
int tk_isa_available(tk_isa isa);

/// The instruction set in use on the calling thread: the best available one, chosen once at load, or what it has selected.
tk_isa tk_isa_current(void);

/// Switches every kernel to `isa` on the calling thread alone, for tests. Returns 0 if it is not available.
int tk_isa_select(tk_isa isa);

/// How a weight that a file stores as `source` is kept in memory: the same numbers in the kernels' own order.
tk_weight_kind tk_packed_kind(tk_source source);

/// Bytes that sixteen rows of `columns` numbers take in memory; columns is a multiple of 32 (256 for the K formats) for
/// all but the floating-point kinds.
size_t tk_packed_group_bytes(tk_weight_kind kind, size_t columns);

/// Packs one group of up to sixteen rows, `stride` bytes apart in the file; rows that are missing become zeros.
void tk_pack_group(tk_source source, const uint8_t *rows, size_t stride, size_t count, size_t columns, uint8_t *group);

/// Writes the numbers of one row of a packed weight.
void tk_unpack_row(const tk_weight *weight, size_t row, float *out);

/// Copies row `row` of a packed weight to place `to` among groups of the same kind and columns: the same numbers there.
void tk_copy_row(const tk_weight *weight, size_t row, uint8_t *groups, size_t to);

/// Gives memory that was freed back to the system, where the C library keeps it for later and can be asked (glibc).
void tk_give_back_freed_memory(void);

/// Tells the processor that this thread is waiting in a loop.
static inline void tk_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb" ::: "memory");
#endif
}

#endif
