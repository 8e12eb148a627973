//===- window.pml - Spin model of csync's look at the thread's window ---===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two threads submit copies of items to the default queue, csync items and hand
// them over (note_submission and refresh_window in process/clients.c,
// copier_is_elsewhere in copier/entry_points.h). An item belongs to one thread
// at a time, as in a program without races; a hand-over comes after amemcpy has
// returned. A signal handler may csync in the middle. The service completes
// copies in order, whenever it likes. A window is the set of items that it
// covers.
//
// With -DWRAPS, tickets are told modulo 2 instead of 2^32; then a submission,
// and its stores, come to an end before another thread's next one: with 2^32 of
// those in the middle of it, it might indeed be taken for the latest.
//
// Checked: a csync that skips leaves no copy of the item undone, of those that
// had been submitted when the item's owner called it.
//
// Each step is one atomic access of `word`, `last` or a slot; the window is the
// thread's own. The memory model is x86-TSO, since a thread stores `published`
// and `last` and loads what another one has stored there: both go to the
// thread's store buffer, in that order, from which the thread itself sees them,
// and to memory later, or with the thread's next exchange of `word`, or before
// a hand-over, which is a later store.
//
// verify "two threads": -DPUSHES=3
// verify "tickets come round": -DPUSHES=3 -DWRAPS
// bug 1 "csync does not compare tickets": -DPUSHES=3
// bug 2 "nobody looks at who was last": -DPUSHES=3 -DWRAPS
// bug 3 "a window that has been interrupted is kept": -DPUSHES=3
// bug 4 "alone is judged before the ticket is taken": -DPUSHES=3
// bug 5 "the ticket is noted before the window, and a signal comes": -DPUSHES=3
// bug 6 "a window is narrowed over what is not published": -DPUSHES=3
// bug 7 "a window counts while it is narrowed, and a signal comes": -DPUSHES=3
//
//===----------------------------------------------------------------------===//

#ifndef BUG
#define BUG 0
#endif

#define ITEMS 2
#define EVERYTHING 3
#define LIMIT 3 // Slots.
#define NOBODY 2

byte next, pending; // __copier_pending.word.
byte last = NOBODY; // __copier_pending.last.
byte published, done; // Sets of tickets.
// The store buffers, by thread: a ticket + 1, and whether `last` is stored.
byte buffered[2];
bool buffers_last[2];
byte item_1; // The set of those that copy item 1; the others copy item 0.
byte noted[2];     // __copier_window.ticket, by thread.
bool is_noting[2]; // In the middle of a submission, by thread.
byte owner[ITEMS];
byte submitted[ITEMS]; // The set of the item's tickets.

#define LAST(thread) (buffers_last[thread] -> thread : last)
#define BUFFERED(thread) ((1 << buffered[thread]) >> 1)

inline drain(thread) {
  d_step {
    published = published | BUFFERED(thread);
    buffered[thread] = 0;
    last = LAST(thread);
    buffers_last[thread] = false
  }
}

#ifdef WRAPS
#define TICKETS 2
#define CAN_PUSH                                                               \
  (next < PUSHES && pending < LIMIT && !is_noting[1 - me] &&                   \
   !buffers_last[1 - me])
#else
#define TICKETS 8
#define CAN_PUSH (next < PUSHES && pending < LIMIT)
#endif

#define IS_COMPLETE(item) ((submitted[item] & ~done) == 0)

// The tail: the first ticket that is not done. (PUSHES is 4 at most.)
#define TAIL                                                                   \
  ((done & 15) == 15 -> 4                                                      \
                      : ((done & 7) == 7                                       \
                             -> 3                                              \
                             : ((done & 3) == 3 -> 2 : (done & 1))))

// copier_queue_acknowledge.
#define ACKNOWLEDGE pending = (next - TAIL)

#if BUG == 1
#define COUNTS (LAST(me) == me)
#elif BUG == 2
#define COUNTS (ticket == noted[me])
#else
#define COUNTS (ticket == noted[me] && LAST(me) == me)
#endif

// csync of `item` with copier_is_elsewhere, and what is done if it `calls`.
inline csync(item) {
  d_step {
    ticket = next % TICKETS;
    calls = (pending != 0);
    if
    :: !calls -> assert(IS_COMPLETE(item)); ticket = 0
    :: else
    fi
  }
  if
  :: calls ->
    d_step {
      calls = !(COUNTS && !(window & (1 << item)));
      if
      :: !calls -> assert(IS_COMPLETE(item))
      :: else ->
        // __copier_csync.
        done = done | submitted[item];
        ACKNOWLEDGE
      fi;
      ticket = 0
    }
  :: else
  fi
}

