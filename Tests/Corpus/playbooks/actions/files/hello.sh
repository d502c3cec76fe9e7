#!/bin/sh
echo "hello $*"
pwd
echo "${WHO:-nobody}"
