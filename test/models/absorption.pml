//===- absorption.pml - Spin model of reading through lenders ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tasks of one segment that form chains (sources.c, batch.c, complete.c); the
// memory is a byte for each name. The service takes any ready task, one at a
// time, and may stop wherever it holds no claim; batches are in csync.pml. All
// tasks are lazy, or about to be given up: others are not read through, but wait
// for what they read like for what they overwrite.
//
// CASE 1: a client copies A to B and B to C, then writes A after its csync or
// has D copied to A, writes B after its csync, and copies B to E. Another thread
// csyncs C. CASE 2: two readers of which each reads through what the other does,
// in any order: L0 and L1 feed R1, and R2 with X in between.
//
// Checked: each copy moves the byte that the program, run without delays, would
// have copied there; what a csync returns from is what that program would have;
// a lender is given back as it was; and, with weak fairness, csync returns.
//
// Each step is one atomic access, or one byte moved. Interleaving steps is all
// there is: bytes are passed on by the release of `done` (finish) and of
// `claimed` (unclaim) and the acquires in copier_queue_unfinished and
// copier_queue_claim. A reader that has seen a lender unfinished and then claims
// it knows by the claim, a read-modify-write, that it still is.
//
// verify "a chain, and writers of A and B": -DCASE=1
// verify "two readers that borrow from each other's lenders": -DCASE=2
// bug 1 "lenders are not claimed": -DCASE=1
// bug 2 "the search goes through what is done": -DCASE=1
// bug 3 "lenders are finished instead of given back": -DCASE=1
// bug 4 "who lacks a lender waits for it, holding claims": -DCASE=2
// bug 5 "csync of a range forgets who reads it": -DCASE=1
// bug 6 "a writer does not wait for who reads what it overwrites": -DCASE=1
// bug 7 "who has waited for a lender tries to borrow it again": -DCASE=2
//
//===----------------------------------------------------------------------===//

#ifndef BUG
#define BUG 0
#endif

#if CASE == 1
// A 0, B 1, C 2, D 3, E 4. A->B, B->C, then perhaps D->A, then B->E.
#define BYTES 5
#define TASKS 4
#define SRC(t) ((t) == 0 -> 0 : ((t) == 2 -> 3 : 1))
#define DST(t) ((t) == 0 -> 1 : ((t) == 1 -> 2 : ((t) == 2 -> 0 : 4)))
#define LEN(t) 1
#define LONGEST 1
#define THREADS 2
#else
// A 0 and 1, B 2 and 3, E 4, C 5 and 6, D 7 and 8. L0: the first of A to the
// second of B, L1: the second of A to the first of B, X: the first of B to E,
// R1: B to C, R2: the second of B, and E, to D. The search finds the lenders L1,
// L0 for R1, and X, L0, L1 for R2.
#define BYTES 9
#define TASKS 5
#define SRC(t) ((t) < 2 -> (t) : ((t) == 4 -> 3 : 2))
#define DST(t) ((t) < 2 -> 3 - (t) : ((t) == 2 -> 4 : ((t) == 3 -> 5 : 7)))
#define LEN(t) ((t) < 3 -> 1 : 2)
#define LONGEST 2
#define THREADS 2
#endif

#define MEETS(a, m, b, n) ((a) < (b) + (n) && (b) < (a) + (m))
#define WRITES(t, b, n) MEETS(DST(t), LEN(t), b, n)
#define READS(t, b, n) MEETS(SRC(t), LEN(t), b, n)
// copier_segments_before.
#if BUG == 6
#define COMES_BEFORE(e, l) (WRITES(e, DST(l), LEN(l)))
#else
#define COMES_BEFORE(e, l)                                                     \
  (WRITES(e, DST(l), LEN(l)) || READS(e, DST(l), LEN(l)))
#endif
// The order of the search.
#define NEXT_LENDER                                                            \
  (HAS(lenders, 2) -> 2 : (lenders == 3 -> task != 4 : HAS(lenders, 1)))
#define HAS(set, t) (((set) >> (t)) & 1)

byte memory[BYTES];
byte submitted;     // Tasks, of which the places are the numbers.
byte claimed, done; // Sets of tasks.

// For the assertions: what the memory would be without delays, and what each
// byte of a task must be.
byte now[BYTES], expected[TASKS * LONGEST];
byte ended;

inline push(t) {
  d_step {
    expected[t * LONGEST] = now[SRC(t)];
    now[DST(t)] = now[SRC(t)];
#if LONGEST == 2
    if
    :: LEN(t) == 2 ->
      expected[t * LONGEST + 1] = now[SRC(t) + 1];
      now[DST(t) + 1] = now[SRC(t) + 1]
    :: else
    fi;
#endif
    submitted++
  }
}

