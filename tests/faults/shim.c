/* Lets the Nth operation on files below a folder fail, or the process die in it.

   cc -shared -fPIC -O1 shim.c -o shim.so -ldl;  LD_PRELOAD=shim.so python lab.py
   An operation is an open for writing, a write, a flush to disk, a rename or the making of a folder.
   Armed by faults_arm(), which a test calls through ctypes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum action { COUNT, FAIL_ONCE, FAIL_FROM, DIE_BEFORE, DIE_WITHIN };

static char folder[PATH_MAX];
static int action, error_number;
static long nth;
static volatile long seen;

void faults_arm(const char *below, int what, long n, int error) {
    snprintf(folder, sizeof folder, "%s", below);
    action = what, nth = n, error_number = error, seen = 0;
}

long faults_seen(void) { return seen; }

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

static int below(const char *path) {
    char whole[PATH_MAX];
    if (!folder[0] || !path) return 0;
    if (path[0] != '/') {
        char here[PATH_MAX / 2];
        if (!getcwd(here, sizeof here)) return 0;
        snprintf(whole, sizeof whole, "%s/%.2000s", here, path);
        path = whole;
    }
    return strncmp(path, folder, strlen(folder)) == 0;
}

static int below_fd(int fd) {
    char link[64], path[PATH_MAX];
    if (!folder[0] || fd <= 2) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return below(path);
}

/* 1: fail this one; 2: die within it; 0: let it pass. */
static int strikes(const char *what) {
    long mine = __sync_add_and_fetch(&seen, 1);
    if (action == COUNT || mine < nth) return 0;
    if (action == FAIL_FROM) return 1;
    if (mine > nth) return 0;
    if (getenv("FAULTS_LOG")) dprintf(2, "strike %ld: %s\n", mine, what);
    if (action == DIE_BEFORE) die();
    return action == FAIL_ONCE ? 1 : 2;
}

static int failed(void) { errno = error_number; return -1; }

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)
#define GUARDED(is_below, call)                       \
    do {                                              \
        int strike = (is_below) ? strikes(#call) : 0;  \
        if (strike == 1) return failed();             \
        __typeof__(call) result = call;               \
        if (strike == 2) die();                       \
        return result;                                \
    } while (0)

static int writes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT); }

static mode_t mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name)                                                        \
    int name(const char *path, int flags, ...) {                          \
        va_list rest; va_start(rest, flags);                              \
        mode_t mode = mode_of(flags, rest); va_end(rest);                 \
        REAL(name);                                                       \
        GUARDED(writes(flags) && below(path), real(path, flags, mode));   \
    }
#define OPENAT(name)                                                          \
    int name(int at, const char *path, int flags, ...) {                      \
        va_list rest; va_start(rest, flags);                                  \
        mode_t mode = mode_of(flags, rest); va_end(rest);                     \
        REAL(name);                                                           \
        GUARDED(writes(flags) && below(path), real(at, path, flags, mode));   \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *data, size_t n) {
    REAL(write);
    int strike = below_fd(fd) ? strikes("write") : 0;
    if (strike == 1) return failed();
    if (strike == 2) { real(fd, data, n / 2); die(); }
    return real(fd, data, n);
}

#define PWRITE(name, type)                                            \
    ssize_t name(int fd, const void *data, size_t n, type at) {       \
        REAL(name);                                                   \
        int strike = below_fd(fd) ? strikes(#name) : 0;               \
        if (strike == 1) return failed();                             \
        if (strike == 2) { real(fd, data, n / 2, at); die(); }        \
        return real(fd, data, n, at);                                 \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int n) {
    REAL(writev);
    GUARDED(below_fd(fd), real(fd, parts, n));
}
int fsync(int fd) { REAL(fsync); GUARDED(below_fd(fd), real(fd)); }
int fdatasync(int fd) { REAL(fdatasync); GUARDED(below_fd(fd), real(fd)); }
int rename(const char *a, const char *b) { REAL(rename); GUARDED(below(b), real(a, b)); }
int renameat(int x, const char *a, int y, const char *b) {
    REAL(renameat);
    GUARDED(below(b), real(x, a, y, b));
}
int renameat2(int x, const char *a, int y, const char *b, unsigned int flags) {
    REAL(renameat2);
    GUARDED(below(b), real(x, a, y, b, flags));
}
int mkdir(const char *path, mode_t mode) { REAL(mkdir); GUARDED(below(path), real(path, mode)); }
