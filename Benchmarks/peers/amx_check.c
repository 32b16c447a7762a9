/* Ends with 0 where one AMX product of bytes runs. Some virtual machines announce AMX and refuse its products, and a
 * llama.cpp that was built for it ends there by an illegal instruction. */
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REQUEST_PERMISSION 0x1023 /* ARCH_REQ_XCOMP_PERM */
#define TILE_DATA 18

int main(void) {
    unsigned char shape[64] = {1};
    if (syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) != 0) return 1;
    for (int tile = 0; tile < 3; tile++) {
        shape[16 + 2 * tile] = 64; /* bytes of a row */
        shape[48 + tile] = 16;     /* rows */
    }
    _tile_loadconfig(shape);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_dpbssd(0, 1, 2);
    _tile_release();
    return 0;
}
