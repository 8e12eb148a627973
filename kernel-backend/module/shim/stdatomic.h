//===- stdatomic.h - C11 atomics for the service core -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// The kernel has no C headers. What runtime/core uses of this one is the
// compiler's own anyway; the kernel's atomics are not meant for _Atomic.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_SHIM_STDATOMIC_H
#define COPIER_SHIM_STDATOMIC_H

typedef enum {
  memory_order_relaxed = __ATOMIC_RELAXED,
  memory_order_acquire = __ATOMIC_ACQUIRE,
  memory_order_release = __ATOMIC_RELEASE,
  memory_order_acq_rel = __ATOMIC_ACQ_REL,
  memory_order_seq_cst = __ATOMIC_SEQ_CST,
} memory_order;

#define atomic_thread_fence(order) __atomic_thread_fence(order)
#define atomic_signal_fence(order) __atomic_signal_fence(order)

#define atomic_load_explicit(object, order)                                    \
  __extension__({                                                              \
    __auto_type shim_object = (object);                                        \
    __typeof__((void)0, *shim_object) shim_value;                              \
    __atomic_load(shim_object, &shim_value, order);                            \
    shim_value;                                                                \
  })

#define atomic_store_explicit(object, value, order)                            \
  __extension__({                                                              \
    __auto_type shim_object = (object);                                        \
    __typeof__((void)0, *shim_object) shim_value = (value);                    \
    __atomic_store(shim_object, &shim_value, order);                           \
  })

#define atomic_exchange_explicit(object, value, order)                         \
  __extension__({                                                              \
    __auto_type shim_object = (object);                                        \
    __typeof__((void)0, *shim_object) shim_value = (value);                    \
    __typeof__((void)0, *shim_object) shim_old;                                \
    __atomic_exchange(shim_object, &shim_value, &shim_old, order);             \
    shim_old;                                                                  \
  })

#define SHIM_COMPARE_EXCHANGE(object, expected, value, weak, success, failure) \
  __extension__({                                                              \
    __auto_type shim_object = (object);                                        \
    __typeof__((void)0, *shim_object) shim_value = (value);                    \
    __atomic_compare_exchange(shim_object, expected, &shim_value, weak,        \
                              success, failure);                               \
  })

#define atomic_compare_exchange_strong_explicit(object, expected, value,       \
                                                success, failure)              \
  SHIM_COMPARE_EXCHANGE(object, expected, value, 0, success, failure)

#define atomic_compare_exchange_weak_explicit(object, expected, value,         \
                                              success, failure)                \
  SHIM_COMPARE_EXCHANGE(object, expected, value, 1, success, failure)

#endif // COPIER_SHIM_STDATOMIC_H
