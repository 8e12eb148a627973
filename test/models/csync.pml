//===- csync.pml - Spin model of csync and the service sharing the work -===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two tasks: that at place 0 has two segments, that at place 1 has one, which
// must come after segment 1 of the first (complete.c, batch.c, serve.c). The
// service takes what is ready, in batches, and may stop for ever wherever it
// holds no claim. Two threads csync: one the second task, one everything. Which
// segment of a task is next is left open.
//
// One segment may be faulty until somebody repairs it. A handler repairs and
// returns, or never ends, or jumps out; then the thread may repair, and may or
// may not csync again. Who waits for very long gives up what another thread has
// abandoned, and faults where that one is in a handler. What is left out: that
// one handler never ends and another repairs (docs/runtime.md).
//
// Checked: each segment is copied once or given up, not both, and only what
// faults is given up; one that is done is one of the two; places come in order;
// what a csync returns from is done; and, with weak fairness, csync returns.
//
// Each step is one atomic access; read-modify-write loops are as in ring.pml.
// Interleaving steps is all there is, for the C11 orders in core/queue.c: the
// acquire of `done` sees the bytes that came before its release, `claimed` is
// only what it says itself, and by read-modify-write. A stale relaxed read of
// `claimed` is an earlier step of this model, and the claim decides anew.
//
// verify "any segment may fault":
// bug 1 "nobody gives up what a thread has abandoned":
// bug 2 "csync leaves what nobody has claimed to the service":
// bug 3 "a segment is marked done before it is copied":
// bug 4 "after a long wait it is given up though its thread is at work":
// bug 5 "the service does not ask whether a task is ready":
// bug 6 "csync does not plan what its tasks depend on":
// bug 7 "a thread that comes back does not give up what it abandoned":
//
//===----------------------------------------------------------------------===//

#ifndef BUG
#define BUG 0
#endif

#define THREADS 2
#define NONE 3
#define PLACE(segment) ((segment) / 2)
#define BIT(segment) (1 << ((segment) % 2))
#define IS_FREE(segment) (!(claimed[PLACE(segment)] & BIT(segment)))
#define IS_DONE(segment) (done[PLACE(segment)] & BIT(segment))

// The descriptors, by place; segments that are absent are always set.
byte claimed[2], done[2];

// For the assertions, by segment.
bool copied[3], given_up[3];
byte faulty = NONE; // This segment faults while it is bad.
bool bad;
byte ended; // Threads that csync no more.

// The records of sections: what a thread has claimed and jumped out of.
byte abandoned[THREADS] = NONE;
bool is_locked[THREADS];

// copier_queue_finish, as part of a step; who gives up says so.
inline finish(segment) {
  assert(copied[segment] || given_up[segment]);
  done[PLACE(segment)] = done[PLACE(segment)] | BIT(segment)
}

inline give_up(segment) {
  d_step {
    assert(IS_DONE(segment) || !copied[segment]);
    assert(IS_DONE(segment) ||
           (faulty != NONE && PLACE(segment) == PLACE(faulty)));
    if
    :: IS_DONE(segment)
    :: else -> given_up[segment] = true
    fi;
    done[PLACE(segment)] = done[PLACE(segment)] | BIT(segment)
  }
}

// Likewise.
inline copy(segment) {
  assert(!copied[segment] && !given_up[segment]);
  assert(segment != 2 || IS_DONE(1));
  copied[segment] = true
}

// copier_queue_claim: `mine` is `segment`, or NONE.
inline claim(segment) {
  d_step {
    if
    :: IS_FREE(segment) ->
      claimed[PLACE(segment)] = claimed[PLACE(segment)] | BIT(segment);
      mine = segment
    :: else -> mine = NONE
    fi
  }
}

// copier_batch_copy. A bit of `batch` is a claimed segment; 3 higher, it is one
// that is copied.
#define LOWEST(set) ((set) & 1 -> 0 : ((set) & 2 -> 1 : 2))
inline flush() {
#if BUG != 3
  do
  :: batch & 7 ->
    d_step {
      segment = LOWEST(batch);
      copy(segment);
      batch = (batch | (8 << segment)) & ~(1 << segment);
      segment = 0
    }
  :: else -> break
  od;
#else
  batch = batch << 3;
#endif
  do
  :: batch ->
    d_step {
      segment = LOWEST(batch >> 3);
      finish(segment);
      batch = batch & ~(8 << segment);
      segment = 0
    }
  :: else -> break
  od
}