// A handler of a signal; refresh_window finds that the window does not count.
inline signal() {
  if
  :: owner[0] == me -> csync(0); calls = false
  :: owner[1] == me -> csync(1); calls = false
  :: true
  fi
}

// `first` is the ticket, and `alone` the old one's.
inline refresh_window() {
  d_step {
    alone = (pending != 0 && noted[me] == next % TICKETS);
    first = next
  }
  if
  :: alone && LAST(me) == me ->
    d_step {
      // copier_queue_published, up to the ticket.
      alone = (next == first);
#if BUG != 6
      ticket = TAIL;
      do
      :: ticket < first ->
        alone = alone && ((published | BUFFERED(me)) >> ticket) & 1;
        ticket++
      :: else -> break
      od;
      ticket = 0;
#endif
    }
    if
    :: alone ->
#if BUG != 7
      noted[me] = (first + TICKETS - 1) % TICKETS;
#endif
      window = 0;
      signal();
      d_step {
        ticket = 0;
        do
        :: ticket < first ->
          if
          :: (((published | BUFFERED(me)) & ~done) >> ticket) & 1 ->
            window = window | (((item_1 >> ticket) & 1) + 1)
          :: else
          fi;
          ticket++
        :: else -> break
        od;
        ticket = 0;
        noted[me] = first % TICKETS
      }
    :: else
    fi
  :: else
  fi;
  first = 0;
  alone = false
}

// copier_client_push, with note_submission.
inline push(item) {
#if BUG == 4
  alone = (pending == 0);
#endif
  d_step {
    // take_tickets, a locked instruction.
    published = published | BUFFERED(me);
    buffered[me] = 0;
    last = LAST(me);
    buffers_last[me] = false;
    if
    :: next < PUSHES && pending == LIMIT -> ACKNOWLEDGE
    :: else
    fi;
    if
    :: CAN_PUSH ->
      first = next;
      is_noting[me] = true;
#if BUG != 4
      alone = (pending == 0);
#endif
      next++;
      pending++
    :: else -> first = PUSHES
    fi
  }
  if
  :: first < PUSHES ->
    d_step {
      item_1 = item_1 | (item << first);
      buffered[me] = first + 1
    }
#if BUG == 2
    follows = (noted[me] == first % TICKETS);
#else
    follows = (noted[me] == first % TICKETS && LAST(me) == me);
#endif
#if BUG == 5
    noted[me] = (first + 1) % TICKETS;
    buffers_last[me] = true;
    signal();
#endif
    d_step {
      if
      :: alone -> window = 0
#if BUG != 3
      :: !alone && !follows -> window = EVERYTHING
#endif
      :: else
      fi;
      window = window | (1 << item);
      alone = false
    }
    if
    :: !follows -> buffers_last[me] = true
    :: else
    fi;
    signal();
    d_step {
      noted[me] = (first + 1) % TICKETS;
      submitted[item] = submitted[item] | (1 << first);
      is_noting[me] = false
    }
  :: else
  fi;
  d_step {
    first = 0;
    alone = false;
    follows = false
  }
}

// What a thread does with an item that it owns.
inline use(item) {
  if
  :: true -> push(item)
  :: true -> csync(item)
    if
    :: calls -> calls = false; refresh_window()
    :: else
    fi
  :: true -> drain(me); owner[item] = 1 - me
  fi
}

proctype Thread(byte me) {
  byte window, first, ticket;
  bool alone, follows, calls;
end:
  do
  :: owner[0] == me -> use(0)
  :: owner[1] == me -> use(1)
  od
}

// The service, which takes the oldest ticket; and the store buffers.
proctype Others() {
end:
  do
  :: published & ~done -> done = done | ((published & ~done) & -(published & ~done))
  :: d_step {
       buffered[0] -> published = published | BUFFERED(0);
       buffered[0] = 0
     }
  :: d_step {
       buffered[1] -> published = published | BUFFERED(1);
       buffered[1] = 0
     }
  :: d_step {
       buffers_last[0] && !buffered[0] -> last = 0;
       buffers_last[0] = false
     }
  :: d_step {
       buffers_last[1] && !buffered[1] -> last = 1;
       buffers_last[1] = false
     }
  od
}

init {
  atomic {
    owner[1] = 1;
    run Thread(0);
    run Thread(1);
    run Others()
  }
}
