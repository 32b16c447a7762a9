// Open MPI's handles are addresses of symbols in the library (`ompi_mpi_comm_world` and so on), stable since version 1.
// So function pointers and these addresses are all that its header would give us.
#include "include/ctandem_mpi.h"

#include <dlfcn.h>
#include <stdio.h>

typedef void *handle;

static struct {
    int (*init_thread)(int *, char ***, int, int *);
    int (*finalize)(void);
    int (*comm_rank)(handle, int *);
    int (*comm_size)(handle, int *);
    int (*comm_set_errhandler)(handle, handle);
    int (*alltoall)(const void *, int, handle, void *, int, handle, handle);
    int (*allgather)(const void *, int, handle, void *, int, handle, handle);
    int (*bcast)(void *, int, handle, int, handle);
    int (*barrier)(handle);
    int (*error_string)(int, char *, int *);
    handle world, floats, doubles, errors_return;
    int rank, size;
} mpi;

// MPI_THREAD_FUNNELED, of Open MPI's header and of the standard's order: only the thread that opened it calls it.
enum { funneled = 1, longest_message = 256 };

static void *opened_library(const char *path) {
    if (path) return dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    static const char *const names[] = {
#if defined(__APPLE__)
        "libmpi.40.dylib", "libmpi.dylib", "/opt/homebrew/lib/libmpi.dylib", "/usr/local/lib/libmpi.dylib",
#else
        "libmpi.so.40", "libmpi.so",
#endif
    };
    // Global, since the library loads plug-ins that look for its symbols.
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
        if (library) return library;
    }
    return 0;
}

int tmpi_open(const char *path, char *message, size_t message_size) {
    void *library = opened_library(path);
    if (!library) {
        const char *reason = dlerror();
        snprintf(message, message_size, "%s", reason ? reason : "no library is found");
        return -1;
    }
    const struct {
        const char *name;
        void *place;
    } symbols[] = {
        {"MPI_Init_thread", &mpi.init_thread}, {"MPI_Finalize", &mpi.finalize}, {"MPI_Comm_rank", &mpi.comm_rank},
        {"MPI_Comm_size", &mpi.comm_size}, {"MPI_Comm_set_errhandler", &mpi.comm_set_errhandler},
        {"MPI_Alltoall", &mpi.alltoall}, {"MPI_Allgather", &mpi.allgather}, {"MPI_Bcast", &mpi.bcast},
        {"MPI_Barrier", &mpi.barrier}, {"MPI_Error_string", &mpi.error_string},
        {"ompi_mpi_comm_world", &mpi.world}, {"ompi_mpi_float", &mpi.floats}, {"ompi_mpi_double", &mpi.doubles},
        {"ompi_mpi_errors_return", &mpi.errors_return},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        void *symbol = dlsym(library, symbols[i].name);
        if (!symbol) {
            snprintf(message, message_size, "it has no %s; it is not Open MPI", symbols[i].name);
            return -1;
        }
        *(void **)symbols[i].place = symbol;
    }
    int provided = 0;
    int status = mpi.init_thread(0, 0, funneled, &provided);
    if (!status) status = mpi.comm_set_errhandler(mpi.world, mpi.errors_return);
    if (!status) status = mpi.comm_rank(mpi.world, &mpi.rank);
    if (!status) status = mpi.comm_size(mpi.world, &mpi.size);
    if (status) tmpi_error(status, message, message_size);
    return status;
}

int tmpi_rank(void) { return mpi.rank; }

int tmpi_size(void) { return mpi.size; }

int tmpi_exchange_floats(const float *send, float *receive, int count) {
    return mpi.alltoall(send, count, mpi.floats, receive, count, mpi.floats, mpi.world);
}

int tmpi_gather_floats(const float *send, float *receive, int count) {
    return mpi.allgather(send, count, mpi.floats, receive, count, mpi.floats, mpi.world);
}

int tmpi_gather_doubles(const double *send, double *receive, int count) {
    return mpi.allgather(send, count, mpi.doubles, receive, count, mpi.doubles, mpi.world);
}

int tmpi_broadcast_floats(float *numbers, int count, int root) {
    return mpi.bcast(numbers, count, mpi.floats, root, mpi.world);
}

int tmpi_barrier(void) { return mpi.barrier(mpi.world); }

int tmpi_close(void) { return mpi.finalize(); }

void tmpi_error(int code, char *message, size_t message_size) {
    char text[longest_message + 1] = "";
    int length = 0;
    if (!mpi.error_string || mpi.error_string(code, text, &length)) length = 0;
    text[length < longest_message ? length : longest_message] = 0;
    snprintf(message, message_size, "%s (code %d)", length ? text : "unknown error", code);
}
