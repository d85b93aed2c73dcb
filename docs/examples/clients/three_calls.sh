#!/bin/sh
# The three calls that a case system needs, by curl alone:
#
#     sh three_calls.sh http://127.0.0.1:8080
#
# TOKEN=... adds a token, where the service asks for one.
set -eu
service=$1

call() {
    curl --silent --show-error --fail --header "Content-Type: application/json" \
        ${TOKEN:+--header "Authorization: Bearer $TOKEN"} "$@"
}

# 1. After each save: the case as it stands.
call --request PUT "$service/cases/SA-1001" --data '{
  "schema": "msp-case/1",
  "events": [{"type": "concern_raised", "id": "e1", "occurred": "2026-01-05T10:00:00Z", "identified_adult": "yes"}]
}' >/dev/null
echo "the case is handed over"

# 2. While a worker is in the case: the cards to show.
cards=$(call "$service/cases/SA-1001/prompts?step=concern_raised&role=worker")
card=$(printf '%s' "$cards" | grep -o '"uuid":"[^"]*"' | head -n 1 | cut -d '"' -f 4)
echo "a card: $(printf '%s' "$cards" | grep -o '"summary":"[^"]*"' | head -n 1 | cut -d '"' -f 4)"

# 3. What the worker did with a card. The id is the host's own: the same id again changes nothing.
heard=$(call --request POST "$service/cases/SA-1001/feedback" \
    --data "{\"id\": \"sh-1\", \"card\": \"$card\", \"kind\": \"shown\", \"role\": \"worker\"}")
echo "feedback: $(printf '%s' "$heard" | grep -o '"heard_as":"[^"]*"' | cut -d '"' -f 4)"
