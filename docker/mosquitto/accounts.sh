#!/bin/sh
# Keeps the broker's accounts: the user name is the collar's serial, the password its secret.
#
#   accounts.sh                 the accounts of the server and, when DEMO_SECRET is set, of the demo's collar
#   accounts.sh NAME SECRET     one more, or another secret for it; then: docker compose kill -s HUP mosquitto
set -eu
umask 077
passwords=${PASSWORDS:-/mosquitto/accounts/passwords}

account() {
  case $1 in
    '' | *[!A-Za-z0-9._-]*) echo "not a name for an account: $1" >&2 && exit 1 ;;
  esac
  test -n "$2" || { echo "account $1 needs a secret" >&2 && exit 1; }
  mosquitto_passwd -b "$passwords" "$1" "$2"
}

test -e "$passwords" || : > "$passwords"
case $# in
  0)
    account collarwatch "${MQTT_PASSWORD:?is not set}"
    if test -n "${DEMO_SECRET:-}"; then account sofia "$DEMO_SECRET"; fi
    ;;
  2) account "$1" "$2" ;;
  *) echo 'usage: accounts.sh [NAME SECRET]' >&2 && exit 2 ;;
esac
# The broker's user in its image. Elsewhere the file stays whose it is.
chown 1883:1883 "$passwords" 2> /dev/null || :
