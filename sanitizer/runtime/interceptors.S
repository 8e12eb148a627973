//===- interceptors.S - Calls of libc, seen from within -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One small function for each row of libcalls.def that has an effect on memory.
// It knows nothing of the prototype: all registers that may hold arguments are
// as they were when it jumps to the real function, and so is the stack.
//
//===----------------------------------------------------------------------===//

// Which effects need an interceptor. What only touches an object of a type, as
// locks and times are, is not copied asynchronously.
#define NOTHING 0
#define ERRNO 0
#define ESCAPED 0
#define RELEASE 0
#define CANCEL 0
#define KEEPS(ARG) 0
#define READ_OBJECT(ARG, BYTES) 0
#define WRITE_OBJECT(ARG, BYTES) 0
#define READ(ARG, SIZE) 1
#define WRITE(ARG, SIZE) 1
#define READ_TIMES(ARG, SIZE, COUNT) 1
#define WRITE_TIMES(ARG, SIZE, COUNT) 1
#define READ_ON(ARG) 1
#define WRITE_ON(ARG) 1
#define FREE(ARG) 1
#define SPECIAL 1

  .text
  .hidden copsan_real
  .hidden copsan_intercept
  .hidden copsan_interceptors
  .globl copsan_interceptors

// With the row's index in r11d: saves the arguments, has them checked, restores
// them and jumps.
  .p2align 4
  .type copsan_intercepted, @function
copsan_intercepted:
  .cfi_startproc
  pushq %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset %rbp, -16
  movq %rsp, %rbp
  .cfi_def_cfa_register %rbp
  subq $208, %rsp
  movq %rdi, 0(%rsp)
  movq %rsi, 8(%rsp)
  movq %rdx, 16(%rsp)
  movq %rcx, 24(%rsp)
  movq %r8, 32(%rsp)
  movq %r9, 40(%rsp)
  movq %rax, 48(%rsp)
  movq %r10, 56(%rsp)
  movaps %xmm0, 64(%rsp)
  movaps %xmm1, 80(%rsp)
  movaps %xmm2, 96(%rsp)
  movaps %xmm3, 112(%rsp)
  movaps %xmm4, 128(%rsp)
  movaps %xmm5, 144(%rsp)
  movaps %xmm6, 160(%rsp)
  movaps %xmm7, 176(%rsp)
  movq %rsp, %rdi
  movl %r11d, %esi
  movq 8(%rbp), %rdx
  leaq 16(%rbp), %rcx
  call copsan_intercept
  movq %rax, %r11
  movq 0(%rsp), %rdi
  movq 8(%rsp), %rsi
  movq 16(%rsp), %rdx
  movq 24(%rsp), %rcx
  movq 32(%rsp), %r8
  movq 40(%rsp), %r9
  movq 48(%rsp), %rax
  movq 56(%rsp), %r10
  movaps 64(%rsp), %xmm0
  movaps 80(%rsp), %xmm1
  movaps 96(%rsp), %xmm2
  movaps 112(%rsp), %xmm3
  movaps 128(%rsp), %xmm4
  movaps 144(%rsp), %xmm5
  movaps 160(%rsp), %xmm6
  movaps 176(%rsp), %xmm7
  leave
  .cfi_def_cfa %rsp, 8
  .cfi_restore %rbp
  jmpq *%r11
  .cfi_endproc
  .size copsan_intercepted, . - copsan_intercepted

  .set copsan_index, 0

.macro copsan_define name
  .text
  .p2align 4
  .globl \name
  .type \name, @function
\name:
.Lcopsan_at_\name:
  .cfi_startproc
  movq __copsan_pending@GOTPCREL(%rip), %r11
  cmpl $0, (%r11)
  jne 1f
  movq copsan_real + 8 * copsan_index(%rip), %r11
  testq %r11, %r11
  je 1f
  jmpq *%r11
1:
  movl $copsan_index, %r11d
  jmp copsan_intercepted
  .cfi_endproc
  .size \name, . - \name
.endm

.macro copsan_row name, e0, e1=0, e2=0, e3=0, e4=0, e5=0, e6=0, e7=0
  .if \e0 + \e1 + \e2 + \e3 + \e4 + \e5 + \e6 + \e7
  copsan_define \name
  .endif
  .set copsan_index, copsan_index + 1
.endm

#define COPIER_LIBCALL(NAME, PROTOTYPE, ...) copsan_row NAME, __VA_ARGS__
#define COPSAN_LIBCALL(NAME, ...) copsan_row NAME, __VA_ARGS__
#include "libcalls.def"

  .section .data.rel.ro, "aw"
  .p2align 3
  .type copsan_interceptors, @object
copsan_interceptors:
.macro copsan_address name, e0, e1=0, e2=0, e3=0, e4=0, e5=0, e6=0, e7=0
  .if \e0 + \e1 + \e2 + \e3 + \e4 + \e5 + \e6 + \e7
  .quad .Lcopsan_at_\name // Whatever others call so.
  .else
  .quad 0
  .endif
.endm
#define COPIER_LIBCALL(NAME, PROTOTYPE, ...) copsan_address NAME, __VA_ARGS__
#define COPSAN_LIBCALL(NAME, ...) copsan_address NAME, __VA_ARGS__
#include "libcalls.def"
  .size copsan_interceptors, . - copsan_interceptors

  .section .note.GNU-stack, "", @progbits
