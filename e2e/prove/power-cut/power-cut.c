/*
 * A disk that forgets. Preloaded into a process (LD_PRELOAD), this library keeps beside the files of a store a second
 * copy that holds what a power cut leaves: the content of each file as it was last synced, under the names that its
 * directory had when that was last synced. The page cache survives `kill -9`; this copy is what does not need it.
 *
 *   POWER_CUT_STORE    the store's directory, absolute and free of symbolic links
 *   POWER_CUT_DISK     a directory for the second copy, outside the store; when it holds none, what the store holds now
 *                      counts as synced
 *   POWER_CUT_COMMITS  `unsynced`: a sync of a write-ahead log (a file called -wal) takes effect only when a checkpoint
 *                      is about to write to the database beside it
 *   POWER_CUT_SYNC_MS  how long a sync takes, by default no longer than it must; a slow disk leaves more to a cut
 *
 * Layout of the copy: objects/<inode>-<birth> is the synced content of a living file, tree/<path> a hard link to the
 * object that has this name durably. Not kept: names that end in -shm (memory that processes share; SQLite makes it
 * anew) and in .log. As POSIX has it, a sync of a file does not make its name durable, only a sync of its directory does.
 *
 * Wrapped is what libuv and SQLite use to write files by descriptor. Not seen, because neither does it to a file of the
 * store: writes through a shared mapping, duplicates of a descriptor, pwritev, copies inside the kernel.
 */
#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_DESCRIPTORS 65536
#define REAL(type, name, ...)                                              \
  static type (*real)(__VA_ARGS__);                                        \
  if (real == NULL) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

struct range {
  off_t from, to;
};

/* A regular file of the store, for as long as this process lives. */
struct file {
  char id[64];
  char path[PATH_MAX];
  bool is_log; /* a write-ahead log */
  /* Never closed: closing any descriptor of a file would drop this process's locks on it. */
  int reader;
  int synced;
  /* Written since the last sync: these ranges, or as far as this process knows anything. */
  bool anywhere;
  struct range *ranges;
  size_t count, room;
  off_t shortest; /* the least size since the last sync */
  bool postponed; /* synced, but that has not taken effect */
  struct file *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;
static struct file *by_descriptor[MAX_DESCRIPTORS];
static char store[PATH_MAX], disk[PATH_MAX];
static bool active, unsynced_commits;
static useconds_t sync_takes;

static void die(const char *what, const char *path) {
  fprintf(stderr, "power-cut: cannot %s %s: %s\n", what, path, strerror(errno));
  abort();
}

static int real_open(const char *path, int flags, mode_t mode) {
  REAL(int, "open64", const char *, int, ...);
  return real(path, flags, mode);
}

static int real_close(int fd) {
  REAL(int, "close", int);
  return real(fd);
}

static ssize_t real_pwrite(int fd, const void *bytes, size_t count, off64_t at) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  return real(fd, bytes, count, at);
}

static int real_ftruncate(int fd, off64_t size) {
  REAL(int, "ftruncate64", int, off64_t);
  return real(fd, size);
}

static bool ends_in(const char *text, const char *end) {
  size_t length = strlen(text), least = strlen(end);
  return length >= least && strcmp(text + length - least, end) == 0;
}

static bool is_kept(const char *path) { return !ends_in(path, "-shm") && !ends_in(path, ".log"); }

