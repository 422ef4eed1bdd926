#!/bin/sh
# Starts chorusd with the shim before the C library: the environment says what goes wrong (shim.cpp).
LD_PRELOAD="$CHORUS_FAULT_SHIM" exec "$CHORUS_FAULT_CHORUSD" "$@"
