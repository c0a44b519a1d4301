#!/usr/bin/env bash
# Installs the Chromium that the end-to-end tests and the screenshots need, on Debian and its derivatives, as root.
set -euo pipefail

if [[ -n ${CHOWDA_TEST_BROWSER:-} ]] || command -v chromium >/dev/null; then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "This machine has no apt-get: install Chromium yourself, and set CHOWDA_TEST_BROWSER to its path."
  exit 1
fi
if ((EUID != 0)); then
  echo "Only root can install Chromium: sudo web-client/install_browser.sh. Until then, browser tests are skipped."
  exit 1
fi

echo "Installing Chromium …"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
apt-get update -qq </dev/null >/dev/null
if ! apt-get install -y -qq --no-install-recommends chromium </dev/null >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
rm -f "$log"
