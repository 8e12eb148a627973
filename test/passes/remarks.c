// What -Rpass and its relatives say, and the optimization record.
// RUN: %clang -fpass-plugin=%plugin -O1 -g -c %s -o %t.o -Rpass=copier -Rpass-missed=copier -Rpass-analysis=copier 2>&1 | FileCheck %s
// RUN: %clang -fpass-plugin=%plugin -O1 -g -c %s -o %t.o -fsave-optimization-record -foptimization-record-file=%t.yaml
// RUN: FileCheck %s --check-prefix=RECORD --input-file=%t.yaml
// Silent unless asked.
// RUN: %clang -fpass-plugin=%plugin -O1 -g -c %s -o %t.o -Wall 2>&1 | count 0

int read_after(char *restrict d, const char *restrict s, unsigned long n) {
  // CHECK: remarks.c:[[@LINE+2]]:3: remark: memcpy not made asynchronous: constant size 100 below the minimum 4096 [-Rpass-missed=copier]
  // CHECK: remarks.c:[[@LINE+2]]:3: remark: memcpy made asynchronous [-Rpass=copier]
  __builtin_memcpy(d + n, s, 100);
  __builtin_memcpy(d, s, n);
  // CHECK: remarks.c:[[@LINE+1]]:10: remark: csync inserted for destination read with the copy at line [[@LINE-1]], at the copy: there is nothing to run beside it [-Rpass-analysis=copier]
  return d[0];
}

int read_later(char *restrict d, const char *restrict s, unsigned long n,
               int *restrict counts) {
  // CHECK: remarks.c:[[@LINE+1]]:3: remark: memcpy made asynchronous [-Rpass=copier]
  __builtin_memcpy(d, s, n);
  for (unsigned long i = 0; i < n; i++)
    counts[i]++;
  // CHECK: remarks.c:[[@LINE+1]]:10: remark: csync inserted for destination read with the copy at line [[@LINE-3]] [-Rpass-analysis=copier]
  return d[0];
}

// RECORD: --- !Missed
// RECORD: Pass: {{.*}}copier
// RECORD: --- !Passed
// RECORD: Pass: {{.*}}copier
// RECORD: Name: {{.*}}AsynchronousCopy
// RECORD: --- !Analysis
// RECORD: Name: {{.*}}Csync
