# shellcheck shell=sh
# Installs the packages of tools/packages.txt that are missing, with apt, and
# says in one line why it cannot. Sourced by tools/build after common.sh.

: "${root:?}" "${log_dir:?}"

# Measured on a minimal Debian 12: 1.9 GB in /usr and 330 MB of downloads.
installed_mb=2200
download_mb=400

# missing_packages WORD...: those of the list that dpkg does not have installed,
# if the first that is said to need them is one of these.
missing_packages() {
  sed -e '/^#/d' "$root/tools/packages.txt" |
    while read -r package user _; do
      case " $* " in *" ${user%[:,]} "*) ;; *) continue ;; esac
      # shellcheck disable=SC2016 # a format of dpkg-query, not of the shell
      dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
        grep -qx installed || echo "$package"
    done
}

check_distribution() {
  [ "$(uname -m)" = x86_64 ] ||
    fail "wrong architecture: Copier needs x86_64, this is $(uname -m)"
  [ -z "${COPIER_ANY_DISTRO:-}" ] || return 0
  # shellcheck source=/dev/null
  distribution=$(. /etc/os-release 2>/dev/null && echo "${ID:-?} ${VERSION_ID:-?}")
  [ "$distribution" = "debian 12" ] ||
    fail "wrong distribution: Debian 12 is needed, this is" \
      "${distribution:-unknown} (COPIER_ANY_DISTRO=1 tries anyway)"
}

# choose_sudo: sets `sudo` to what runs a command as root.
choose_sudo() {
  sudo=
  [ "$(id -u)" = 0 ] && return
  command -v sudo >/dev/null ||
    fail "not root and no sudo: as root, run apt-get install" "$@"
  sudo=sudo
  if [ -t 0 ]; then
    sudo true || fail "not root, and sudo refused"
  else
    sudo -n true 2>/dev/null ||
      fail "not root: sudo wants a password, and there is no terminal to ask on"
  fi
}

# apt_said REGEX: whether a line of apt's output matches.
apt_said() {
  cat "$log_dir/apt-update.log" "$log_dir/apt-install.log" | grep -qE "$1"
}

# explain_apt_failure: one line for what the logs of apt tell.
explain_apt_failure() {
  log=$log_dir/apt-install.log
  absent=$(sed -n -e 's/^E: Unable to locate package //p' \
    -e "s/^E: Package '\(.*\)' has no installation candidate/\1/p" "$log" | head -n 1)
  if apt_said '[Nn]o space left|enough free space'; then
    fail "disk full: no room for the packages, see $log"
  elif apt_said 'Could not get lock|Unable to acquire the dpkg'; then
    fail "another apt or dpkg is running: try again when it has finished"
  elif apt_said '^Err:|^[EW]: .*(Failed to fetch|Could not resolve|Unable to connect)'; then
    fail "no network: apt-get cannot reach its package sources," \
      "see $log_dir/apt-update.log"
  elif [ -n "$absent" ]; then
    fail "package $absent is in none of apt's sources: Debian 12 has it in" \
      "main of bookworm or bookworm-security"
  fi
  fail "apt-get install failed, see $log"
}

# install_packages WORD...: installs what is missing for these, or fails.
install_packages() {
  check_distribution
  { command -v dpkg-query && command -v apt-get; } >/dev/null ||
    fail "no apt: the packages come from apt-get, which is not here"
  packages=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$packages" ] || return 0

  choose_sudo "$packages"
  need_space /usr "$installed_mb"
  need_space /var/cache/apt/archives "$download_mb"
  # shellcheck disable=SC2086 # the list is words
  say "installing $(echo $packages | wc -w) packages: $packages"
  apt="$sudo env DEBIAN_FRONTEND=noninteractive LC_ALL=C
       apt-get -q -o DPkg::Lock::Timeout=60 -o Acquire::Retries=2"
  # A source that fails need not be one of ours, so the install decides.
  # shellcheck disable=SC2086
  $apt update >"$log_dir/apt-update.log" 2>&1 </dev/null || true
  # shellcheck disable=SC2086
  $apt install -y --no-install-recommends $packages \
    >"$log_dir/apt-install.log" 2>&1 </dev/null || explain_apt_failure
}