// copier_queue_claim.
inline claim(t, won) {
  d_step {
    won = !HAS(claimed, t);
    claimed = claimed | (1 << t)
  }
}

inline unclaim(t) {
  d_step {
    assert(HAS(claimed, t) && !HAS(done, t));
    claimed = claimed & ~(1 << t)
  }
}

// copier_queue_finish.
inline finish(t) {
  d_step {
    assert(HAS(claimed, t) && !HAS(done, t));
    done = done | (1 << t)
  }
}

// copier_find_sources: `from` for the bytes of `task`, and the `lenders`. What
// writes other bytes is passed over: its `done` does not matter.
inline find_sources() {
  from[0] = SRC(task);
  from[1] = SRC(task) + LEN(task) - 1;
  place = task;
  do
  :: place > 0 ->
    d_step {
      do
      :: place > 0 && !WRITES(place - 1, from[0], 1) &&
         !WRITES(place - 1, from[1], 1) -> place--
      :: else -> break
      od;
      if
      :: place == 0
#if BUG != 2
      :: place > 0 && HAS(done, place - 1) -> place--
#endif
      :: else ->
        place--;
        for (value : 0 .. 1) {
          if
          :: WRITES(place, from[value], 1) ->
            from[value] = SRC(place) + from[value] - DST(place);
            lenders = lenders | (1 << place)
          :: else
          fi
        }
        value = 0
      fi
    }
  :: else -> break
  od
}

// Gives back the lenders that are held.
inline unclaim_lenders() {
  do
  :: held -> d_step {
       do
       :: HAS(held, place) -> break
       :: else -> place++
       od;
       assert(HAS(claimed, place) && !HAS(done, place));
       claimed = claimed & ~(1 << place);
       held = held & ~(1 << place);
       place = 0
     }
  :: else -> break
  od
}

// copier_batch_add and copier_batch_copy of `task`, which is ready: `blocker`
// is a lender that cannot be had, or NONE.
#define NONE 7
inline copy_one() {
  find_sources();
  claim(task, won);
  if
  :: won ->
    // borrow.
#if BUG != 1
    do
    :: lenders ->
      place = NEXT_LENDER;
      claim(place, won);
      lenders = lenders & ~(1 << place);
      if
      :: won -> held = held | (1 << place)
      :: else -> blocker = place; lenders = 0
      fi
    :: else -> break
    od;
    place = 0;
#else
    lenders = 0;
#endif
    if
    :: blocker == NONE ->
#if CASE == 1
      value = memory[from[0]];
      assert(value == expected[task]);
      memory[DST(task)] = value;
#else
      // Nobody else writes these bytes: one step will do.
      d_step {
        assert(memory[from[0]] == expected[2 * task]);
        memory[DST(task)] = memory[from[0]];
        if
        :: LEN(task) == 2 ->
          assert(memory[from[1]] == expected[2 * task + 1]);
          memory[DST(task) + 1] = memory[from[1]]
        :: else
        fi
      }
#endif
#if BUG == 3
      do
      :: HAS(held, place) -> finish(place); held = held & ~(1 << place)
      :: held && !HAS(held, place) -> place = (place + 1) % TASKS
      :: held == 0 -> break
      od;
      place = 0;
#else
      unclaim_lenders();
#endif
      finish(task)
    :: else ->
#if BUG == 4
      (!HAS(claimed, blocker) || HAS(done, blocker));
#endif
      unclaim_lenders();
      unclaim(task)
    fi
  :: else -> lenders = 0
  fi;
  value = 0;
  won = false;
  from[0] = 0;
  from[1] = 0
}

#define COPIER_LOCALS                                                          \
  byte task, place, from[2], lenders, held, value, blocker = NONE;             \
  bool won

#define IS_OPEN(t) (t < submitted && !HAS(claimed, t))

// copier_serve, of which any order of the tasks is a part: it goes on with those
// that are not ready.
proctype Service() {
  COPIER_LOCALS;
  do
  :: break // It stops.
  :: d_step {
       IS_OPEN(0) || IS_OPEN(1) || IS_OPEN(2) || IS_OPEN(3) || IS_OPEN(4);
       do
       :: IS_OPEN(task) -> break
       :: else -> task = (task + 1) % TASKS
       od;
       place = task;
       won = true
     }
     // copier_is_ready.
     do
     :: place > 0 && won ->
       d_step {
         do
         :: place > 0 && !COMES_BEFORE(place - 1, task) -> place--
         :: else -> break
         od;
         if
         :: place > 0 -> place--; won = HAS(done, place)
         :: else
         fi
       }
     :: else -> break
     od;
     if
     :: won -> copy_one(); blocker = NONE
     :: else
     fi;
     place = 0;
     if
     :: task = (task + 1) % TASKS
     :: task = 0 // The slice is over.
     fi
  od
}

