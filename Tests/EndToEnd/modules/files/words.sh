#!/bin/sh
place=$1
shift
printf '%s|' "$@" >"$place"
