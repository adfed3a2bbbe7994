# What a bare Debian machine lacks, and uv. Sourced by .ci/run.

declare -A package_of=(
  [chromium]=chromium [xgettext]=gettext [msgfmt]=gettext [psql]=postgresql-client
  [redis-server]=redis-server [redis-cli]=redis-tools [wrk]=wrk [curl]=curl [git]=git
  [node]=nodejs [npm]=npm [python3]=python3
)

install_missing() {
  local tool missing=()
  for tool in "${!package_of[@]}"; do
    command -v "$tool" >/dev/null || missing+=("${package_of[$tool]}")
  done
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
  python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
  [[ -s /etc/ssl/certs/ca-certificates.crt ]] || missing+=(ca-certificates)
  if ((${#missing[@]} == 0)); then
    echo "nothing is missing"
    return
  fi
  echo "installing: ${missing[*]}"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}"
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

# As the README says: pip installs uv; where pip may not (PEP 668), into a virtual environment.
install_packages() {
  # First on PATH, so that the README's command finds its `python3` there too.
  [[ -x .uv/bin/python3 ]] && export PATH=$PWD/.uv/bin:$PATH
  if ! python3 -m uv --version 2>/dev/null && ! python3 -m pip install --quiet uv 2>/dev/null; then
    python3 -m venv .uv
    export PATH=$PWD/.uv/bin:$PATH
    python3 -m pip install --quiet uv
  fi
  python3 -m uv sync --quiet --locked --group test --group lint
  (cd tests/node && npm ci --prefer-offline --no-audit --no-fund --loglevel=error)
}

uv_run() { python3 -m uv run --quiet --locked "$@"; }
