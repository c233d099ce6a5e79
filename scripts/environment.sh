# The Python environment of scripts/run and scripts/test, which source this file from the project's root.
# shellcheck shell=bash
#
#   prepare_environment [GROUP...]   when it returns, .venv holds what pyproject.toml asks for (the
#                                    dependencies and the named groups) in constraints.txt's versions
#
# All that these functions say goes to stderr.

readonly VENV=.venv
readonly VENV_PYTHON=$VENV/bin/python
# What .venv holds; while pip is at work, and after it was killed, that nobody knows.
readonly STATE=$VENV/spanlight-state
readonly PIP_LOG=$VENV/spanlight-pip.log
readonly NEEDED_DISK_KB=$((3 * 1024 * 1024)) # 1.8 GB stay, the rest is for pip while it unpacks
readonly NEEDED_PYTHON='import sys; sys.exit(sys.version_info < (3, 11))'

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "Error: $1"
  shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit 1
}

prepare_environment() {
  # pip answers Ctrl-C by failing, which must not be taken for a failure of its own.
  trap 'exit 130' INT
  lock_environment
  if ! environment_has "$@"; then
    [[ -w . ]] || fail "Cannot write to $PWD, where .venv has to be made."
    local started=$SECONDS
    make_venv
    install_packages "$@"
    say "The environment is ready ($((SECONDS - started)) s)."
  fi
  unlock_environment
  trap - INT
}

# Two commands started at once would install into each other's files. The lock is on the folder
# itself, so nothing is left behind; systems without flock go without.
lock_environment() {
  command -v flock >/dev/null || return 0
  exec 9<.
  if ! flock --nonblock 9; then
    say "Waiting for another command that is installing into .venv ..."
    flock 9
  fi
}

unlock_environment() { exec 9<&-; }

environment_has() {
  local version groups group
  [[ -x $VENV_PYTHON && -f $STATE ]] || return 1
  { IFS= read -r version && IFS= read -r groups; } <"$STATE" || return 1
  [[ $version == "$(environment_version)" ]] || return 1
  for group in "$@"; do
    [[ " $groups " == *" $group "* ]] || return 1
  done
}

# What an environment depends on beside the groups: it is out of date when any of these changes.
environment_version() {
  printf '%s, %s, %s\n' "$("$VENV_PYTHON" --version)" "$PWD" "$(cat pyproject.toml constraints.txt | cksum)"
}

# The first Python here that is new enough.
find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if "$candidate" -c "$NEEDED_PYTHON" 2>/dev/null; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  return 1
}

# Debian keeps venv's other half, ensurepip, in a package of its own.
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

make_venv() {
  if [[ -e $STATE && $(head -n 1 "$STATE") == unfinished ]]; then
    say "An earlier installation was interrupted: starting again."
  elif "$VENV_PYTHON" -c "import pip; $NEEDED_PYTHON" 2>/dev/null; then
    return
  fi
  local python free_kb
  python=$(find_python) || fail "Spanlight needs Python 3.11 or later, and found $(found_python)." \
    "Debian 12 and later have it; as root: apt-get update && apt-get install python3 python3-venv" \
    "A Python in another place: PYTHON=/path/to/python3 $0"
  has_venv "$python" || fail "$python cannot make virtual environments: its ensurepip module is missing." \
    "On Debian, as root: apt-get update && apt-get install ${python##*/}-venv"
  free_kb=$(df -Pk . | awk 'NR == 2 {print $4}')
  ((free_kb >= NEEDED_DISK_KB)) || fail "The packages need 3 GB of disk; $PWD has $((free_kb / 1024)) MB free." \
    "Make room, or move the project to a larger disk."
  say "Making .venv with $("$python" --version) ..."
  "$python" -m venv --clear "$VENV"
}

found_python() { "${PYTHON:-python3}" --version 2>/dev/null || printf 'no %s' "${PYTHON:-python3}"; }

install_packages() {
  local groups=("$@")
  printf 'unfinished\n' >"$STATE"
  : >"$PIP_LOG"
  say "Installing the packages of pyproject.toml${groups[*]:+ and the groups ${groups[*]}} (minutes the first time) ..."
  # An old pip, such as Debian's, knows no dependency groups.
  run_pip "$(grep '^pip==' constraints.txt)"
  run_pip --constraint constraints.txt --build-constraint constraints.txt \
    --editable . "${groups[@]/#/--group=}"
  printf '%s\n' "$(environment_version)" "${groups[*]}" >"$STATE"
}

run_pip() {
  "$VENV_PYTHON" -m pip install --disable-pip-version-check --no-input --progress-bar off "$@" 2>&1 |
    tee -a "$PIP_LOG" | show_progress || explain_pip_failure
}

# On a terminal, what pip is at, in one line that is written over; elsewhere nothing.
show_progress() {
  local line
  [[ -t 2 ]] || { cat >/dev/null; return; }
  while IFS= read -r line; do
    case $line in
      Collecting* | *Downloading* | Installing*) printf '\r\033[K  %.76s' "${line#"${line%%[![:space:]]*}"}" >&2 ;;
    esac
  done
  printf '\r\033[K' >&2
}

# What pip's output holds when the network, a proxy or a certificate is in the way.
readonly UNREACHABLE='ConnectionError|name resolution|unreachable|refused|timed out|proxy|SSL|certificate|versions: none'

explain_pip_failure() {
  rm "$STATE" # pip has tidied up after itself, so what is there can be built upon
  say "The last lines of pip's output (all of it: $PIP_LOG):"
  tail -n 25 "$PIP_LOG" >&2
  say ""
  if grep -qE 'No space left on device|Disk quota exceeded' "$PIP_LOG"; then
    fail "The disk is full." \
      "The packages need 2 GB in $PWD and, until they are installed, 1 GB" \
      "in ${TMPDIR:-/tmp} (TMPDIR names another folder)." \
      "A torch built for CUDA needs 6 GB more. To have the smaller one for CPUs, give pip the" \
      "address of PyTorch's CPU packages: PIP_EXTRA_INDEX_URL=ADDRESS $0"
  elif grep -qiE "$UNREACHABLE" "$PIP_LOG"; then
    fail "pip cannot reach its package index." \
      "Check the network. Behind a proxy, set HTTPS_PROXY; with a mirror of the index, PIP_INDEX_URL." \
      "Then run $0 again."
  fi
  fail "pip could not install the packages with $("$VENV_PYTHON" --version) on $(uname -sm)." \
    "Another Python may do better: rm -r .venv; PYTHON=python3.11 $0"
}

# For scripts/test: Debian's packages, installed where that needs no more than sudo.
install_debian_packages() {
  command -v apt-get >/dev/null || fail "Missing here: $*." "Install what your system calls by these Debian names."
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    fail "Missing here: $*." "As root: apt-get update && apt-get install $*"
  fi
  say "Installing with apt-get: $* ..."
  local as_root=()
  ((EUID == 0)) || as_root=(sudo)
  "${as_root[@]}" apt-get update --quiet >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --quiet --yes --no-install-recommends "$@" >&2
}
