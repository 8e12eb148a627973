//===- sleep.pml - Spin model of the service's sleep and wake-up --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Service threads that find nothing to do set a flag, have all threads pass a
// barrier (membarrier), look once more and sleep; clients submit, and wake whom
// they see asleep, without a fence of their own (service.c, thread.c).
//
// Here the memory model matters: it is x86-TSO. What a client stores goes to its
// store buffer, and to memory at any later time, or with its next locked
// instruction. Of its stores only `published` is not itself one; the buffer has
// room for one, since taking the next ticket is a compare-and-exchange. Loads
// come from memory, as a client never loads what it has stored itself. The
// service's stores to the flag are seq_cst, that is locked. membarrier makes
// each thread pass a full barrier between its begin and its end, in any order;
// with -DNEEDS_FENCE there is none, and clients have a fence.
//
// -DSCALES: thread 0 only tells how many are active, thread 1 does the work.
// -DBLOCKED: a csync is at work on what the task depends on, so that the service
// can do nothing at first; the csync wakes nobody.
//
// Checked: with weak fairness, all that is submitted is done.
//
// verify "two clients": -DCLIENTS=2 -DPUSHES=3
// verify "without membarrier": -DCLIENTS=2 -DPUSHES=3 -DNEEDS_FENCE
// verify "a thread that scaling puts to rest": -DCLIENTS=2 -DPUSHES=1 -DSCALES
// verify "a task that is blocked at first": -DCLIENTS=1 -DPUSHES=2 -DBLOCKED
// bug 1 "no membarrier": -DCLIENTS=1 -DPUSHES=1
// bug 2 "no second look after the flag is set": -DCLIENTS=1 -DPUSHES=1
// bug 3 "clients look at the flag before they publish": -DCLIENTS=1 -DPUSHES=1
// bug 4 "no fence of the clients where there is no membarrier": -DCLIENTS=1 -DPUSHES=1 -DNEEDS_FENCE
// bug 5 "the service sleeps for ever with a task that is blocked": -DCLIENTS=1 -DPUSHES=1 -DBLOCKED
// bug 6 "a thread rests without a second look at how many are active": -DCLIENTS=1 -DPUSHES=1 -DSCALES
//
//===----------------------------------------------------------------------===//

#ifndef BUG
#define BUG 0
#endif

#define TOTAL (CLIENTS * PUSHES)
#define THREADS 2

byte published; // In memory, by all clients.
bool buffered[CLIENTS];
byte completed;
bool is_blocked; // A csync holds what the next task must come after.
bool flag[THREADS];
bool waiting[THREADS]; // On the futex.
byte active_threads = 1;

#define WORK (completed < published && !is_blocked)

// Buffers empty themselves.
proctype Buffer(byte client) {
  do
  :: d_step { buffered[client] -> buffered[client] = false; published++ }
  od
}

inline drain(client) {
  d_step {
    if
    :: buffered[client] -> buffered[client] = false; published++
    :: else
    fi
  }
}

// wake_thread.
inline wake_thread(number) {
  if
  :: flag[number] ->
    // atomic_exchange; a client's buffer is drained before.
    d_step {
      woken = flag[number];
      flag[number] = false
    }
    if
    :: woken -> waiting[number] = false; woken = false
    :: else
    fi
  :: else
  fi
}

// copier_client_push and copier_service_wake.
proctype Client(byte me) {
  byte pushed, number, count;
  bool woken, seen;
  do
  :: pushed < PUSHES ->
    drain(me); // take_tickets.
#if BUG == 3
    seen = flag[0];
#endif
    buffered[me] = true; // publish, at its end.
#if defined(NEEDS_FENCE) && BUG != 4
    drain(me);
#endif
    count = active_threads;
    number = 0;
    do
#if BUG == 3
    :: number < count && seen -> drain(me); wake_thread(number); number++
    :: number < count && !seen -> number++
#else
    :: number < count && flag[number] -> drain(me); wake_thread(number); number++
    :: number < count && !flag[number] -> number++
#endif
    :: number >= count -> break
    od;
    number = 0;
    count = 0;
    pushed++
  :: else -> break
  od
}

// fence_all: the others pass their barriers in any order.
inline fence_all() {
#if !defined(NEEDS_FENCE) && BUG != 1
  left = (1 << CLIENTS) - 1;
  do
  :: left & 1 -> drain(0); left = left & 2
#if CLIENTS > 1
  :: left & 2 -> drain(1); left = left & 1
#endif
  :: left == 0 -> break
  od
#else
  skip
#endif
}

// FUTEX_WAIT: the kernel compares and waits. `limited`: for a while.
inline wait_on(limited) {
  d_step {
    if
    :: flag[me] -> waiting[me] = true
    :: else
    fi
  }
  do
  :: !waiting[me] -> break
  :: limited && waiting[me] -> waiting[me] = false
  od
}

// run_service.
proctype Service(byte me) {
  byte left;
  bool pending;
  do
  :: true ->
#ifdef SCALES
    // rest.
    do
    :: me >= active_threads ->
      flag[me] = true;
#if BUG != 6
      if
      :: me >= active_threads -> wait_on(false)
      :: else
      fi;
#else
      wait_on(false);
#endif
      flag[me] = false
    :: else -> break
    od;
#endif
    // poll_queues, for as long as it likes.
    do
    :: d_step { WORK -> completed++ }
    :: me >= active_threads -> break
    :: !WORK -> break
    od;
    // sleep_service.
    if
    :: me < active_threads ->
      flag[me] = true;
      fence_all();
      do
#if BUG == 2
      :: flag[me] ->
        wait_on(false);
        if
        :: d_step { WORK -> completed++ } -> break
        :: else
        fi
#else
      :: d_step { WORK -> completed++ } -> break
      :: else ->
        if
        :: flag[me] ->
          // longest_sleep.
          pending = (completed < published);
#if BUG == 5
          pending = false;
#endif
          wait_on(pending);
          pending = false
        :: else -> break
        fi
#endif
#if BUG == 2
      :: else -> break
#endif
      od;
      flag[me] = false
    :: else
    fi
  od
}

#ifdef SCALES
// scale, by thread 0.
proctype Scaler() {
  bool woken;
  active_threads = 2;
  wake_thread(1);
  active_threads = 1;
  active_threads = 2;
  wake_thread(1)
}
#endif

#ifdef BLOCKED
proctype Csync() {
  is_blocked = false
}
#endif

init {
  byte i;
  atomic {
#ifdef BLOCKED
    is_blocked = true;
    run Csync();
#endif
#ifdef SCALES
    run Scaler();
    run Service(1);
#else
    run Service(0);
#endif
    for (i : 0 .. CLIENTS - 1) {
      run Buffer(i);
      run Client(i)
    }
    i = 0
  }
}

ltl served { <> (completed == TOTAL) }