// Adds to `needed` what must be done before, from the place before `place` on:
// close_plan, and with `n` the start of it, copier_plan_sync.
inline plan() {
  do
  :: place > 0 ->
    d_step {
      do
      :: place > 0 && !won ->
        place--;
#if BUG == 5
        won = HAS(needed, place) || (n && WRITES(place, begin, n));
#else
        won = HAS(needed, place) ||
              (n && (WRITES(place, begin, n) || READS(place, begin, n)));
#endif
        task = place + 1;
        do
        :: task < TASKS ->
          won = won || (HAS(needed, task) && COMES_BEFORE(place, task));
          task++
        :: else -> break
        od
      :: else -> break
      od;
      if
      :: won && !HAS(done, place) -> needed = needed | (1 << place)
      :: else -> needed = needed & ~(1 << place)
      fi;
      task = 0;
      won = false
    }
  :: else -> break
  od;
  n = 0
}

// await_others, of `task` or a blocker.
#define AWAIT(t) (HAS(done, t) || !HAS(claimed, t))

// csync of `n` bytes at `begin`: copier_plan_sync and copier_complete.
inline csync() {
  place = submitted;
  plan();
  task = 0;
  do
  :: task < TASKS && !HAS(needed, task) -> task++
  :: task < TASKS && HAS(needed, task) ->
    if
    :: HAS(done, task) -> needed = needed & ~(1 << task)
    :: else ->
      if
      :: HAS(claimed, task) -> AWAIT(task)
      :: else ->
        copy_one();
        if
        :: blocker == NONE
        :: else ->
          // unblock.
          if
          :: HAS(done, blocker)
          :: else ->
#if BUG == 7
            if
            :: HAS(claimed, blocker) -> AWAIT(blocker)
            :: else ->
              needed = needed | (1 << blocker);
              place = blocker;
              plan();
              task = 0
            fi
#else
            AWAIT(blocker);
            if
            :: HAS(done, blocker)
            :: else ->
              needed = needed | (1 << blocker);
              place = blocker;
              plan();
              task = 0
            fi
#endif
          fi;
          blocker = NONE
        fi
      fi
    fi
  :: else -> break
  od;
  task = 0
}

#if CASE == 1
proctype Other() {
  COPIER_LOCALS;
  byte needed, begin, n;
  submitted >= 2; // The hand-over.
  begin = 2;
  n = 1;
  csync();
  assert(memory[2] == now[2]);
  ended++
}

proctype Client() {
  COPIER_LOCALS;
  byte needed, begin, n, step;
  push(0);
  push(1);
  do
  :: step == 0 ->
    // A, or D->A, for which the one or the other task is empty.
    if
    :: true ->
      begin = 0;
      n = 1;
      csync();
      d_step {
        assert(memory[0] == now[0]);
        memory[0] = 11;
        now[0] = 11;
        claimed = claimed | 4;
        done = done | 4;
        submitted++
      }
    :: true -> push(2)
    fi;
    step = 1
  :: step > 0 && step < 6 ->
    // Writes B; then copies it; then reads C, E, A and B.
    begin = (step == 1 -> 1 : (step == 2 -> 2 : (step == 3 -> 4 : step - 4)));
    n = 1;
    csync();
    assert(memory[begin] == now[begin]);
    if
    :: step == 1 ->
      d_step {
        memory[1] = 12;
        now[1] = 12
      }
      push(3)
    :: else
    fi;
    step++
  :: step == 6 -> break
  od;
  ended++
}
#else
proctype Reader(byte begin) {
  COPIER_LOCALS;
  byte needed, n = 2;
  csync();
  assert(memory[begin] == now[begin] && memory[begin + 1] == now[begin + 1]);
  ended++
}
#endif

init {
  byte i;
  d_step {
    for (i : 0 .. BYTES - 1) {
      memory[i] = i + 1;
      now[i] = i + 1
    }
    i = 0
  }
  atomic {
#if CASE == 1
    run Client();
    run Other();
#else
    for (i : 0 .. TASKS - 1) { push(i) }
    run Reader(5);
    run Reader(7);
#endif
    run Service()
  }
}

ltl ends { <> (ended == THREADS) }
