//===- stress.c - libcopier against a model, at random ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: stress [--seconds N] [--seed S] [--threads T] [--backends A,B,...]
//               [--round R] [--steps N] [--patience N] [--no-fork]
//
// Plays rounds until the time is over. A round is a process of its own: the
// seed and the number of the round say under which backend and environment, and
// what its threads do. The first round that fails, or takes longer than the
// patience, is reported with the command that repeats it; with several threads
// it may take the command a while to fail again, so --round repeats the round
// until the time is over.
//
//===----------------------------------------------------------------------===//

#include "player.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct options {
  double seconds;
  uint64_t seed;
  unsigned threads;
  char *backends;
  long round;     ///< -1: all.
  unsigned steps; ///< Of each thread in a round, at most.
  unsigned patience;
  bool forks;
};

static const char *const all_backends =
    "inline,thread,adversary:never,adversary:eager,thread,adversary:reverse,"
    "adversary:random:1";

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

//===----------------------------------------------------------------------===//
// One round
//===----------------------------------------------------------------------===//

/// Makes a descriptor for \p region, and binds it or not.
static void give_descr(struct region *region, struct random *random) {
  size_t segment = (size_t)64 << random_below(random, 11);
  region->descr = calloc(1, copier_descr_bytes(region->size, segment));
  region->is_bound = random_one_in(random, 2);
  if (copier_descr_init(region->descr, region->size, segment) != 0 ||
      (region->is_bound && shm_descr_bind(region->real, region->size,
                                          region->descr, segment) != 0)) {
    perror("stress: descriptor");
    exit(2);
  }
}

static void make_regions(struct game *game, struct player *players,
                         struct random *random) {
  unsigned count = game->players * OWNED + MARKET;
  struct region *regions = calloc(count, sizeof(*regions));
  bool with_descr = random_one_in(random, 2);
  for (unsigned i = 0; i != count; ++i) {
    region_make(&regions[i], i, game->region_size, random);
    if (with_descr && random_one_in(random, 3))
      give_descr(&regions[i], random);
    if (i < MARKET)
      game->market[i] = &regions[i];
    else
      players[(i - MARKET) / OWNED].owned[(i - MARKET) % OWNED] = &regions[i];
  }
}

/// The parameters that a program may set.
static void set_options(struct random *random) {
  set_copier_opt(COPIER_OPT_LAZY_PERIOD,
                 (unsigned long)random_below(random, 3) * 1000000);
  set_copier_opt(COPIER_OPT_COPY_SLICE, 4096ul << random_below(random, 9));
  set_copier_opt(COPIER_OPT_POLLING, random_one_in(random, 4)
                                         ? COPIER_POLLING_SCENARIO
                                         : COPIER_POLLING_NAPI);
  set_copier_opt(COPIER_OPT_MAX_THREADS, random_below(random, 4));
  set_copier_opt(COPIER_OPT_HIGH_LOAD, random_below(random, 101));
}

static void check_market(struct game *game, struct player *first) {
  for (unsigned i = 0; i != MARKET; ++i) {
    struct region *region = game->market[i];
    player_check(first, (struct part){region, 0, region->size},
                 "the last csync_all");
  }
}

static void play(struct game *game, struct player *players) {
  pthread_t threads[MAX_PLAYERS];
  for (unsigned i = 0; i != game->players; ++i)
    if (pthread_create(&threads[i], NULL, player_run, &players[i])) {
      perror("stress: pthread_create");
      exit(2);
    }
  for (unsigned i = 0; i != game->players; ++i)
    pthread_join(threads[i], NULL);
  setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
  csync_all();
  // The service may be about to hand over the last handlers.
  for (unsigned i = 0; i != game->players; ++i)
    for (int left = 5000; left && !player_has_all_handlers(&players[i]);
         --left) {
      usleep(1000);
      csync_all();
    }
  for (unsigned i = 0; i != game->players; ++i)
    player_check_end(&players[i]);
  check_market(game, &players[0]);
}

/// In the process of a round, of which the environment is set.
static int play_round(const struct options *options, long number) {
  static struct player players[MAX_PLAYERS];
  static struct game game;
  struct random random;
  random_seed(&random, options->seed, (uint64_t)number);
  game.seed = random_next(&random);
  game.players = options->threads;
  game.steps = options->steps;
  game.region_size = (size_t)4096 << random_below(&random, 11);
  // A round takes about a second at most.
  game.bytes = game.steps * ((size_t)64 << 10) / game.players;
  game.many_queues = random_one_in(&random, 2);
  game.forks = options->forks && random_one_in(&random, 2);
  game.signals = random_one_in(&random, 3);
  pthread_mutex_init(&game.market_lock, NULL);
  set_options(&random);
  make_regions(&game, players, &random);
  for (unsigned i = 0; i != game.players; ++i) {
    players[i].game = &game;
    players[i].number = i;
    random_seed(&players[i].random, game.seed, i);
  }
  if (game.signals) {
    signal(SIGALRM, SIG_IGN);
    struct itimerval every = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &every, NULL);
  }
  play(&game, players);
  return 0;
}

//===----------------------------------------------------------------------===//
// All rounds
//===----------------------------------------------------------------------===//

