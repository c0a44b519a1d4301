#!/usr/bin/env bash
# Installs what some tests need beside Python: Redis, RabbitMQ and libfaketime, on Debian and its kin, as root.
# The tests start servers of their own, so those that the packages may start are of no account.
set -euo pipefail

lacking=()
command -v redis-server >/dev/null || lacking+=(redis-server)
command -v rabbitmq-server >/dev/null || lacking+=(rabbitmq-server)
compgen -G "/usr/lib/*/faketime/libfaketime.so.1" >/dev/null || lacking+=(libfaketime)

if ((${#lacking[@]} == 0)); then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "This machine has no apt-get: install ${lacking[*]} your own way. Until then, tests that need them are skipped."
  exit 1
fi
if ((EUID != 0)); then
  echo "Only root can install ${lacking[*]}: sudo make test-servers. Until then, tests that need them are skipped."
  exit 1
fi

echo "Installing ${lacking[*]} …"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq </dev/null >/dev/null
# A server that the package starts and that finds its port taken must not make the installation fail.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
log=$(mktemp)
if ! apt-get install -y -qq --no-install-recommends "${lacking[@]}" </dev/null >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
rm -f "$log"
