// Chooses the instruction set once, when the library is loaded.
#include "include/ctandem_kernels.h"

typedef struct {
#define TK_KERNEL(result, name, parameters, arguments) result(*name) parameters;
#include "include/kernels.def"
#undef TK_KERNEL
} kernel_table;

#define TK_KERNEL(result, name, parameters, arguments) result tk_##name##_portable parameters;
#include "include/kernels.def"
#undef TK_KERNEL
static const kernel_table portable = {
#define TK_KERNEL(result, name, parameters, arguments) .name = tk_##name##_portable,
#include "include/kernels.def"
#undef TK_KERNEL
};

#if defined(__x86_64__)
#define TK_KERNEL(result, name, parameters, arguments)                                                                \
    result tk_##name##_avx2 parameters;                                                                               \
    result tk_##name##_avx512 parameters;                                                                             \
    result tk_##name##_avx512bf16 parameters;
#include "include/kernels.def"
#undef TK_KERNEL
static const kernel_table avx2 = {
#define TK_KERNEL(result, name, parameters, arguments) .name = tk_##name##_avx2,
#include "include/kernels.def"
#undef TK_KERNEL
};
static const kernel_table avx512 = {
#define TK_KERNEL(result, name, parameters, arguments) .name = tk_##name##_avx512,
#include "include/kernels.def"
#undef TK_KERNEL
};
static const kernel_table avx512bf16 = {
#define TK_KERNEL(result, name, parameters, arguments) .name = tk_##name##_avx512bf16,
#include "include/kernels.def"
#undef TK_KERNEL
};
#elif defined(__aarch64__)
#define TK_KERNEL(result, name, parameters, arguments)                                                                \
    result tk_##name##_neon parameters;                                                                               \
    result tk_##name##_neon_dot parameters;
#include "include/kernels.def"
#undef TK_KERNEL
static const kernel_table neon = {
#define TK_KERNEL(result, name, parameters, arguments) .name = tk_##name##_neon,
#include "include/kernels.def"
#undef TK_KERNEL
};
static const kernel_table neon_dot = {
#define TK_KERNEL(result, name, parameters, arguments) .name = tk_##name##_neon_dot,
#include "include/kernels.def"
#undef TK_KERNEL
};
#if defined(__APPLE__)
static int has_dot(void) { return 1; }
#else
#include <sys/auxv.h>
// Bit 20 of the hardware capabilities: ASIMDDP.
static int has_dot(void) { return (getauxval(AT_HWCAP) >> 20) & 1; }
#endif
#endif

static const kernel_table *table = &portable;
static tk_isa best = TK_ISA_PORTABLE;
// What the calling thread has chosen otherwise; null for nothing. Others go on as they were: products for training have other
// bits with other instructions.
static _Thread_local const kernel_table *own_table;
static _Thread_local tk_isa own;

static const kernel_table *table_for(tk_isa isa) {
    if (isa == TK_ISA_PORTABLE) return &portable;
#if defined(__x86_64__)
    __builtin_cpu_init();
    int has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
        && __builtin_cpu_supports("bmi2");
    if (isa == TK_ISA_AVX2 && has_avx2) return &avx2;
    int has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
    if (isa == TK_ISA_AVX512 && has_avx512) return &avx512;
    if (isa == TK_ISA_AVX512BF16 && has_avx512 && __builtin_cpu_supports("avx512bf16")) return &avx512bf16;
#elif defined(__aarch64__)
    if (isa == TK_ISA_NEON) return &neon;
    if (isa == TK_ISA_NEON_DOT && has_dot()) return &neon_dot;
#endif
    return 0;
}

int tk_isa_available(tk_isa isa) { return table_for(isa) != 0; }

tk_isa tk_isa_current(void) { return own_table ? own : best; }

int tk_isa_select(tk_isa isa) {
    const kernel_table *chosen = table_for(isa);
    if (!chosen) return 0;
    own_table = chosen;
    own = isa;
    return 1;
}

// AMD's bf16 instructions do twice the work of its multiply-adds, Intel's half of it (measured on a Sapphire Rapids: 80
// GFLOP/s a thread against 167). The processor's maker decides, and no measurement: a run's bits must not hang on one.
static int is_worth_using(tk_isa isa) {
#if defined(__x86_64__)
    if (isa == TK_ISA_AVX512BF16) return __builtin_cpu_is("amd");
#endif
    (void)isa;
    return 1;
}

__attribute__((constructor)) static void choose(void) {
    static const tk_isa by_preference[] = {TK_ISA_AVX512BF16, TK_ISA_AVX512, TK_ISA_AVX2, TK_ISA_NEON_DOT, TK_ISA_NEON};
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    for (size_t i = 0; i < sizeof by_preference / sizeof *by_preference; i++) {
        const kernel_table *found = is_worth_using(by_preference[i]) ? table_for(by_preference[i]) : 0;
        if (!found) continue;
        table = found;
        best = by_preference[i];
        return;
    }
}

#define TK_KERNEL(result, name, parameters, arguments)                                                                \
    result tk_##name parameters { return (own_table ? own_table : table)->name arguments; }
#include "include/kernels.def"
#undef TK_KERNEL
