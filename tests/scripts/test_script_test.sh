#!/usr/bin/env bash
# test_script_test.sh SCRIPT: the calls and messages of scripts/test after a failure. Stand-ins for the build and for
# ctest record how they are called.
set -euo pipefail
script=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/scripts" "$folder/bin"
cp "$script" "$folder/scripts/test"

stand_in() { printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod +x "$1"; }
stand_in "$folder/scripts/install-packages" ''
stand_in "$folder/scripts/build" 'echo "build $*" >>calls; [ "$1" != "$BROKEN" ]'
# A stand-in for ctest: of the two calls for a preset, the one whose words match $FAILS fails.
stand_in "$folder/bin/ctest" 'echo "ctest $*" >>calls; case "$*" in *$FAILS*) exit 8 ;; esac'

# expect STATUS CALLS FAILS BROKEN PRESET...: runs the script, in which FAILS fails and the preset BROKEN cannot be built.
expect() {
  local status=$1 calls=$2 got=0
  export FAILS=$3 BROKEN=$4
  shift 4
  rm -f "$folder/calls"
  PATH="$folder/bin:$PATH" "$folder/scripts/test" "$@" >/dev/null || got=$?
  local made
  made=$(wc -l <"$folder/calls")
  if [ "$got" -ne "$status" ] || [ "$made" -ne "$calls" ]; then
    echo "test $* (fails: '$FAILS', not built: '$BROKEN'): status $got, $made calls; expected status $status, $calls calls:" >&2
    cat "$folder/calls" >&2
    exit 1
  fi
}

nothing='no such words'
expect 0 3 "$nothing" "$nothing"
expect 1 3 "label-exclude timing" "$nothing"            # the tests of times are run all the same
expect 1 3 "label-regex timing" "$nothing"
expect 1 5 "preset release" "$nothing" release asan     # as is the next preset
expect 1 1 "$nothing" release release asan              # what cannot be built ends it
