# The Python environment of scripts/run and scripts/test, which source this file from the project's root.
# shellcheck shell=bash
#
#   prepare_environment [GROUP...]   installs into .venv the dependencies in pyproject.toml and the
#                                    named groups, in the versions of constraints.txt, and only from
#                                    files with the hashes listed there
#
# SPANLIGHT_TORCH_SHA256 is the hash of one more file that torch may be installed from.
#
# These functions write all messages to stderr.

readonly VENV=.venv
readonly VENV_PYTHON=$VENV/bin/python
# What is installed in .venv, or "unfinished" while pip is working or after it was killed.
readonly STATE=$VENV/spanlight-state
readonly PIP_LOG=$VENV/spanlight-pip.log
# Requirements for pip: all pins, those to install first, and the dependencies of the program.
readonly PINS=$VENV/spanlight-pins.txt
readonly FIRST_PINS=$VENV/spanlight-first-pins.txt
readonly DEPENDENCIES=$VENV/spanlight-dependencies.txt
readonly TORCH=$VENV/spanlight-torch
readonly PRINT_DEPENDENCIES='import sys, tomllib
print(*tomllib.load(sys.stdin.buffer)["project"]["dependencies"], sep="\n")'
readonly NEEDED_DISK_KB=$((3 * 1024 * 1024)) # 1.8 GB in the end, and more while pip unpacks
readonly NEEDED_PYTHON='import sys; sys.exit(sys.version_info < (3, 11))'

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "Error: $1"
  shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit 1
}

prepare_environment() {
  # Ctrl-C makes pip fail, which must not be reported as a failure of the installation.
  trap 'exit 130' INT
  lock_environment
  if ! environment_has "$@"; then
    [[ -w . ]] || fail "Cannot write to $PWD, where .venv must be created."
    local started=$SECONDS
    make_venv
    install_packages "$@"
    say "The environment is ready ($((SECONDS - started)) s)."
  fi
  unlock_environment
  trap - INT
}

# Two commands at once would overwrite each other's files. The lock is on the folder itself, so it
# leaves no file behind. Systems without flock have no lock.
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

# What an environment depends on besides the groups; it is out of date when any of this changes.
environment_version() {
  printf '%s, %s, %s\n' "$("$VENV_PYTHON" --version)" "$PWD" "$(cat pyproject.toml constraints.txt | cksum)"
}

# The first installed Python that is new enough.
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

# Debian ships ensurepip, which venv needs, in a separate package.
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

make_venv() {
  if [[ -e $STATE && $(head -n 1 "$STATE") == unfinished ]]; then
    say "An earlier installation was interrupted; starting again."
  elif "$VENV_PYTHON" -c "import pip; $NEEDED_PYTHON" 2>/dev/null; then
    return
  fi
  local python free_kb
  python=$(find_python) || fail "Spanlight needs Python 3.11 or later, but found $(found_python)." \
    "Debian 12 and later have it; as root: apt-get update && apt-get install python3 python3-venv" \
    "To use a Python in another place: PYTHON=/path/to/python3 $0"
  has_venv "$python" || fail "$python cannot create virtual environments: its ensurepip module is missing." \
    "On Debian, as root: apt-get update && apt-get install ${python##*/}-venv"
  free_kb=$(df -Pk . | awk 'NR == 2 {print $4}')
  ((free_kb >= NEEDED_DISK_KB)) || fail "The packages need 3 GB of disk space; $PWD has $((free_kb / 1024)) MB free." \
    "Free some space, or move the project to a larger disk."
  say "Creating .venv with $("$python" --version) ..."
  "$python" -m venv --clear "$VENV"
}

found_python() { "${PYTHON:-python3}" --version 2>/dev/null || printf 'no %s' "${PYTHON:-python3}"; }