// copier_serve: one round after the other.
proctype Service() {
  byte place, segment, mine, left, batch;
  do
  :: place < 2 && batch == 0 && left == 0 -> break // It stops.
  :: place < 2 ->
    // serve_task.
    left = 3 & ~claimed[place];
    if
    :: place == 1 && left && BUG != 5 ->
      // is_ready: if not, perhaps after a flush.
      if
      :: IS_DONE(1)
      :: else ->
        flush();
        if
        :: IS_DONE(1)
        :: else -> left = 0
        fi
      fi
    :: else
    fi;
    // serve_segments.
    do
    :: left & ~claimed[place] ->
      if
      :: left & 1 -> segment = 2 * place
      :: left & 2 -> segment = 1
      fi;
      left = left & ~BIT(segment);
      // make_resident, or else COPIER_STUCK.
      if
      :: segment == faulty && bad -> left = 0; break
      :: else
      fi;
      claim(segment);
      if
      :: mine != NONE -> batch = batch | (1 << mine)
      :: else
      fi;
      // The batch may be full, or of ROUND_BYTES.
      if
      :: true -> flush()
      :: true
      fi
    :: else -> left = 0; break
    od;
    segment = 0;
    mine = 0;
    place++
  :: place == 2 -> flush(); place = 0
  od
}


// What `thread` has abandoned, with the rest of the copy, which is that of its
// task. Who cannot have the lock need not: somebody else does it.
inline give_up_abandoned(thread) {
  atomic {
    gave = abandoned[thread] != NONE && !is_locked[thread];
    if
    :: gave -> is_locked[thread] = true; lost = abandoned[thread]
    :: else
    fi
  }
  if
  :: gave ->
    segment = 2 * PLACE(lost);
    do
    :: segment < 2 * PLACE(lost) + 2 && segment < NONE ->
      claim(segment);
      if
      :: mine != NONE -> give_up(mine)
      :: else
      fi;
      segment++
    :: else -> break
    od;
    give_up(lost);
    d_step {
      segment = 0;
      mine = NONE;
      lost = NONE;
      gave = false;
      abandoned[thread] = NONE;
      is_locked[thread] = false
    }
  :: else
  fi
}

// await_others: until of `needed` at `place` one is done or can be claimed. It
// has been very long whenever nothing else happens.
inline await_others() {
  do
  :: free = ~claimed[place] & needed[place];
    if
    :: free || (done[place] & needed[place]) -> break
    :: else
    fi;
    // waits_on.
#if BUG == 4
    segment = 2 * place + (needed[place] & 1 -> 0 : 1);
    give_up(segment);
#endif
#if BUG != 1
    give_up_abandoned(1 - self);
#endif
    // Its own fault: a handler may never end, too, but here it jumps.
    if
    :: bad && PLACE(faulty) == place && (needed[place] & BIT(faulty)) ->
      free = 0;
      goto ends
    :: else
    fi
  od;
  free = 0
}

// copy_one, of which `mine` stays claimed if the handler jumps. One that repairs
// is done before anybody has waited for very long.
inline copy_one() {
  atomic {
    if
    :: place == 0 && (free & 1) -> claim(0)
    :: place == 0 && (free & 2) -> claim(1)
    :: place == 1 -> claim(2)
    fi;
    free = 0;
    if
    :: mine == faulty && bad ->
      if
      :: bad = false
      :: true -> abandoned[self] = mine; goto jumped
      :: true -> goto ends // In effect: the handler never does.
      fi
    :: else
    fi
  }
  if
  :: mine == NONE
  :: else ->
#if BUG == 3
    done[PLACE(mine)] = done[PLACE(mine)] | BIT(mine);
    copy(mine);
    mine = NONE
#else
    d_step {
      copy(mine)
    }
    d_step {
      finish(mine);
      mine = NONE
    }
#endif
  fi
}

// __copier_csync, of the second task or of everything.
proctype Csync(byte self; bool everything) {
  byte needed[2], place, segment, free, mine = NONE, lost = NONE;
  bool gave;
again:
  // copier_plan_sync, newest first.
  needed[1] = 1 & ~done[1];
#if BUG != 6
  if
  :: everything || needed[1] ->
#else
  if
  :: everything ->
#endif
    needed[0] = (everything -> 3 : 2) & ~done[0]
  :: else
  fi;
  if
  :: needed[0] || needed[1] ->
    // copier_complete.
#if BUG != 7
    // copier_section_begin, which waits for whoever has the lock.
    !is_locked[self];
    give_up_abandoned(self);
    !is_locked[self];
#endif
    do
    :: place < 2 ->
      // complete_task.
      needed[place] = needed[place] & ~done[place];
      if
      :: needed[place] ->
        free = needed[place] & ~claimed[place];
        if
        :: free && BUG != 2 -> copy_one()
        :: else -> await_others()
        fi
      :: else -> place++
      fi
    :: place == 2 -> break
    od
  :: else
  fi;
  assert(IS_DONE(2) && IS_DONE(1) && (!everything || IS_DONE(0)));
  goto ends;
jumped:
  place = 0;
  d_step {
    mine = NONE;
    needed[0] = 0;
    needed[1] = 0
  }
  if
  :: true -> goto again
  :: true -> goto ends
  :: bad = false -> goto again
  :: bad = false -> goto ends
  fi;
ends:
  atomic {
    place = 0;
    ended++
  }
}

init {
  atomic {
    select (faulty : 0 .. NONE);
    bad = (faulty != NONE);
    claimed[1] = 2;
    done[1] = 2;
    run Service();
    run Csync(0, false);
    run Csync(1, true)
  }
}

ltl ends { <> (ended == THREADS) }