/* The path of a descriptor below the store, or NULL; "" is the store itself. */
static const char *below_store(int fd, char path[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return NULL;
  path[length] = 0;
  size_t prefix = strlen(store);
  if (strncmp(path, store, prefix) != 0 || (path[prefix] != '/' && path[prefix] != 0)) return NULL;
  return path[prefix] == '/' ? path + prefix + 1 : path + prefix;
}

/* Inodes are used again; with the time of its birth one means one file. */
static void identify(int directory, const char *path, int flags, char id[64]) {
  struct statx found;
  if (statx(directory, path, flags, STATX_INO | STATX_BTIME, &found) != 0) {
    id[0] = 0;
    return;
  }
  snprintf(id, 64, "%llu-%lld.%u", (unsigned long long)found.stx_ino, (long long)found.stx_btime.tv_sec,
           found.stx_btime.tv_nsec);
}

static void object_path(char path[PATH_MAX], const char *id) {
  if (snprintf(path, PATH_MAX, "%s/objects/%s", disk, id) >= PATH_MAX) die("name", id);
}

static void copy(int from, int to, off_t start, off_t end, const char *path) {
  static char bytes[1 << 16];
  while (start < end) {
    size_t wanted = end - start < (off_t)sizeof bytes ? (size_t)(end - start) : sizeof bytes;
    ssize_t got = pread(from, bytes, wanted, start);
    if (got < 0) die("read", path);
    if (got == 0) return;
    if (real_pwrite(to, bytes, got, start) != got) die("copy", path);
    start += got;
  }
}

/* What is synced now survives. */
static void keep(struct file *file) {
  struct stat now;
  if (fstat(file->reader, &now) != 0) die("look at", file->path);
  if (file->anywhere) file->shortest = 0;
  /* Only what differs changes: this process may be killed half-way, and what was synced before must stay. */
  if (real_ftruncate(file->synced, now.st_size) != 0) die("resize", file->path);
  if (file->shortest < now.st_size) copy(file->reader, file->synced, file->shortest, now.st_size, file->path);
  for (size_t i = 0; i < file->count; i++) {
    off_t end = file->ranges[i].to < file->shortest ? file->ranges[i].to : file->shortest;
    copy(file->reader, file->synced, file->ranges[i].from, end, file->path);
  }
  file->anywhere = file->postponed = false;
  file->count = 0;
  file->shortest = now.st_size;
}

static void note_write(struct file *file, off_t from, off_t to) {
  if (file->count > 0 && file->ranges[file->count - 1].to == from) {
    file->ranges[file->count - 1].to = to;
    return;
  }
  if (file->count == file->room) {
    file->room = file->room * 2 + 16;
    file->ranges = realloc(file->ranges, file->room * sizeof *file->ranges);
    if (file->ranges == NULL) die("remember", file->path);
  }
  file->ranges[file->count++] = (struct range){from, to};
}

static struct file *file_of(int fd) {
  return active && fd >= 0 && fd < MAX_DESCRIPTORS ? by_descriptor[fd] : NULL;
}

static void attach(int fd, int flags) {
  if (!active || fd < 0) return;
  char path[PATH_MAX], object[PATH_MAX], id[64], link[64];
  struct stat found;
  /* libuv closes with a system call of its own, so an earlier file may still stand here. */
  if (fd < MAX_DESCRIPTORS) by_descriptor[fd] = NULL;
  if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) return;
  if (below_store(fd, path) == NULL || !is_kept(path)) return;
  if (fd >= MAX_DESCRIPTORS) die("follow", path);
  identify(fd, "", AT_EMPTY_PATH, id);
  pthread_mutex_lock(&lock);
  struct file *file = files;
  while (file != NULL && strcmp(file->id, id) != 0) file = file->next;
  if (file == NULL) {
    file = calloc(1, sizeof *file);
    if (file == NULL) die("follow", path);
    strcpy(file->id, id);
    file->is_log = ends_in(path, "-wal");
    object_path(object, id);
    file->synced = real_open(object, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    file->reader = real_open(link, O_RDONLY | O_CLOEXEC, 0);
    if (file->synced < 0 || file->reader < 0) die("follow", path);
    /* Another process may have left writes that it did not sync. */
    file->anywhere = true;
    file->next = files;
    files = file;
  }
  strcpy(file->path, path);
  if (flags & O_TRUNC) file->shortest = 0;
  by_descriptor[fd] = file;
  pthread_mutex_unlock(&lock);
}

/* The database is written by checkpoints only, and those sync the log before. */
static void before_write(struct file *file) {
  if (!unsynced_commits || file->is_log) return;
  size_t length = strlen(file->path);
  for (struct file *log = files; log != NULL; log = log->next) {
    if (log->postponed && strncmp(log->path, file->path, length) == 0 && strcmp(log->path + length, "-wal") == 0) {
      keep(log);
    }
  }
}

/* The names that a directory has now are durable: its tree becomes what the directory is. */
static void keep_names(const char *directory, const char *below, bool with_content) {
  char kept[PATH_MAX], name[PATH_MAX], object[PATH_MAX], fresh[PATH_MAX], id[64];
  if (snprintf(kept, sizeof kept, "%s/tree%s%s", disk, *below ? "/" : "", below) >= PATH_MAX) die("name", below);
  if (mkdir(kept, 0700) != 0 && errno != EEXIST) die("make", kept);
  DIR *entries = opendir(directory);
  if (entries == NULL) die("list", directory);
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    struct stat found, durable, synced;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || !is_kept(entry->d_name)) continue;
    if (fstatat(dirfd(entries), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (snprintf(name, sizeof name, "%s/%s", kept, entry->d_name) >= PATH_MAX) die("name", entry->d_name);
    if (S_ISDIR(found.st_mode) && mkdir(name, 0700) != 0 && errno != EEXIST) die("make", name);
    if (!S_ISREG(found.st_mode)) continue;
    identify(dirfd(entries), entry->d_name, AT_SYMLINK_NOFOLLOW, id);
    if (id[0] == 0) continue;
    object_path(object, id);
    int fd = real_open(object, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || fstat(fd, &synced) != 0) die("make", object);
    if (with_content) {
      int from = openat(dirfd(entries), entry->d_name, O_RDONLY | O_CLOEXEC);
      if (from < 0) die("read", entry->d_name);
      copy(from, fd, 0, found.st_size, entry->d_name);
      real_close(from);
    }
    real_close(fd);
    if (stat(name, &durable) == 0 && durable.st_ino == synced.st_ino) continue;
    if (snprintf(fresh, sizeof fresh, "%s/fresh-%d", disk, getpid()) >= PATH_MAX) die("name", disk);
    unlink(fresh);
    if (link(object, fresh) != 0 || rename(fresh, name) != 0) die("keep", name);
  }
  closedir(entries);
  entries = opendir(kept);
  if (entries == NULL) die("list", kept);
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    struct stat found;
    if (entry->d_type != DT_REG) continue;
    if (snprintf(name, sizeof name, "%s/%s", directory, entry->d_name) >= PATH_MAX) die("name", entry->d_name);
    if (lstat(name, &found) != 0 && errno == ENOENT) unlinkat(dirfd(entries), entry->d_name, 0);
  }
  closedir(entries);
}

