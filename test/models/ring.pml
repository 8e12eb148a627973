//===- ring.pml - Spin model of the Copy Queue (core/queue.c) -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Clients push tasks and acknowledge them; workers read, claim, copy, finish
// and retire them. One claim may be abandoned: another worker gives the segment
// up, and the holder comes late to finish or unclaim it. The counts are small:
// SLOTS for 256; tickets go round the slots at least twice.
//
// What is checked, by assertions where the step is taken: a slot is not reused
// while a worker holds a claim on it; a late claim, finish or unclaim changes
// nothing; a segment is copied once; the pending count is 0 only when all is
// done, and is 0 at the end; a reader never gets the fields of another task;
// and (as there is no invalid end state) all tasks get done.
//
// Each step is one atomic access of the code. A compare-and-exchange loop that
// checks what it has read is one step, since it only succeeds if nothing has
// changed; all of these are. That steps interleave, and no more, is right
// because what one side publishes by release the other reads by acquire:
// `published` (publish, copier_queue_read), `done` (finish, unfinished), `tail`
// (retire), and `word`, from acknowledge to take_tickets and csync. The relaxed
// accesses are to the fields, fenced on both sides; to `claimed`, whose value
// alone decides, by read-modify-write; and to `near`, of which only the
// distance matters. One thing is more than C11 promises: two workers that finish
// neighbouring tickets each see the other's `done` when they retire, because on
// x86 a read-modify-write is a fence. Elsewhere the tasks would be retired by
// the next acknowledge, which retires as well.
//
// verify "two workers, of which one may be late": -DCLIENTS=1 -DTASKS=5
// verify "two clients and two workers": -DCLIENTS=2 -DTASKS=3 -DLATE=0
// verify "two clients, three rounds": -DCLIENTS=2 -DTASKS=6 -DWORKERS=1 -DLATE=0
// verify "two segments": -DCLIENTS=1 -DTASKS=3 -DSEGMENTS=2 -DLATE=0
// bug 1 "finish does not look at the round": -DCLIENTS=1 -DTASKS=4
// bug 2 "unclaim does not look at the round": -DCLIENTS=1 -DTASKS=4
// bug 3 "retire does not look at the round": -DCLIENTS=1 -DTASKS=4
// bug 4 "acknowledge takes off what it has counted, without comparing": -DCLIENTS=2 -DTASKS=3 -DWORKERS=1
// bug 5 "acknowledge counts what is submitted, not what is retired": -DCLIENTS=1 -DTASKS=4
// bug 6 "publish does not take back the valid mark first": -DCLIENTS=1 -DTASKS=4
// bug 7 "has_room is off by one": -DCLIENTS=1 -DTASKS=4
// bug 8 "claim does not look whether it was given up": -DCLIENTS=1 -DTASKS=4
//
//===----------------------------------------------------------------------===//

#ifndef BUG
#define BUG 0
#endif
#ifndef SEGMENTS
#define SEGMENTS 1
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef LATE
#define LATE 1
#endif

#define SLOTS 2
#define ALL ((1 << SEGMENTS) - 1)
#define SLOT(ticket) slots[(ticket) % SLOTS]
#define ROUND(ticket) ((ticket) / SLOTS)

// struct copier_slot. `fields` is the ticket whose task dst, src and so on are.
// The upper half of `claimed` and `done` is their round.
typedef slot {
  byte published;
  byte fields;
  byte claimed_round;
  byte claimed;
  byte done_round;
  byte done;
};

// struct copier_queue; `next` and `pending` are its word.
slot slots[SLOTS];
byte next, pending;
byte near, tail;

// What the code does not know, for the assertions: by ticket, which segments
// are held with effect, copied, or lost by a holder that has gone.
byte held[TASKS], copied[TASKS], lost[TASKS];
bool abandoned;

#define PUBLISHED(ticket) (ticket < TASKS && SLOT(ticket).published == ticket + 1)
#define IS_DONE(ticket)                                                        \
  (SLOT(ticket).done_round == ROUND(ticket) && SLOT(ticket).done == ALL)
#define IS_UNFINISHED(ticket, mask)                                             \
  (SLOT(ticket).done_round == ROUND(ticket) && !(SLOT(ticket).done & mask))

#if BUG == 7
#define LIMIT (SLOTS + 1)
#else
#define LIMIT SLOTS
#endif

// retire, with is_over; `seen` is the tail as the caller knows it. The valid
// mark needs no step of its own: a slot whose `done` is of the ticket's round
// has been published, and is not refilled.
inline retire() {
  seen = tail;
  do
#if BUG == 3
  :: seen < TASKS && SLOT(seen).done == ALL ->
#else
  :: seen < TASKS && IS_DONE(seen) ->
#endif
    d_step {
      if
      :: tail == seen ->
        assert(IS_DONE(seen) && SLOT(seen).published == seen + 1);
        tail++
      :: else
      fi;
      seen = tail
    }
  :: else -> break
  od;
  seen = 0
}

// copier_queue_acknowledge. What is not complete is from the tail that it has
// read to the next ticket.
inline acknowledge() {
  retire();
  seen = tail;
  if
  :: pending > next - seen ->
#if BUG == 4
    head = pending - (next - seen);
#endif
    // approach.
    near = (near < seen -> seen : near);
    d_step {
#if BUG == 4
      pending = pending - head;
#elif BUG == 5
      pending = 0;
#else
      if
      :: pending > next - seen -> pending = next - seen
      :: else
      fi;
#endif
      // Never early: what is not done still counts.
      assert(pending >= next - tail && pending <= LIMIT)
    }
  :: else
  fi;
  seen = 0
}

