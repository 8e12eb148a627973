#!/usr/bin/env python3
"""Writes a random C program that copies memory in every way.

usage: random_program.py SEED > program.c

The program has no undefined behaviour, terminates, and prints a hash of all that
it computed and of all memory at its end. Every buffer has 256 bytes; a function
gets two, which may be the same, and passes them on: to itself, through pointers,
through qsort and longjmp, and back as results. Statements copy, read, write, free,
loop, branch and call, libc too, and go through structs with pointers; in between the
order of everything matters.
"""

import random
import sys

SIZE = 256
FUNCTIONS = 5
MAX_DEPTH = 3

PROLOGUE = """#include <alloca.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
typedef unsigned char byte;
struct block { byte bytes[256]; };
struct node { struct node *next; byte *bytes; unsigned at; };
static byte g0[256], g1[256];
byte g2[256];
static struct block s0, s1;
static unsigned long hash = 5381;
static int fuel = 3000;
static void see(unsigned x) { hash = hash * 33 + x; }
static int by_value(const void *a, const void *b) {
  return *(const byte *)a - *(const byte *)b;
}
__attribute__((noinline, pure)) static unsigned weigh(const byte *p, int n) {
  unsigned w = 0;
  for (int i = 0; i < n; ++i) w = w * 7 + p[i];
  return w;
}
/* Bytes that are reached through pointers in memory only. */
__attribute__((noinline)) static unsigned walk(struct node *first, byte change) {
  unsigned w = 0;
  for (struct node *n = first; n; n = n->next) w = w * 31 + (n->bytes[n->at] ^= change);
  return w;
}
/* Through the kernel. */
static void pass_on(byte *to, const byte *from, size_t n) {
  int ends[2];
  if (pipe(ends)) abort();
  see((unsigned)write(ends[1], from, n));
  see((unsigned)read(ends[0], to, n));
  close(ends[0]), close(ends[1]);
}
__attribute__((noinline)) static struct block twist(struct block b) {
  b.bytes[0] ^= 0x5a;
  return b;
}
__attribute__((noinline)) static void put(byte *d, const byte *s, size_t n) {
  memcpy(d, s, n);
}
__attribute__((noinline)) byte *grab(const byte *s, int n) {
  byte *p = malloc(256 + n);
  memcpy(p, s, 256);
  return p;
}
__attribute__((noinline)) static byte *choose(byte *a, byte *b, int n) {
  put(a + 200, b + 100, n & 31);
  return n & 1 ? a : b;
}
__attribute__((noinline)) static void choose_into(byte **p, byte *a, byte *b) {
  byte *chosen = choose(b, a, *a & 15);
  memcpy(p, &chosen, sizeof(chosen));
}
__attribute__((noinline)) static struct block pack(const byte *s, int n) {
  struct block b = s1;
  put(b.bytes, s, n);
  return b;
}
static void put_each(int count, ...) {
  va_list list;
  va_start(list, count);
  byte *d = va_arg(list, byte *);
  while (count--)
    put(d + count * 60, va_arg(list, byte *) + 60, 50);
  va_end(list);
}
static byte left[1], right[1];
static int by_copies(const void *a, const void *b) {
  put(left, a, 1);
  memcpy(right, b, 1);
  return *left - *right;
}
static jmp_buf *escape;
typedef int function(byte *, byte *, int);
static int attempt(function *f, byte *p, byte *q, int n) {
  jmp_buf here, *before = escape;
  int result = 99;
  escape = &here;
  if (setjmp(here) == 0)
    result = f(p, q, n);
  escape = before;
  return result;
}
"""


