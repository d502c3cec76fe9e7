"""Looking at hosts with commands of our own."""

import shlex

# `! command` does not end a script under `set -e`; `fails command` does.
PRELUDE = """
fails() { if "$@" > /dev/null 2>&1; then echo "should have failed: $*" >&2; return 1; fi; }
set -eux
"""


def check(host, script, **variables):
    """Runs a script on a host as root; every command in it must succeed."""
    head = "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
    return host.exec(f"{head}{PRELUDE}{script}")