inline take_word() {
  d_step {
    if
    :: pending < LIMIT && next < TASKS ->
      head = next;
      next++;
      pending++;
      room = true
    :: else -> room = false
    fi
  }
}

// take_tickets; on return `head` is the ticket if `room`.
inline take_ticket() {
  take_word();
  if
  :: !room -> acknowledge(); take_word()
  :: else
  fi;
  // head_in.
  assert(!room || head <= near + 2 * SLOTS)
}

// publish. `claimed` and `done` are one step: each has its own round, and nobody
// has the new ticket yet.
inline publish() {
  d_step {
    // Whoever had claimed something here has finished it, or comes late.
    assert(head < SLOTS || (held[head - SLOTS] & ~lost[head - SLOTS]) == 0);
    assert(head < SLOTS || (copied[head - SLOTS] | lost[head - SLOTS]) == ALL);
#if BUG != 6
    SLOT(head).published = 0
#endif
  }
  SLOT(head).fields = head;
  d_step {
    SLOT(head).claimed_round = ROUND(head);
    SLOT(head).claimed = 0;
    SLOT(head).done_round = ROUND(head);
    SLOT(head).done = 0
  }
  SLOT(head).published = head + 1
}

// Whoever reads that nothing is pending needs no csync: all is done.
inline read_pending() {
  d_step {
    if
    :: pending == 0 -> assert(tail == next)
    :: else
    fi
  }
}

proctype Client() {
  byte head, seen;
  bool room;
  do
  :: next < TASKS ->
    take_ticket();
    if
    :: room ->
      publish();
      d_step {
        head = 0;
        room = false
      }
      read_pending()
    :: else // The copy is made at once, and another is submitted.
    fi
  :: next == TASKS -> break
  od;
  // csync_all, in the end.
  do
  :: pending == 0 -> read_pending(); break
  :: pending != 0 -> acknowledge()
  od
}

// copier_queue_finish, and the end of the hold.
inline finish() {
  d_step {
#if BUG == 1
    first = !(SLOT(t).done & mask);
#else
    first = IS_UNFINISHED(t, mask);
#endif
    if
    :: first ->
      assert(SLOT(t).published == t + 1);
      assert((copied[t] | lost[t]) & mask);
      SLOT(t).done = SLOT(t).done | mask
    :: else
    fi;
    held[t] = held[t] & ~mask;
    t = 0;
    mask = 0
  }
  if
  :: first -> first = false; retire()
  :: else
  fi
}

// copier_queue_unclaim, likewise.
inline unclaim() {
  d_step {
    if
#if BUG != 2
    :: SLOT(t).claimed_round != ROUND(t)
#endif
    :: else -> SLOT(t).claimed = SLOT(t).claimed & ~mask
    fi;
    held[t] = held[t] & ~mask;
    t = 0;
    mask = 0;
    first = false
  }
}

// copier_queue_claim, whose last look is whether somebody has given it up. What
// is lost has bad memory: it may be claimed again, but it cannot be copied.
inline claim() {
  d_step {
    first = (SLOT(t).claimed_round == ROUND(t) && !(SLOT(t).claimed & mask));
    if
    :: first -> SLOT(t).claimed = SLOT(t).claimed | mask
    :: else
    fi
  }
  d_step {
#if BUG != 8
    first = first && IS_UNFINISHED(t, mask);
#endif
    if
    :: first ->
      assert(t >= tail && !(copied[t] & mask));
      assert(lost[t] & mask || !(held[t] & mask));
      held[t] = held[t] | mask
    :: else
    fi
  }
}

// A worker takes any ticket in sight; one of them does all that workers do.
proctype Worker(bool only_copies) {
  byte t, mask, seen;
  bool first;
end:
  do
  :: atomic { // copier_queue_read, its first look.
       if
       :: PUBLISHED(0) -> t = 0
       :: PUBLISHED(1) -> t = 1
       :: PUBLISHED(2) -> t = 2
       :: PUBLISHED(3) -> t = 3
       :: PUBLISHED(4) -> t = 4
       :: PUBLISHED(5) -> t = 5
       fi;
     }
     seen = SLOT(t).fields;
     atomic { // And its last.
       if
       :: SLOT(t).published == t + 1 ->
         assert(seen == t);
         select (mask : 1 .. SEGMENTS)
       :: else
       fi;
       seen = 0
     }
     atomic { // copier_queue_unfinished.
       if
       :: mask != 0 && IS_UNFINISHED(t, mask)
       :: else -> t = 0; mask = 0; goto end
       fi
     }
     claim();
     if
     :: first && !(lost[t] & mask) ->
       if
       :: true -> copied[t] = copied[t] | mask; finish()
       :: !only_copies -> unclaim() // It was a lender.
       :: !only_copies && !abandoned ->
         d_step {
           abandoned = true;
           lost[t] = lost[t] | mask
         }
         // Late: copier_give_up_abandoned, of a lender or not.
         if
         :: true -> finish()
         :: true -> unclaim()
         fi
       fi
     // give_up_bad, or a copy that faults again.
     :: lost[t] & mask -> finish()
     :: else -> t = 0; mask = 0
     fi
  od
}

init {
  atomic {
    byte n;
    for (n : 1 .. CLIENTS) { run Client() }
    for (n : 1 .. WORKERS) { run Worker(n > LATE) }
    n = 0
  }
}
