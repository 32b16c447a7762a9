// What the C library keeps of freed memory; Swift's overlay of glibc does not show malloc.h.
#include "ctandem_kernels.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

void tk_give_back_freed_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
