#!/usr/bin/env bash
# Installs Redis, RabbitMQ and libfaketime, which some tests need, on Debian and its derivatives, as root.
# The tests start their own servers and don't use those that the packages start.
set -euo pipefail

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v rabbitmq-server >/dev/null || missing+=(rabbitmq-server)
compgen -G "/usr/lib/*/faketime/libfaketime.so.1" >/dev/null || missing+=(libfaketime)

if ((${#missing[@]} == 0)); then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "This machine has no apt-get: install ${missing[*]} yourself. Until then, tests that need them are skipped."
  exit 1
fi
if ((EUID != 0)); then
  echo "Only root can install ${missing[*]}: sudo make test-servers. Until then, tests that need them are skipped."
  exit 1
fi

echo "Installing ${missing[*]} …"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq </dev/null >/dev/null
# Keep the packages from starting their servers: the installation would fail if a port is in use.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
log=$(mktemp)
if ! apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
rm -f "$log"
