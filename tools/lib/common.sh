# shellcheck shell=sh
# What tools/build, tools/check and tools/quickstart share: where things are,
# progress lines, logged commands and one-line errors. A script sources this
# file after setting `me` (its name in messages) and `root` (the checkout).

: "${me:?}" "${root:?}"
# shellcheck disable=SC2034 # used by the scripts
build_dir=$root/build/default
log_dir=$root/build/log
started=$(date +%s)

# say TEXT: a progress line with the seconds since the script's start.
say() {
  printf '[%3ds] %s\n' "$(($(date +%s) - started))" "$*"
}

# fail TEXT: the one line that says what is wrong; ends the script.
fail() {
  printf '%s: error: %s\n' "$me" "$*" >&2
  exit 1
}

# logged NAME COMMAND...: runs the command quietly, its output in
# build/log/NAME.log. On failure shows the end of that log and returns non-zero.
logged() {
  log=$log_dir/$1.log
  shift
  "$@" >"$log" 2>&1 </dev/null && return
  printf '%s\n' "--- the end of $log:" >&2
  tail -n 25 "$log" >&2
  printf '%s\n' "---" >&2
  return 1
}

# llvm_bin: the folder of LLVM's tools; needs the packages.
llvm_bin() {
  llvm-config-22 --bindir
}

# need_space DIRECTORY MEGABYTES: fails when its file system has less room.
# The directory itself need not exist yet.
need_space() {
  directory=$1
  while [ ! -d "$directory" ]; do directory=$(dirname "$directory"); done
  free=$(df -Pk "$directory" | awk 'NR == 2 { print int($4 / 1024) }')
  [ "$free" -ge "$2" ] ||
    fail "disk full: $directory has $free MB free, $2 MB are needed"
}

# make_log_dir: the first thing a script writes.
make_log_dir() {
  mkdir -p "$log_dir" 2>/dev/null ||
    fail "cannot create $log_dir: no permission, or the disk is full"
  [ -w "$log_dir" ] || fail "cannot write to $log_dir"
}
