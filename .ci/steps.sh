# Steps with a headline, their seconds and one summary at the end. Sourced by .ci/run.

wanted=("$@")
summary=()
failed=0

# step NAME "Headline" command…: run the command unless other steps were asked for by name.
step() {
  local name=$1 headline=$2 status=0 began=$SECONDS
  shift 2
  is_wanted "$name" || return 0
  printf '\n━━ %s\n' "$headline"
  # A subshell, so that `set -e` holds in it and its exit doesn't end the gate; steps that prepare
  # the machine run here, because others need what they set.
  if [[ " machine uv services " == *" $name "* ]]; then
    "$@"
  else
    set +e
    (set -e; "$@")
    status=$?
    set -e
  fi
  local took="$((SECONDS - began)) s"
  if ((status)); then
    failed=$((failed + 1))
    printf '━━ FAILED after %s: %s\n' "$took" "$headline"
    summary+=("FAILED  $took  $headline")
  else
    printf '━━ done in %s\n' "$took"
    summary+=("ok      $took  $headline")
  fi
}

is_wanted() {
  ((${#wanted[@]} == 0)) && return 0
  [[ " machine uv services ${wanted[*]} " == *" $1 "* ]]
}

say_how_it_went() {
  printf '\n━━ The gate, %s s in all\n' "$SECONDS"
  printf '   %s\n' "${summary[@]}"
  if ((failed)); then
    printf '   %s step(s) failed\n' "$failed"
    exit 1
  fi
  printf '   everything holds\n'
}