class Writer:
    """Writes one program."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = 0

    def pick(self, *choices):
        return self.random.choice(choices)

    def number(self, low, high):
        return self.random.randint(low, high)

    def fresh(self, prefix):
        self.names += 1
        return f"{prefix}{self.names}"

    def buffer(self, scope):
        return self.random.choice(scope["buffers"])

    def index(self, scope):
        """An index into a buffer: constant, a loop variable, or a parameter."""
        name = self.random.choice(scope["numbers"] + [None])
        if name is None:
            return str(self.number(0, SIZE - 1))
        return f"(({name}{self.pick(' + 1', ' * 3', ' - 1', '')}) & 255)"

    def copy(self, scope):
        """A copy of at most 100 bytes between the halves, or a move anywhere."""
        dst, src = self.buffer(scope), self.buffer(scope)
        size = self.pick(str(self.number(1, 100)), f"({self.index(scope)} % 100)",
                         f"(size_t){self.index(scope)} / 4", str(self.number(1, 16)))
        if self.number(0, 2) == 0:
            return (f"memmove({dst} + {self.index(scope)} / 2, {src} + {self.index(scope)} / 2, "
                    f"{size});")
        low, high = self.number(0, 28), self.number(128, 156)
        if self.number(0, 1):
            low, high = high, low
        return f"memcpy({dst} + {low}, {src} + {high}, {size});"

    def chain(self, scope):
        a, b, c = (self.buffer(scope) for _ in range(3))
        n = self.number(8, 90)
        return (f"memcpy({a}, {b} + 128, {n}); memcpy({c} + 128, {a} + {self.number(0, 9)}, {n}); "
                f"see({c}[{self.number(128, 128 + n)}]);")

    def access(self, scope):
        at, index = self.buffer(scope), self.index(scope)
        return self.pick(
            f"see({at}[{index}]);",
            f"{at}[{index}] = (byte)(hash + {self.number(0, 255)});",
            f"{at}[{index}] += {self.buffer(scope)}[{self.index(scope)}];",
            f"memset({at} + {self.number(0, 100)}, {self.number(0, 255)}, {self.number(1, 100)});",
            f"see(weigh({at} + {self.number(0, 99)}, {self.number(1, 100)}));",
            f"see((unsigned)memcmp({at}, {self.buffer(scope)} + 99, 99) >> 31);",
            f"qsort({at} + 7, {self.number(1, 60)}, 1, by_value);",
            "s0 = s1;", "s1 = twist(s0);", f"memcpy(&s0, {at}, sizeof(s0) - 9);",
            f"see(s1.bytes[{index}]);", f"{{ volatile byte v = {at}[{index}]; see(v); }}",
            f"__asm__ volatile(\"\" : : \"r\"({at}) : \"memory\");",
        )

    def libcall(self, scope):
        """A call of libc; what is read lies in the upper half, what is written below."""
        to, source, at = self.buffer(scope), self.buffer(scope), self.number(128, 190)
        count, room = self.number(1, 60), self.number(0, 60)
        return self.pick(
            f"see((unsigned)strnlen((char *){source} + {at}, {count}));",
            f"{{ byte *hit = memchr({source} + {at}, {self.number(0, 255)}, {count});"
            f" see(hit ? *hit : 999); }}",
            f"strncpy((char *){to} + {room}, (char *){source} + {at}, {count});",
            f"memccpy({to} + {room}, {source} + {at}, {self.number(0, 255)}, {count});",
            f"see((unsigned)snprintf((char *){to} + {room}, {count}, \"<%.{count}s>\", "
            f"(char *){source} + {at}));",
            f"{to}[{room}] = 0; {{ char *end; see((unsigned)strtol((char *){to}, &end, 16));"
            f" see((unsigned)(end - (char *){to})); }}",
            f"pass_on({to} + {room}, {source} + {at}, {count});",
        )

    def pointers(self, scope):
        """A list of structs, and a copy of one, through which buffers are reached."""
        a, b, at = self.fresh("a"), self.fresh("b"), self.buffer(scope)
        return (f"{{ struct node {a} = {{0, {at}, {self.number(0, 255)}}}, "
                f"{b} = {{&{a}, {self.buffer(scope)}, {self.index(scope)}}}, copy = {b}; "
                f"{self.copy(scope)} see(walk(&copy, {self.number(0, 3)})); }}")

    def across(self, scope):
        """Copies that end, or begin, in another function."""
        at, other, index = self.buffer(scope), self.buffer(scope), self.index(scope)
        return self.pick(
            f"if ({at} != {other}) put({at} + {self.number(0, 100)}, {other} + 20, "
            f"{self.index(scope)} % 100);",
            f"see(choose({at}, {other}, {index})[{self.number(0, 255)}]);",
            f"{{ byte *c; choose_into(&c, {at}, {other}); c[{self.index(scope)}] ^= 3; }}",
            f"s0 = pack({at}, {index});",
            f"see(pack({at}, 200).bytes[{index}]);",
            f"{{ struct block b = pack({at}, 90), c = b; b.bytes[0] = 1; "
            f"s1 = c; see(b.bytes[{index}]); }}",
            f"put_each({self.number(0, 3)}, g2, {at}, g0, {other});",
            f"qsort({at} + 9, {self.number(1, 30)}, 1, by_copies);",
            f"if (escape && ({at}[{index}] & 7) == 1) longjmp(*escape, 1);",
        )

    def call(self, scope):
        callee = self.number(0, scope["callee"])
        if callee == scope["callee"] and self.number(0, 1):
            return (f"if (--fuel > 0 && n > 3) see((unsigned)f{callee}({self.buffer(scope)}, "
                    f"{self.buffer(scope)}, n / 2));")
        if callee == scope["callee"]:
            return self.access(scope)
        kind = self.number(0, 9)
        if kind <= 2 and callee > 0:
            return (f"{{ function *const table[] = {{f{callee - 1}, f{callee - 1}}}; "
                    f"see((unsigned)table[n & 1]({self.buffer(scope)}, {self.buffer(scope)}, "
                    f"{self.index(scope)})); }}")
        if kind == 3 and callee > 0:
            return (f"see((unsigned)attempt(f{callee - 1}, {self.buffer(scope)}, "
                    f"{self.buffer(scope)}, {self.index(scope)}));")
        return (f"see((unsigned)f{callee}({self.buffer(scope)}, {self.buffer(scope)}, "
                f"{self.index(scope)}));")

    def heap(self, scope, depth):
        name = self.fresh("m")
        inner = dict(scope, buffers=scope["buffers"] + [name])
        grow = f"{name} = realloc({name}, {self.number(256, 9999)}); " if self.number(0, 1) else ""
        last = f"see({name}[{self.number(0, 255)}]); " if self.number(0, 1) else ""
        made = self.pick("calloc(1, 256)", f"grab({self.buffer(scope)}, n)")
        return (f"{{ byte *{name} = {made}; {self.block(inner, depth)} {grow}"
                f"{self.copy(inner)} {last}free({name}); }}")

    def local(self, scope, depth):
        name = self.fresh("l")
        inner = dict(scope, buffers=scope["buffers"] + [name, name])
        kind = self.pick(f"byte {name}[256] = {{0}};",
                         f"byte {name}[256 + ({self.index(scope)} & 7)]; memset({name}, 1, 256);")
        return f"{{ {kind} {self.block(inner, depth)} }}"

    def loop(self, scope, depth):
        name = self.fresh("i")
        inner = dict(scope, numbers=scope["numbers"] + [name, name], loops=True)
        count = self.pick(str(self.number(1, 9)), f"({self.index(scope)} & 7)")
        return (f"for (int {name} = 0; {name} < {count} && --fuel > 0; ++{name}) "
                f"{{ {self.block(inner, depth)} }}")

    def branch(self, scope, depth):
        condition = self.pick(f"{self.buffer(scope)}[{self.index(scope)}] & 1", "hash & 1",
                              f"{self.index(scope)} > 100")
        leave = [f"return {self.number(0, 9)};"] if scope["returns"] else []
        if scope["loops"]:
            leave += ["break;", "continue;"]
        body = self.random.choice([self.block(scope, depth)] + leave)
        other = f" else {{ {self.block(scope, depth)} }}" if self.number(0, 1) else ""
        return f"if ({condition}) {{ {body} }}{other}"

    def statement(self, scope, depth):
        kinds = [self.copy] * 5 + [self.access] * 6 + [self.across] * 4
        kinds += [self.libcall] * 3 + [self.pointers, self.chain, self.call]
        if depth < MAX_DEPTH:
            kinds += [self.loop, self.loop, self.branch, self.branch, self.local, self.heap]
        kind = self.random.choice(kinds)
        if kind in (self.loop, self.branch, self.local, self.heap):
            return kind(scope, depth + 1)
        return kind(scope)

    def block(self, scope, depth):
        return "\n".join(self.statement(scope, depth) for _ in range(self.number(1, 5)))

    def function(self, number):
        scope = {"buffers": ["p", "q", "g0", "g1", "g2", "s0.bytes"], "numbers": ["n"],
                 "callee": number, "loops": False, "returns": True}
        linkage = self.pick("static", "__attribute__((noinline)) static", "")
        return (f"{linkage} int f{number}(byte *p, byte *q, int n) {{\n"
                f"{self.block(scope, 0)}\n{self.block(scope, 0)}\n{self.block(scope, 0)}\n"
                f"return n & 15;\n}}\n")

    def program(self):
        functions = "".join(self.function(i) for i in range(FUNCTIONS))
        calls = "\n".join(f"see((unsigned)f{self.number(0, FUNCTIONS - 1)}"
                          f"({self.pick('g0', 'g1', 'g2', 's1.bytes')}, "
                          f"{self.pick('g0', 'g1', 'g2', 's0.bytes')}, {self.number(0, 255)}));"
                          for _ in range(6))
        return (f"{PROLOGUE}{functions}int main(void) {{\n"
                f"for (int i = 0; i < 256; ++i) {{ g0[i] = i; g1[i] = i * 7; g2[i] = i * 31; }}\n"
                f"{calls}\n"
                f"for (int i = 0; i < 256; ++i) "
                f"{{ see(g0[i]); see(g1[i]); see(g2[i]); see(s0.bytes[i]); see(s1.bytes[i]); }}\n"
                f"printf(\"%lu\\n\", hash);\n}}\n")


if __name__ == "__main__":
    print(Writer(int(sys.argv[1])).program(), end="")
