#!/bin/sh
# Send, ask what became of it, ask for the balance.
# Usage: set -a; . data/demo.env; sh examples/curl.sh 79087964781 'Hello'
set -eu
api="${LOTSMAN_URL:-http://127.0.0.1:8080}/api.php"
key="${LOTSMAN_APIKEY:?set LOTSMAN_APIKEY, or: set -a; . data/demo.env}"
to="${1:-79087964781}"
text="${2:-Hello from curl}"

# POST: nothing of it ends up in an access log, and --data-urlencode takes any text.
ask() { curl --silent --show-error --max-time 10 "$api" --data "apikey=$key" "$@"; }

answer=$(ask --data-urlencode "send=$text" --data-urlencode "to=$to" --data format=v)
case $answer in
    *[!0-9]* | '') echo "refused: $answer" >&2; exit 1 ;;
esac
echo "accepted as $answer"

for _ in 1 2 3 4 5 6 7 8 9 10; do
    status=$(ask --data "check=$answer" --data format=v)
    case $status in 0 | 1 | 3) sleep 1 ;; *) break ;; esac
done
echo "status $status (2 delivered, -1 not delivered, -2 refused, 0 1 3 still on its way)"
echo "balance $(ask --data balance=rur)"
