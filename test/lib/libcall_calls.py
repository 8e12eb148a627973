#!/usr/bin/env python3
"""Writes a C program that calls the functions of the libcall effects table.

usage: libcall_calls.py TABLE > program.c
       libcall_calls.py TABLE --check-plan PLAN

Each function is called with its buffers as large as the table says, once right before a
page that nobody may touch and once right behind one, what is only read in pages that
nobody may write: a wrong range is SIGSEGV, or SIGABRT where the kernel notices. Then it is called with copies of all buffers
under way, to be ported: what is missing in the table is a wrong result. The comment at the
end of the program says what is not called, and why.

PLAN is what print<copier-pending> says of the program: each row must count for its call.
"""

import re
import sys

ROW = re.compile(r"^COPIER_LIBCALL\((\w+), \"([vpilhdf]+\.?)\",\s*([^;]*?)\)$", re.M | re.S)
EFFECT = re.compile(r"(\w+)(?:\(([\d, ]+)\))?")
ROOM = 64  # For what is written without a limit.
COUNT = 24
TIMES = 3

# Arguments other than those that the effects explain, by position; C expressions.
ARGUMENTS = {
    "memccpy": {2: "'x'"}, "memchr": {1: "'x'"}, "memrchr": {1: "'x'"}, "memset": {1: "'x'"},
    "rawmemchr": {1: "'c'"}, "strchr": {1: "'c'"}, "strchrnul": {1: "'c'"},
    "strrchr": {1: "'c'"}, "index": {1: "'c'"}, "rindex": {1: "'c'"}, "memfrob": {},
    "strtol": {2: "0"}, "strtoll": {2: "0"}, "strtoul": {2: "0"}, "strtoull": {2: "0"},
    "strtoimax": {2: "0"}, "strtoumax": {2: "0"}, "inet_ntop": {0: "AF_INET6"},
    "inet_pton": {0: "AF_INET"}, "strerror_r": {0: "2"}, "ldexp": {1: "3"},
    "sigaddset": {1: "3"}, "sigdelset": {1: "3"}, "sigismember": {1: "3"},
    "clock_gettime": {0: "CLOCK_REALTIME"}, "clock_getres": {0: "CLOCK_REALTIME"},
    "getrlimit": {0: "RLIMIT_STACK"}, "getrusage": {0: "RUSAGE_SELF"}, "sysconf": {0: "30"},
    "faccessat": {0: "AT_FDCWD"}, "fstatat": {0: "AT_FDCWD", 3: "0"},
    "readlinkat": {0: "AT_FDCWD"}, "fstat": {0: "file()"}, "fstatvfs": {0: "file()"},
    "isatty": {0: "file()"}, "pread": {0: "file()", 3: "0"}, "pwrite": {0: "file()", 3: "0"},
    "read": {0: "file()"}, "write": {0: "file()"}, "send": {0: "pair(0)", 3: "0"},
    "recv": {0: "pair(1)", 3: "0"}, "fgets": {2: "stream()"}, "fputs": {1: "stream()"},
    "fread": {3: "stream()"}, "fwrite": {3: "stream()"}, "aligned_alloc": {0: "64", 1: "128"},
    "memalign": {0: "64", 1: "128"}, "posix_memalign": {1: "64", 2: "128"},
    "calloc": {0: "3", 1: "5"}, "malloc_usable_size": {0: "0"}, "open": {1: "O_RDONLY"},
    "openat": {0: "AT_FDCWD", 2: "O_RDONLY"}, "close": {0: "-1"}, "fsync": {0: "file()"},
    "strftime": {2: '"%Y-%m-%d"'}, "snprintf": {2: '"%d %s"', 3: '42, "text"'},
    "sprintf": {1: '"%d %s"', 2: '42, "text"'}, "sscanf": {1: '"%*s"'},
    "__isoc99_sscanf": {1: '"%*s"'}, "mblen": {}, "bind": {0: "-1"}, "connect": {0: "-1"},
    "getsockname": {0: "pair(0)"},
    "getpeername": {0: "pair(0)"},
}
# What stands at the beginning of a buffer, where letters would make no sense.
TEXTS = {
    "inet_pton": "127.0.0.1", "inet_addr": "127.0.0.1", "inet_aton": "127.0.0.1",
    "access": "/dev/null", "stat": "/dev/null", "lstat": "/dev/null", "fstatat": "/dev/null",
    "faccessat": "/dev/null", "readlink": "/proc/self/exe", "readlinkat": "/proc/self/exe",
    "statvfs": "/dev/null", "open": "/dev/null", "openat": "/dev/null", "nan": "12",
    **{name: " -0x12 " for name in ("strtol", "strtoll", "strtoul", "strtoull", "strtod",
                                    "strtof", "strtoimax", "strtoumax", "atoi", "atol", "atoll",
                                    "atof")},
}
ALL_ZERO = {"mktime", "timegm", "asctime_r", "strftime", "gmtime", "gmtime_r", "localtime",
            "localtime_r", "ctime", "pthread_mutex_lock", "pthread_mutex_trylock",
            "pthread_mutex_unlock", "pthread_cond_broadcast", "pthread_cond_signal",
            "pthread_rwlock_rdlock", "pthread_rwlock_wrlock", "sem_post",
            "nanosleep"}