/* What lies in the store when it is first looked at counts as synced. */
static void keep_everything(const char *directory, const char *below) {
  char path[PATH_MAX], name[PATH_MAX];
  keep_names(directory, below, true);
  DIR *entries = opendir(directory);
  if (entries == NULL) die("list", directory);
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (snprintf(path, sizeof path, "%s/%s", directory, entry->d_name) >= PATH_MAX) die("name", entry->d_name);
    if (snprintf(name, sizeof name, "%s%s%s", below, *below ? "/" : "", entry->d_name) >= PATH_MAX) die("name", path);
    keep_everything(path, name);
  }
  closedir(entries);
}

/* The processes of one store make one copy, one change of names at a time. */
static int lock_disk(void) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s/lock", disk) >= PATH_MAX) die("name", disk);
  int fd = real_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || flock(fd, LOCK_EX) != 0) die("lock", path);
  return fd;
}

__attribute__((constructor)) static void begin(void) {
  const char *where = getenv("POWER_CUT_STORE"), *copy_at = getenv("POWER_CUT_DISK");
  const char *commits = getenv("POWER_CUT_COMMITS"), *sync_ms = getenv("POWER_CUT_SYNC_MS");
  char path[PATH_MAX];
  if (where == NULL || copy_at == NULL) return;
  if (snprintf(store, sizeof store, "%s", where) >= PATH_MAX) die("name", where);
  if (snprintf(disk, sizeof disk, "%s", copy_at) >= PATH_MAX - 128) die("name", copy_at);
  unsynced_commits = commits != NULL && strcmp(commits, "unsynced") == 0;
  sync_takes = sync_ms == NULL ? 0 : 1000 * (useconds_t)atoi(sync_ms);
  int held = lock_disk();
  if (snprintf(path, sizeof path, "%s/begun", disk) >= PATH_MAX) die("name", disk);
  if (access(path, F_OK) != 0) {
    char objects[PATH_MAX];
    if (snprintf(objects, sizeof objects, "%s/objects", disk) >= PATH_MAX) die("name", disk);
    if (mkdir(objects, 0700) != 0 && errno != EEXIST) die("make", objects);
    keep_everything(store, "");
    int fd = real_open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) die("make", path);
    real_close(fd);
  }
  real_close(held);
  active = true;
}

