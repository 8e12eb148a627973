// The pass runs in every pipeline exactly once: at each level without LTO, and
// with LTO in the link and not before it.
// RUN: %clang -fpass-plugin=%plugin -O0 -S -emit-llvm %s -o - | FileCheck %s
// RUN: %clang -fpass-plugin=%plugin -O1 -S -emit-llvm %s -o - | FileCheck %s
// RUN: %clang -fpass-plugin=%plugin -O2 -S -emit-llvm %s -o - | FileCheck %s
// RUN: %clang -fpass-plugin=%plugin -O3 -S -emit-llvm %s -o - | FileCheck %s
// RUN: %clang -fpass-plugin=%plugin -Os -S -emit-llvm %s -o - | FileCheck %s
// RUN: %clang -fpass-plugin=%plugin -O2 -flto -S -emit-llvm %s -o - | FileCheck %s --check-prefix=BEFORE
// RUN: %clang -fpass-plugin=%plugin -O2 -flto=thin -S -emit-llvm %s -o - | FileCheck %s --check-prefix=BEFORE
// RUN: %clang -fpass-plugin=%plugin -O2 -flto -S -emit-llvm %s -o - | %opt-copier -passes='lto<O2>' -S - | FileCheck %s
// RUN: %clang -fpass-plugin=%plugin -O2 -flto=thin -S -emit-llvm %s -o - | %opt-copier -passes='thinlto<O2>' -S - | FileCheck %s
// RUN: %clang -O2 -flto -S -emit-llvm %s -o - | %opt-copier -passes='lto<O2>' -S - | FileCheck %s --check-prefix=NEVER

// BEFORE-NOT: __copier_
// BEFORE: "copier-min-size"="4096"
// NEVER-NOT: copier

// CHECK: define {{.*}} @at_once(
// CHECK: call ptr @__copier_memcpy(
// CHECK-NOT: __copier_
// CHECK: {{^}}}
void at_once(char *d, const char *s, unsigned long n) {
  __builtin_memcpy(d, s, n);
}

__attribute__((const, nothrow)) int work(int);

// CHECK: define {{.*}} @later(
// CHECK: call ptr @__copier_amemcpy(
// CHECK-NOT: __copier_amemcpy
// CHECK: call void @__copier_csync{{(_all)?}}(
// CHECK-NOT: __copier_csync
// CHECK: {{^}}}
int later(char *d, const char *s, unsigned long n) {
  __builtin_memcpy(d, s, n);
  return work(7);
}
