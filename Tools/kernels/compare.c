// Runs every kernel of kernels.def on the same inputs with every instruction set that this machine can run, and prints a
// fingerprint of each kernel's outputs. All sets must agree bit for bit with the portable one; what is printed must be
// the same for every processor and compiler.
//
// A kernel without a check here does not compile.
#include <stdio.h>

#include "support.h"

#include "attention.h"
#include "gradients.h"
#include "products.h"
#include "rows.h"
#include "training.h"

typedef struct {
    const char *name;
    void (*run)(void);
} check;

static const check checks[] = {
#define TK_KERNEL(result, name, parameters, arguments) {#name, check_##name},
#include "kernels.def"
#undef TK_KERNEL
    {"packing", check_packing},
};
#define CHECKS (sizeof checks / sizeof *checks)

static const char *const isa_names[] = {"portable", "AVX2", "AVX-512", "NEON", "NEON with dot products", "AVX-512 with bf16"};

static uint64_t run(const check *c) {
    random_state = 2024;
    fingerprint = 0xcbf29ce484222325u;
    c->run();
    return fingerprint;
}

// The bf16 instruction rounds in its own way (see the header).
static int has_own_bits(tk_isa isa, const char *name) {
    return isa == TK_ISA_AVX512BF16 && strcmp(name, "dense_product") == 0;
}

int main(int count, char **arguments) {
    const char *only = count > 1 ? arguments[1] : NULL;
    int failures = 0;
    uint64_t expected[CHECKS];
    tk_isa_select(TK_ISA_PORTABLE);
    for (size_t i = 0; i < CHECKS; i++) {
        expected[i] = run(&checks[i]);
        printf("%-20s %016llx\n", checks[i].name, (unsigned long long)expected[i]);
    }
    for (int isa = TK_ISA_PORTABLE; isa <= TK_ISA_AVX512BF16; isa++) {
        if ((only && strcmp(only, isa_names[isa]) != 0) || !tk_isa_select((tk_isa)isa)) continue;
        fprintf(stderr, "%s: ", isa_names[isa]);
        int differing = 0;
        for (size_t i = 0; i < CHECKS; i++)
            if (!has_own_bits((tk_isa)isa, checks[i].name) && run(&checks[i]) != expected[i]) {
                fprintf(stderr, "%s%s", differing++ ? ", " : "other bits from ", checks[i].name);
            }
        fprintf(stderr, differing ? "\n" : "every kernel's bits\n");
        failures += differing;
    }
    return failures != 0;
}