/// Sets the environment of round \p number, and says so in \p text.
static void set_environment(const struct options *options, long number,
                            char *text, size_t size) {
  struct random random;
  random_seed(&random, ~options->seed, (uint64_t)number);
  char *backends = strdup(options->backends);
  char *backend[16];
  size_t count = 0;
  for (char *at = strtok(backends, ","); at && count != 16;
       at = strtok(NULL, ","))
    backend[count++] = at;
  char segment[32], min_size[32];
  snprintf(segment, sizeof(segment), "%lu", 1ul << random_below(&random, 21));
  snprintf(min_size, sizeof(min_size), "%zu",
           random_one_in(&random, 2) ? 1 : random_size(&random, 100000));
  static const char *const policies[] = {"adaptive", "split", "offload",
                                         "offload"};
  const char *name = backend[(size_t)number % count];
  const char *policy = policies[random_below(&random, 4)];
  setenv("COPIER_BACKEND", name, 1);
  setenv("COPIER_SEGMENT", segment, 1);
  setenv("COPIER_MIN_SIZE", min_size, 1);
  setenv("COPIER_POLICY", policy, 1);
  snprintf(text, size,
           "COPIER_BACKEND=%s COPIER_SEGMENT=%s COPIER_MIN_SIZE=%s "
           "COPIER_POLICY=%s",
           name, segment, min_size, policy);
  free(backends);
}

/// Waits for the round's process; returns its status, or -1 if it hangs.
static int await_round(pid_t pid, unsigned patience) {
  double end = now() + patience;
  int status;
  for (;;) {
    pid_t done = waitpid(pid, &status, WNOHANG);
    if (done == pid)
      return status;
    if (now() > end)
      break;
    usleep(2000);
  }
  // For a core, or a debugger that waits for it.
  kill(pid, SIGABRT);
  usleep(500000);
  kill(-pid, SIGKILL);
  waitpid(pid, &status, 0);
  return -1;
}

/// Runs this program again, which reads its environment only at the start.
static int run_round(const struct options *options, char *self, long number,
                     char *environment, size_t size) {
  set_environment(options, number, environment, size);
  char seed[32], threads[32], round[32], steps[32];
  snprintf(seed, sizeof(seed), "%lu", options->seed);
  snprintf(threads, sizeof(threads), "%u", options->threads);
  snprintf(round, sizeof(round), "%ld", number);
  snprintf(steps, sizeof(steps), "%u", options->steps);
  // Its path: what is in /proc is something else under valgrind.
  char path[4096] = "";
  if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
    return -1;
  pid_t pid = fork();
  if (pid == 0) {
    // A group of its own, with those that it forks.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(path, self, "--seed", seed, "--threads", threads, "--steps", steps,
          "--play", round, options->forks ? NULL : "--no-fork", NULL);
    perror("stress: exec");
    _exit(2);
  }
  return pid < 0 ? -1 : await_round(pid, options->patience);
}

static int run_rounds(const struct options *options, char *self) {
  double end = now() + options->seconds;
  long number = options->round < 0 ? 0 : options->round;
  long played = 0;
  char environment[200];
  while (played == 0 || now() < end) {
    int status =
        run_round(options, self, number, environment, sizeof(environment));
    ++played;
    if (status != 0) {
      fprintf(
          stderr,
          "stress: round %ld %s (%s)\nrun it again: %s --seed %lu "
          "--threads %u --steps %u --backends %s --round %ld --seconds 60%s\n",
          number, status == -1 ? "hung" : "failed", environment, self,
          options->seed, options->threads, options->steps, options->backends,
          number, options->forks ? "" : " --no-fork");
      if (status > 0)
        fprintf(stderr, "stress: wait status %x\n", status);
      return 1;
    }
    number += options->round < 0;
  }
  printf("stress: %ld rounds as the model says (seed %lu)\n", played,
         options->seed);
  return 0;
}

static unsigned long number_of(const char *text) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 0);
  if (!*text || *end || errno) {
    fprintf(stderr, "stress: '%s' is not a number\n", text);
    exit(2);
  }
  return value;
}

int main(int argc, char **argv) {
  static const struct option known[] = {
      {"seconds", 1, NULL, 's'}, {"seed", 1, NULL, 'r'},
      {"threads", 1, NULL, 't'}, {"backends", 1, NULL, 'b'},
      {"round", 1, NULL, 'n'},   {"play", 1, NULL, 'p'},
      {"steps", 1, NULL, 'a'},   {"patience", 1, NULL, 'w'},
      {"no-fork", 0, NULL, 'f'}, {NULL, 0, NULL, 0}};
  struct options options = {.seconds = 10,
                            .seed = 1,
                            .threads = 3,
                            .backends = (char *)all_backends,
                            .round = -1,
                            .steps = 3000,
                            .patience = 60,
                            .forks = true};
  bool plays = false;
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    if (c == 's')
      options.seconds = (double)number_of(optarg);
    else if (c == 'r')
      options.seed = number_of(optarg);
    else if (c == 't')
      options.threads = (unsigned)number_of(optarg);
    else if (c == 'b')
      options.backends = optarg;
    else if (c == 'n' || c == 'p')
      plays |= c == 'p', options.round = (long)number_of(optarg);
    else if (c == 'a')
      options.steps = (unsigned)number_of(optarg);
    else if (c == 'w')
      options.patience = (unsigned)number_of(optarg);
    else if (c == 'f')
      options.forks = false;
    else
      return 2;
  }
  if (optind != argc || options.threads < 1 || options.threads > MAX_PLAYERS) {
    fprintf(stderr,
            "stress: --threads takes 1 to %d, and there are no other "
            "arguments\n",
            MAX_PLAYERS);
    return 2;
  }
  return plays ? play_round(&options, options.round)
               : run_rounds(&options, argv[0]);
}