# Other results each time, or other ones by the build: only that there is one counts.
UNSTEADY = {"time", "clock", "clock_gettime", "gettimeofday", "times", "getpid", "getppid",
            "getrusage", "getentropy", "pthread_self", "sched_getcpu", "fstat", "stat", "lstat",
            "fstatat", "statvfs", "fstatvfs", "readlink", "readlinkat", "getcwd", "gethostname",
            "strverscmp", "strcoll", "strxfrm", "recv", "bcmp", "memcmp",
            "open", "openat", "clock_getres", "getsockname", "getpeername", "rand", "random"}
# The result is steady, but what is written contains addresses or numbers of threads.
UNSTEADY_BUFFERS = UNSTEADY | {"strtod", "strtof", "strtol", "strtoll", "strtoul", "strtoull",
                               "strtoimax", "strtoumax", "strtok_r", "posix_memalign",
                               "gmtime_r", "localtime_r", "mktime", "timegm",
                               "pthread_mutex_lock", "pthread_mutex_trylock",
                               "pthread_rwlock_wrlock"}
LEFT = {
    "pthread_getspecific": "wants a key",
    "strlcat": "not in glibc before 2.38", "strlcpy": "not in glibc before 2.38",
    "free": "frees its buffer", "realloc": "frees its buffer",
    "reallocarray": "frees its buffer", "fclose": "frees its buffer",
    "strsep": "wants a pointer to a pointer", "strtok": "keeps its buffer",
    "vsnprintf": "wants a va_list", "vsprintf": "wants a va_list",
    "setvbuf": "keeps its buffer", "fflush": "wants a stream of its own",
    "fopen": "wants two kinds of strings", "rename": "changes files", "unlink": "changes files",
    "pthread_spin_lock": "wants a lock that is not all zeros", "accept": "waits for others", "pthread_cond_wait": "waits for others",
    "sem_wait": "waits for others", "recvfrom": "waits for others",
    "pthread_rwlock_unlock": "wants a locked lock", "pthread_spin_unlock": "wants a locked lock",
    "pipe": "opens descriptors", "readv": "wants an iovec", "writev": "wants an iovec",
    "recvmsg": "wants a msghdr", "sendmsg": "wants a msghdr", "sendto": "wants an address",
    "puts": "writes to stdout", "__errno_location": "a macro's", "__ctype_b_loc": "a macro's",
    "__ctype_tolower_loc": "a macro's", "__ctype_toupper_loc": "a macro's",
    **{name: "its count is not of bytes" for name in ("wcschr", "wcscmp", "wcscpy", "wcslen",
        "wcsncmp", "wmemchr", "wmemcmp", "wmemcpy", "wmemmove", "wmemset", "mbtowc")},
    "__isoc99_sscanf": "sscanf's other name", "htons": "inline", "ntohs": "inline",
    "inet_ntoa": "wants a struct",
}

