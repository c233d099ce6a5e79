# The Python environment of scripts/run and scripts/test, which source this file from the project's root.
# shellcheck shell=bash
#
#   prepare_environment [GROUP...]   when it returns, .venv holds what pyproject.toml asks for (the
#                                    dependencies and the named groups) in constraints.txt's versions,
#                                    from files with the hashes that stand there
#
# SPANLIGHT_TORCH_SHA256 is the hash of one more file that torch may be installed from.
#
# All that these functions say goes to stderr.

readonly VENV=.venv
readonly VENV_PYTHON=$VENV/bin/python
# What .venv holds; while pip is at work, and after it was killed, that nobody knows.
readonly STATE=$VENV/spanlight-state
readonly PIP_LOG=$VENV/spanlight-pip.log
# What pip is given: the pins, those that an environment begins with, and what the program needs.
readonly PINS=$VENV/spanlight-pins.txt
readonly FIRST_PINS=$VENV/spanlight-first-pins.txt
readonly DEPENDENCIES=$VENV/spanlight-dependencies.txt
readonly TORCH=$VENV/spanlight-torch
readonly PRINT_DEPENDENCIES='import sys, tomllib
print(*tomllib.load(sys.stdin.buffer)["project"]["dependencies"], sep="\n")'
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
  [[ ${SPANLIGHT_TORCH_SHA256-} =~ ^([0-9a-f]{64})?$ ]] ||
    fail "SPANLIGHT_TORCH_SHA256 is not a SHA-256 hash: $SPANLIGHT_TORCH_SHA256" "That is 64 digits 0-9 and a-f."
  printf 'unfinished\n' >"$STATE"
  : >"$PIP_LOG"
  say "Installing the packages of pyproject.toml${groups[*]:+ and the groups ${groups[*]}} (minutes the first time) ..."
  write_requirements
  # An old pip, such as Debian's, knows no hashes of constraints and no dependency groups.
  run_pip install "${CHECKED[@]}" --requirement "$FIRST_PINS"
  install_torch
  run_pip install "${CHECKED[@]}" --constraint "$PINS" --requirement "$DEPENDENCIES" "${groups[@]/#/--group=}"
  # A folder, as this project is, has no hash: it comes last, when nothing is left to be fetched.
  run_pip install --no-index --no-deps --no-build-isolation --editable .
  printf '%s\n' "$(environment_version)" "${groups[*]}" >"$STATE"
}

# Nothing is installed whose hash is not known, and nothing is built, which would fetch more.
readonly CHECKED=(--require-hashes --only-binary ':all:')

write_requirements() {
  local own=${SPANLIGHT_TORCH_SHA256-}
  sed "${own:+/^torch==/a\\    --hash=sha256:$own \\\\}" constraints.txt >"$PINS"
  pins_of 'pip|setuptools' >"$FIRST_PINS"
  "$VENV_PYTHON" -c "$PRINT_DEPENDENCIES" <pyproject.toml >"$DEPENDENCIES"
}

# A pin goes on to the first line that does not end in a backslash.
pins_of() { awk -v names="^($1)==" '$0 ~ names {on = 1} on {print} !/\\$/ {on = 0}' "$PINS"; }

# torch comes in several builds. pip would pass over the one that its configuration offers for one
# whose hash it knows beforehand, with 6 GB of CUDA libraries: so it is fetched first, then checked.
install_torch() {
  local pin version
  pin=$(pins_of torch)
  version=${pin#torch==} version=${version%% *}
  [[ $("$VENV_PYTHON" -m pip list --format=freeze) != *"torch==$version"* ]] || return 0
  rm -rf "$TORCH"
  run_pip download --no-deps --only-binary ':all:' --dest "$TORCH" "torch==$version"
  printf '%s\n' "${pin/#torch==$version/$(echo ./"$TORCH"/*.whl)}" >"$TORCH/pin.txt"
  run_pip install "${CHECKED[@]}" --no-deps --requirement "$TORCH/pin.txt"
  rm -r "$TORCH"
}

run_pip() {
  "$VENV_PYTHON" -m pip "$1" --disable-pip-version-check --no-input --progress-bar off "${@:2}" 2>&1 |
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
readonly OTHER_HASH='DO NOT MATCH THE HASHES'

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
  elif grep -q "$OTHER_HASH" "$PIP_LOG"; then
    fail "A file is not the one that constraints.txt names by its hash: nothing of it was installed." \
      "Behind a mirror or a proxy that alters files, use the package index itself. If it is torch, in a" \
      "build that you chose yourself (PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS), compare the hash that pip" \
      "got with the one that its publisher names, and then: SPANLIGHT_TORCH_SHA256=HASH $0"
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
