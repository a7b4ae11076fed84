#!/bin/sh
# The demo's worker: it shows what it received, and masks every value as envgate would.
mask() { sed -E 's/^([A-Z_]*(KEY|URL)=...).{13,}/\1…/; s/("...)[^"]{13,}"/\1…"/'; }

echo "worker: process $$, started in $ENVGATE_MODE ($ENVGATE_CLASS)"
echo "worker: its environment, and nothing else of the caller's:"
env | sort | mask | sed 's/^/    /'
echo "worker: its config, read from $DEMO_CONFIG:"
mask <"$DEMO_CONFIG" | sed 's/^/    /'
