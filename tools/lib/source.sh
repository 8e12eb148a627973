# shellcheck shell=sh
# Fetches Debian packages without touching the system's apt: with lists and
# settings of its own below a folder. Sourced after common.sh.

: "${root:?}" "${log_dir:?}"

# archive_entries TYPE: one line of TYPE, deb or deb-src, for every Debian archive
# that the system's own sources name, so that its mirror is used.
archive_entries() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    sed -n 's/^deb\(-src\)\{0,1\} \(\[[^]]*\] \)\{0,1\}\([^ ]*debian[^ ]*\) \([^ ]*\) .*/\3 \4/p' |
    sort -u | while read -r uri suite; do
    echo "$1 $uri $suite main"
  done
  cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk -v type="$1" '
    function flush(  i, j, n, m, u, s) {
      if (types ~ /deb/ && uris ~ /debian/) {
        n = split(uris, u, " "); m = split(suites, s, " ")
        for (i = 1; i <= n; ++i)
          for (j = 1; j <= m; ++j) print type " " u[i] " " s[j] " main"
      }
      types = uris = suites = ""
    }
    /^Types:/ { types = $0 } /^$/ { flush() } END { flush() }
    /^URIs:/ { sub(/^URIs: */, ""); uris = $0 }
    /^Suites:/ { sub(/^Suites: */, ""); suites = $0 }'
}

# own_apt DIRECTORY TOOL ARGUMENTS...: apt-get or apt-cache with the lists below
# DIRECTORY/apt. Run as root, it would download as a user who cannot write here.
own_apt() {
  lists=$1/apt
  tool=$2
  shift 2
  env LC_ALL=C "$tool" -qq -o APT::Sandbox::User=root \
    -o Dir::Etc::SourceList="$lists/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State="$lists" -o Dir::Cache="$lists/cache" -o Acquire::Retries=2 \
    -o Acquire::Languages=none "$@"
}

# fetch_lists DIRECTORY TYPE WHAT: makes DIRECTORY/apt know what the archives have
# of TYPE, to fetch WHAT, and DIRECTORY/unpack an empty folder.
fetch_lists() {
  rm -rf "$1/apt" "$1/unpack"
  mkdir -p "$1/apt/lists/partial" "$1/apt/cache/archives/partial" "$1/unpack" ||
    fail "cannot create $1"
  archive_entries "$2" >"$1/apt/sources.list"
  [ -s "$1/apt/sources.list" ] ||
    fail "apt's sources name no Debian archive to fetch $3 from"
  logged source-update own_apt "$1" apt-get update ||
    fail "no network: apt-get cannot reach the archives to fetch $3," \
      "see $log_dir/source-update.log"
}

# fetch_source PACKAGE DIRECTORY: unpacks the package's source into
# DIRECTORY/PACKAGE, unless it is there.
fetch_source() {
  package=$1
  directory=$2
  [ ! -d "$directory/$package" ] || return 0
  fetch_lists "$directory" deb-src "the source of $package"
  # A mirror may list an update that it does not have: the release's own does.
  (
    cd "$directory/unpack" || exit 1
    logged source own_apt "$directory" apt-get source "$package" 2>/dev/null ||
      logged source own_apt "$directory" apt-get source "$package/bookworm"
  ) || fail "cannot fetch the source of $package, see $log_dir/source.log"
  mv "$directory"/unpack/*/ "$directory/$package" ||
    fail "the source of $package has not the expected shape"
}

# fetch_packages DIRECTORY NAME...: unpacks the contents of binary packages into
# DIRECTORY/unpack, as dpkg would into /, but runs nothing of them. The lists of
# DIRECTORY must have been fetched.
fetch_packages() {
  directory=$1
  shift
  mkdir -p "$directory/debs" || fail "cannot create $directory/debs"
  (
    cd "$directory/debs" || exit 1
    rm -f ./*.deb
    logged packages own_apt "$directory" apt-get download "$@"
  ) || fail "cannot fetch $*, see $log_dir/packages.log"
  for deb in "$directory/debs"/*.deb; do
    dpkg-deb -x "$deb" "$directory/unpack" || fail "cannot unpack $deb"
  done
  rm -rf "$directory/debs"
}