static int synced(int fd, const char *call) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
  struct file *file = file_of(fd);
  struct stat found;
  char path[PATH_MAX];
  if (file != NULL && sync_takes > 0) usleep(sync_takes);
  if (file != NULL) {
    pthread_mutex_lock(&lock);
    if (unsynced_commits && file->is_log) file->postponed = true;
    else keep(file);
    pthread_mutex_unlock(&lock);
  } else if (active && fstat(fd, &found) == 0 && S_ISDIR(found.st_mode)) {
    const char *below = below_store(fd, path);
    if (below != NULL) {
      pthread_mutex_lock(&lock);
      int held = lock_disk();
      keep_names(path, below, false);
      real_close(held);
      pthread_mutex_unlock(&lock);
    }
  }
  return real(fd);
}

int fsync(int fd) { return synced(fd, "fsync"); }

int fdatasync(int fd) { return synced(fd, "fdatasync"); }

#define MODE_OF(flags)                                    \
  mode_t mode = 0;                                        \
  if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) { \
    va_list more;                                         \
    va_start(more, flags);                                \
    mode = va_arg(more, mode_t);                          \
    va_end(more);                                         \
  }

#define OPEN(name)                                \
  int name(const char *path, int flags, ...) {    \
    REAL(int, #name, const char *, int, ...);     \
    MODE_OF(flags)                                \
    int fd = real(path, flags, mode);             \
    attach(fd, flags);                            \
    return fd;                                    \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                         \
  int name(int directory, const char *path, int flags, ...) { \
    REAL(int, #name, int, const char *, int, ...);           \
    MODE_OF(flags)                                           \
    int fd = real(directory, path, flags, mode);             \
    attach(fd, flags);                                       \
    return fd;                                               \
  }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
  if (file_of(fd) != NULL) {
    pthread_mutex_lock(&lock);
    by_descriptor[fd] = NULL;
    pthread_mutex_unlock(&lock);
  }
  return real_close(fd);
}

static void begin_write(struct file *file) {
  if (file == NULL) return;
  pthread_mutex_lock(&lock);
  before_write(file);
  pthread_mutex_unlock(&lock);
}

/* A descriptor without a position is a socket's or a pipe's, under the number that a file had. */
static void end_write(struct file *file, off64_t at, ssize_t written) {
  if (file == NULL || written <= 0 || at < 0) return;
  pthread_mutex_lock(&lock);
  note_write(file, at, at + written);
  pthread_mutex_unlock(&lock);
}

#define PWRITE(name, offset)                                             \
  ssize_t name(int fd, const void *bytes, size_t count, offset at) {     \
    struct file *file = file_of(fd);                                     \
    begin_write(file);                                                   \
    ssize_t written = real_pwrite(fd, bytes, count, at);                 \
    end_write(file, at, written);                                        \
    return written;                                                      \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t count) {
  REAL(ssize_t, "write", int, const void *, size_t);
  struct file *file = file_of(fd);
  begin_write(file);
  ssize_t written = real(fd, bytes, count);
  if (file != NULL && written > 0) end_write(file, lseek(fd, 0, SEEK_CUR) - written, written);
  return written;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  struct file *file = file_of(fd);
  begin_write(file);
  ssize_t written = real(fd, parts, count);
  if (file != NULL && written > 0) end_write(file, lseek(fd, 0, SEEK_CUR) - written, written);
  return written;
}

static int shortened(int fd, off64_t size) {
  struct file *file = file_of(fd);
  begin_write(file);
  int failed = real_ftruncate(fd, size);
  if (file != NULL && !failed) {
    pthread_mutex_lock(&lock);
    if (size < file->shortest) file->shortest = size;
    pthread_mutex_unlock(&lock);
  }
  return failed;
}

int ftruncate(int fd, off_t size) { return shortened(fd, size); }

int ftruncate64(int fd, off64_t size) { return shortened(fd, size); }
