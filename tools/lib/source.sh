# shellcheck shell=sh
# Fetches a Debian source package without touching the system's apt: with lists
# and settings of its own below a folder. Sourced after common.sh.

: "${root:?}" "${log_dir:?}"

# source_entries: one `deb-src` line for every Debian archive that the system's
# own sources name, so that its mirror is used.
source_entries() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    sed -n 's/^deb\(-src\)\{0,1\} \(\[[^]]*\] \)\{0,1\}\([^ ]*debian[^ ]*\) \([^ ]*\) .*/\3 \4/p' |
    sort -u | while read -r uri suite; do
    echo "deb-src $uri $suite main"
  done
  cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '
    function flush(  i, j, n, m, u, s) {
      if (types ~ /deb/ && uris ~ /debian/) {
        n = split(uris, u, " "); m = split(suites, s, " ")
        for (i = 1; i <= n; ++i)
          for (j = 1; j <= m; ++j) print "deb-src " u[i] " " s[j] " main"
      }
      types = uris = suites = ""
    }
    /^Types:/ { types = $0 } /^$/ { flush() } END { flush() }
    /^URIs:/ { sub(/^URIs: */, ""); uris = $0 }
    /^Suites:/ { sub(/^Suites: */, ""); suites = $0 }'
}

# fetch_source PACKAGE DIRECTORY: unpacks the package's source into
# DIRECTORY/PACKAGE, unless it is there.
fetch_source() {
  package=$1
  directory=$2
  [ ! -d "$directory/$package" ] || return 0
  rm -rf "$directory/apt" "$directory/unpack"
  mkdir -p "$directory/apt/lists/partial" "$directory/apt/cache/archives/partial" \
    "$directory/unpack" || fail "cannot create $directory"
  source_entries >"$directory/apt/sources.list"
  [ -s "$directory/apt/sources.list" ] ||
    fail "apt's sources name no Debian archive to fetch $package from"
  # Run as root, apt would download as a user who cannot write here.
  set -- -qq -o APT::Sandbox::User=root \
    -o Dir::Etc::SourceList="$directory/apt/sources.list" \
    -o Dir::Etc::SourceParts=/dev/null -o Dir::State="$directory/apt" \
    -o Dir::Cache="$directory/apt/cache" -o Acquire::Retries=2 \
    -o Acquire::Languages=none
  logged source-update env LC_ALL=C apt-get "$@" update ||
    fail "no network: apt-get cannot reach the source archives," \
      "see $log_dir/source-update.log"
  # A mirror may list an update that it does not have: the release's own does.
  (
    cd "$directory/unpack" || exit 1
    logged source env LC_ALL=C apt-get "$@" source "$package" 2>/dev/null ||
      logged source env LC_ALL=C apt-get "$@" source "$package/bookworm"
  ) || fail "cannot fetch the source of $package, see $log_dir/source.log"
  mv "$directory"/unpack/*/ "$directory/$package" ||
    fail "the source of $package has not the expected shape"
}
