// The macros of copier.h keep a copy, a function or a part of a file synchronous,
// where it is inlined, too, and over a link-time optimization.
// RUN: %clang -fpass-plugin=%plugin -I%prefix/include -O2 -g -c %s -o %t.o -Rpass=copier -Rpass-missed=copier 2>&1 | FileCheck %s --implicit-check-not="memmove made" --check-prefixes=CHECK,INLINED
// RUN: %clang -fpass-plugin=%plugin -I%prefix/include -O0 -g -c %s -o %t.o -Rpass=copier -Rpass-missed=copier 2>&1 | FileCheck %s --implicit-check-not=remark: --check-prefixes=CHECK,APART
// They mean nothing to others, and no compiler complains.
// RUN: %clang -std=c17 -Wall -Wextra -pedantic -Werror -I%prefix/include -c %s -o %t.o
// RUN: gcc -std=c17 -Wall -Wextra -pedantic -Werror -I%prefix/include -c %s -o %t.o
// RUN: %clang++ -x c++ -std=c++17 -Wall -Wextra -pedantic -Werror -I%prefix/include -c %s -o %t.o
// RUN: %copier-clang -fcopier -O2 -flto -DWHOLE_FILE %s -o %t.kept && llvm-nm -u %t.kept | FileCheck %s --check-prefix=KEPT
// RUN: %copier-clang -fcopier -O2 -flto %s -o %t.free && llvm-nm -u %t.free | FileCheck %s --check-prefix=FREE

#include <copier.h>
#include <string.h>

// KEPT-NOT: __copier_{{a?}}mem
// FREE: __copier_memcpy

#ifdef WHOLE_FILE
COPIER_SYNCHRONOUS_BEGIN
#endif

// CHECK-DAG: [[@LINE+3]]:{{[0-9]+}}: remark: memcpy not made asynchronous: the source keeps it synchronous
// CHECK-DAG: [[@LINE+3]]:{{[0-9]+}}: remark: memcpy made asynchronous
void one_of_two(char *d, const char *s, size_t n) {
  memcpy(d, s, COPIER_SYNCHRONOUS_SIZE(n));
  memcpy(d + n, s, n);
}

// APART-DAG: [[@LINE+3]]:{{[0-9]+}}: remark: memcpy not made asynchronous: the source keeps the function synchronous
// APART-DAG: [[@LINE+3]]:{{[0-9]+}}: remark: memmove not made asynchronous: the source keeps the function synchronous
COPIER_SYNCHRONOUS static inline void helper(char *d, const char *s, size_t n) {
  memcpy(d, s, n);
  memmove(d + n, s, 5000);
}

// INLINED-DAG: [[@LINE-4]]:{{[0-9]+}}: remark: memcpy not made asynchronous: the source keeps it synchronous
// INLINED-DAG: [[@LINE-4]]:{{[0-9]+}}: remark: memmove not made asynchronous: the source keeps it synchronous
// CHECK-DAG: [[@LINE+3]]:{{[0-9]+}}: remark: memcpy made asynchronous
void caller(char *d, const char *s, size_t n) {
  helper(d, s, n);
  memcpy(d, s, n);
}

#ifndef WHOLE_FILE
COPIER_SYNCHRONOUS_BEGIN
#endif
// CHECK-DAG: [[@LINE+1]]:{{[0-9]+}}: remark: memcpy not made asynchronous: the source keeps the function synchronous
void within(char *d, const char *s, size_t n) { memcpy(d, s, n); }
#ifndef WHOLE_FILE
COPIER_SYNCHRONOUS_END
#endif

// CHECK-DAG: [[@LINE+1]]:{{[0-9]+}}: remark: memcpy made asynchronous
void behind(char *d, const char *s, size_t n) { memcpy(d, s, n); }

int main(int argc, char **argv) {
  static char text[9999];
  size_t n = (size_t)argc * 1000;
  one_of_two(text, argv[0], n / 1000);
  caller(text + 5000, text, n);
  within(text, text + n, n);
  behind(text + n, text, n);
  return text[n + 1];
}

#ifdef WHOLE_FILE
COPIER_SYNCHRONOUS_END
#endif