install_packages() {
  local groups=("$@")
  [[ ${SPANLIGHT_TORCH_SHA256-} =~ ^([0-9a-f]{64})?$ ]] ||
    fail "SPANLIGHT_TORCH_SHA256 is not a SHA-256 hash: $SPANLIGHT_TORCH_SHA256" "A hash has 64 digits, 0-9 and a-f."
  printf 'unfinished\n' >"$STATE"
  : >"$PIP_LOG"
  say "Installing the packages of pyproject.toml${groups[*]:+ and the groups ${groups[*]}} (this takes minutes the first time) ..."
  write_requirements
  # An old pip, such as Debian's, does not support hashes in constraints, or dependency groups.
  run_pip install "${CHECKED[@]}" --requirement "$FIRST_PINS"
  install_torch
  run_pip install "${CHECKED[@]}" --constraint "$PINS" --requirement "$DEPENDENCIES" "${groups[@]/#/--group=}"
  # The project itself is a folder and has no hash, so it comes last, when nothing else is fetched.
  run_pip install --no-index --no-deps --no-build-isolation --editable .
  printf '%s\n' "$(environment_version)" "${groups[*]}" >"$STATE"
}

# Only files with known hashes are installed. Nothing is built, because builds fetch further files.
readonly CHECKED=(--require-hashes --only-binary ':all:')

write_requirements() {
  local own=${SPANLIGHT_TORCH_SHA256-}
  sed "${own:+/^torch==/a\\    --hash=sha256:$own \\\\}" constraints.txt >"$PINS"
  pins_of 'pip|setuptools' >"$FIRST_PINS"
  "$VENV_PYTHON" -c "$PRINT_DEPENDENCIES" <pyproject.toml >"$DEPENDENCIES"
}

# A pin ends with the first line that does not end in a backslash.
pins_of() { awk -v names="^($1)==" '$0 ~ names {on = 1} on {print} !/\\$/ {on = 0}' "$PINS"; }

# torch comes in several builds. With all hashes given in advance, pip would prefer a build with 6 GB
# of CUDA libraries to the one in its configured index. So the file is fetched first and then checked.
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

# On a terminal, shows pip's current step in one line that is overwritten; elsewhere nothing.
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

# Words in pip's output that point to a problem with the network, a proxy or a certificate.
readonly UNREACHABLE='ConnectionError|name resolution|unreachable|refused|timed out|proxy|SSL|certificate|versions: none'
readonly OTHER_HASH='DO NOT MATCH THE HASHES'

explain_pip_failure() {
  rm "$STATE" # pip cleans up after a failure, so the next attempt can continue from here
  say "The last lines of pip's output (all of it: $PIP_LOG):"
  tail -n 25 "$PIP_LOG" >&2
  say ""
  if grep -qE 'No space left on device|Disk quota exceeded' "$PIP_LOG"; then
    fail "The disk is full." \
      "The packages need 2 GB in $PWD and, during the installation, 1 GB" \
      "in ${TMPDIR:-/tmp} (set TMPDIR to use another folder)." \
      "A torch build for CUDA needs 6 GB more. To get the smaller CPU build, give pip the address" \
      "of PyTorch's CPU packages: PIP_EXTRA_INDEX_URL=ADDRESS $0"
  elif grep -q "$OTHER_HASH" "$PIP_LOG"; then
    fail "The hash of a file is not in constraints.txt, so the file was not installed." \
      "If a mirror or a proxy alters files, use the package index itself. If the file is a torch build" \
      "that you chose yourself (PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS), compare the hash that pip got" \
      "with the one that its publisher gives, and then run: SPANLIGHT_TORCH_SHA256=HASH $0"
  elif grep -qiE "$UNREACHABLE" "$PIP_LOG"; then
    fail "pip cannot reach its package index." \
      "Check the network. Behind a proxy, set HTTPS_PROXY; for a mirror of the index, set PIP_INDEX_URL." \
      "Then run $0 again."
  fi
  fail "pip could not install the packages with $("$VENV_PYTHON" --version) on $(uname -sm)." \
    "Another version of Python may work: rm -r .venv; PYTHON=python3.11 $0"
}

# For scripts/test: installs Debian packages, if root or sudo is available.
install_debian_packages() {
  command -v apt-get >/dev/null || fail "These packages are missing: $*." "Install them by their names on your system; these are Debian's names."
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    fail "These packages are missing: $*." "As root: apt-get update && apt-get install $*"
  fi
  say "Installing with apt-get: $* ..."
  local as_root=()
  ((EUID == 0)) || as_root=(sudo)
  "${as_root[@]}" apt-get update --quiet >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --quiet --yes --no-install-recommends "$@" >&2
}