PROLOGUE = """#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#undef isalnum
enum { PAGE = 4096, WRITABLE = 1, PLACES = 2 };
static unsigned char fill[PAGE];
static unsigned long hash = 5381;
static int guarded; /* In the first rounds. */
__attribute__((noinline)) static void see(unsigned long x) { hash = hash * 33 + x; }
static void report(const char *name) {
  printf("%s %lu\\n", name, hash);
  hash = 5381;
}
static void see_bytes(const unsigned char *p, size_t n) {
  for (size_t i = 0; i < n; ++i) see(p[i]);
}
/* n bytes at the end of a page, or at its beginning, between pages without access. */
__attribute__((noinline)) static unsigned char *place(size_t n, int at_end) {
  unsigned char *p = mmap(0, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE);
  return p + PAGE + (at_end ? PAGE - n : 0);
}
__attribute__((noinline)) static void only_read(unsigned char *p) {
  if (guarded) mprotect((void *)((uintptr_t)p & -PAGE), PAGE, PROT_READ);
}
__attribute__((noinline)) static void see_pointer(const unsigned char *result,
                                                  unsigned char **buffers) {
  for (int i = 0; buffers[i]; ++i)
    if (result >= buffers[i] && result <= buffers[i] + PAGE)
      return see(result - buffers[i]);
  see(result != 0);
}
__attribute__((noinline)) static FILE *stream(void) {
  FILE *file = tmpfile();
  fputs("some text for who reads, and more, and more\\n", file);
  rewind(file);
  return file;
}
__attribute__((noinline)) static int file(void) { return fileno(stream()); }
__attribute__((noinline)) static int pair(int end) {
  int ends[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  if (write(ends[!end], "some text for who receives, and more", 36) != 36) abort();
  return ends[end];
}
"""


class Row:
    """A row of the table, and how to call its function."""

    def __init__(self, name, prototype, effects):
        self.name, self.prototype = name, prototype
        self.effects = [(kind, [int(n) for n in numbers.split(",")] if numbers else [])
                        for kind, numbers in EFFECT.findall(effects)]

    def ranges(self, argument):
        return [(kind, numbers) for kind, numbers in self.effects
                if kind.startswith(("READ", "WRITE")) and numbers[0] == argument]

    def size(self, argument):
        """How large the buffer of the argument is."""
        sizes = [numbers[1] if kind.endswith("_OBJECT") else
                 COUNT * (TIMES if kind.endswith("_TIMES") else 1) if len(numbers) > 1 else 0
                 for kind, numbers in self.ranges(argument)]
        open_ended = [kind for kind, numbers in self.ranges(argument) if kind.endswith("_ON")]
        if "WRITE_ON" in open_ended:
            return ROOM
        return max(sizes + [COUNT if open_ended else 0])

    def is_written(self, argument):
        return any(kind.startswith("WRITE") for kind, _ in self.ranges(argument))

    def buffers(self):
        given = ARGUMENTS.get(self.name, {})
        return [at for at, letter in enumerate(self.prototype[1:])
                if letter == "p" and self.ranges(at) and at not in given]

    def scalar(self, argument, letter):
        if argument in ARGUMENTS.get(self.name, {}):
            return ARGUMENTS[self.name][argument]
        for kind, numbers in self.effects:
            if kind.endswith("_TIMES") and numbers[2] == argument:
                return str(TIMES)
            if len(numbers) > 1 and not kind.endswith("_OBJECT") and argument in numbers[1:]:
                return str(COUNT)
        return {"p": "0", "d": "1.5", "f": "1.5f", "h": "3"}.get(letter, "'b'")

    def text(self, at):
        """What the buffer begins with: a string, zeros, or the letters that fill has."""
        if self.name in ALL_ZERO:
            return f"memset(from{at}, 0, {self.size(at)});"
        strings = [kind for kind, _ in self.ranges(at) if kind == "READ_ON"]
        if not strings:
            return ""
        text = TEXTS.get(self.name, "")
        # A string that is also written to has room behind it.
        end = 4 if "WRITE_ON" in [kind for kind, _ in self.ranges(at)] else self.size(at) - 1
        zero = f"from{at}[{end}] = 0;"
        return f"strcpy((char *)from{at}, \"{text}\");" if text and len(text) < COUNT else zero

    def function(self):
        buffers = self.buffers()
        lines = [f"__attribute__((noinline)) static void call_{self.name}(int at_end) {{"]
        for at in buffers:
            size = self.size(at)
            lines += [f"  unsigned char from{at}[{size}], saved{at}[{size}];",
                      f"  unsigned char *a{at} = place({size}, at_end);",
                      f"  memcpy(from{at}, fill, {size}); {self.text(at)}"]
        # From here to the call nothing but the table decides what waits.
        for at in buffers:
            lines.append(f"  memcpy(a{at}, from{at}, {self.size(at)});")
            if self.is_written(at):
                lines.append(f"  memcpy(saved{at}, a{at}, {self.size(at)});")
            else:
                lines.append(f"  if (guarded) only_read(a{at});")
        extra = ARGUMENTS.get(self.name, {}).get(len(self.prototype) - 2, None)
        arguments = [f"(void *)a{at}" if at in buffers else self.scalar(at, letter)
                     for at, letter in enumerate(self.prototype[1:]) if letter != "."]
        if self.prototype.endswith(".") and extra:
            arguments.append(extra)
        call = f"{self.name}({', '.join(arguments)})"
        result = {"v": "", "p": "void *r = ", "d": "double r = ", "f": "double r = "}
        # The kernel says EFAULT instead of SIGSEGV.
        lines += ["  errno = 0;", f"  {result.get(self.prototype[0], 'long r = ')}{call};",
                  "  if (errno == EFAULT) abort();"]
        lines += self.looks(buffers)
        return "\n".join(lines) + "\n}\n"

    def looks(self, buffers):
        """What is seen of the result and of the buffers."""
        unsteady = self.name in UNSTEADY_BUFFERS
        pointers = "".join(f"a{at}, " for at in buffers)
        result = {"v": "", "p": f"see_pointer(r, (unsigned char *[]){{{pointers}0}});",
                  "d": "see((unsigned long)(long)(r * 1000));"}
        kind = "d" if self.prototype[0] in "df" else self.prototype[0]
        seen = result.get(kind, "see((unsigned long)(r >> 63));" if self.name in UNSTEADY else
                          "see((unsigned long)r);")
        lines = [f"  {seen}"] if seen else []
        for at in buffers:
            size = self.size(at)
            if self.is_written(at):
                lines.append(f"  see_bytes(saved{at}, {size});")
            if not unsteady:
                lines.append(f"  see_bytes(a{at}, {size});")
            elif self.is_written(at):
                lines.append(f"  see(memcmp(a{at}, from{at}, {size}) != 0);")
        return lines


