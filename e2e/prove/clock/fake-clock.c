/*
 * A wall clock that can be set while its process runs. Preloaded into a process (LD_PRELOAD), this library adds an offset
 * to whatever the process reads of the time of day; the monotonic clock goes on as it is, as it does when somebody sets
 * the clock of a machine.
 *
 *   FAKE_CLOCK_OFFSET  a file of eight bytes, the offset in milliseconds in the byte order of the machine. It is mapped,
 *                      so a write to it acts at once.
 *
 * Wrapped is what Node.js, OpenSSL and SQLite read the time by, and the one wait until a time of day that V8 knows. Not
 * wrapped: times of files, which the kernel sets.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS 1000000000L

static const _Atomic int64_t *offset;
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_sem_timedwait)(sem_t *, const struct timespec *);

static void load_functions(void) {
  real_sem_timedwait = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
  real_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
}

__attribute__((constructor)) static void map_offset(void) {
  const char *path = getenv("FAKE_CLOCK_OFFSET");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) {
    perror("fake-clock: FAKE_CLOCK_OFFSET");
    abort();
  }
  close(file);
  offset = mapped;
}

static void add_milliseconds(struct timespec *time, int64_t milliseconds) {
  time->tv_sec += milliseconds / 1000;
  time->tv_nsec += milliseconds % 1000 * 1000000;
  if (time->tv_nsec >= NANOSECONDS) {
    time->tv_nsec -= NANOSECONDS;
    time->tv_sec++;
  } else if (time->tv_nsec < 0) {
    time->tv_nsec += NANOSECONDS;
    time->tv_sec--;
  }
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  if (real_clock_gettime == NULL) load_functions();
  int failed = real_clock_gettime(clock, time);
  if (failed == 0 && offset != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    add_milliseconds(time, *offset);
  }
  return failed;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone; /* obsolete; nobody here asks for it */
  struct timespec now;
  int failed = clock_gettime(CLOCK_REALTIME, &now);
  if (failed == 0) *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return failed;
}

time_t time(time_t *into) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (into != NULL) *into = now.tv_sec;
  return now.tv_sec;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
  if (real_sem_timedwait == NULL) load_functions();
  struct timespec real_until = *until;
  if (offset != NULL) add_milliseconds(&real_until, -*offset);
  return real_sem_timedwait(semaphore, &real_until);
}
