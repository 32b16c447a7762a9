/// The few calls of MPI that training needs, from an Open MPI library that is found when the program runs: neither its
/// headers nor the library are needed to build, and a program that never opens it runs without.
///
/// Every function returns 0, or an error code that `tmpi_error` puts into words. All are called from one thread.
#ifndef CTANDEM_MPI_H
#define CTANDEM_MPI_H

#include <stddef.h>

/// Loads the library and joins the job. `path` may be null: then the usual names are tried. What went wrong, if
/// anything, is left in `message`.
int tmpi_open(const char *path, char *message, size_t message_size);

/// This process's number and how many there are; after tmpi_open.
int tmpi_rank(void);
int tmpi_size(void);

/// Slice r of `send` (count floats each) goes to rank r; slice r of `receive` comes from rank r.
int tmpi_exchange_floats(const float *send, float *receive, int count);

/// Slice r of `receive` is what rank r sent.
int tmpi_gather_floats(const float *send, float *receive, int count);
int tmpi_gather_doubles(const double *send, double *receive, int count);

/// Everybody gets what `root` has.
int tmpi_broadcast_floats(float *numbers, int count, int root);

/// Waits for everybody.
int tmpi_barrier(void);

/// Leaves the job.
int tmpi_close(void);

/// What an error code means.
void tmpi_error(int code, char *message, size_t message_size);

#endif