def rows(table):
    with open(table, encoding="utf-8") as file:
        found = [Row(*row) for row in ROW.findall(file.read())]
    return found


def program(table):
    called = [row for row in rows(table) if row.name not in LEFT]
    left = [f"{row.name}: {LEFT[row.name]}" for row in rows(table) if row.name in LEFT]
    calls = "\n".join(f"    call_{row.name}(place); report(\"{row.name}\");" for row in called)
    return (PROLOGUE + "".join(row.function() for row in called) +
            "int main(void) {\n"
            "  for (int i = 0; i < PAGE; ++i) fill[i] = \"abcdefghijklmnopqrstuvwyz\"[i % 25];\n"
            "  setenv(\"TZ\", \"UTC\", 1);\n"
            "  for (int round = 0; round < 2 * PLACES; ++round) {\n"
            "    int place = round % PLACES;\n    guarded = round < PLACES;\n"
            f"{calls}\n  }}\n}}\n"
            f"/* {len(called)} functions are called, {len(left)} are not:\n   " +
            "\n   ".join(left) + " */\n")


def check_plan(table, plan):
    """Whether a call is taken for one of an unknown function."""
    with open(plan, encoding="utf-8") as file:
        text = file.read()
    wrong = [row.name for row in rows(table)
             if re.search(rf"csync_all before '[^']*@{row.name}\([^\n]*\[call\]", text)]
    for name in wrong:
        print(f"the row of {name} does not count for its call", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    if "--check-plan" in sys.argv:
        sys.exit(check_plan(sys.argv[1], sys.argv[3]))
    print(program(sys.argv[1]), end="")
