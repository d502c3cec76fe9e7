"""Spile over the corpus: on real hosts, against the end states that were recorded from ansible-core.

`make corpus` records them anew, for playbooks that changed, and compares with more words.
"""

import concurrent.futures
import os
import pathlib
import queue
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
sys.path.insert(0, str(HERE))

from harness.case import cases  # noqa: E402
from harness.differences import differences, known  # noqa: E402
from harness.hosts import Bench  # noqa: E402
from harness.replay import Replay  # noqa: E402
from harness.tools import Spile  # noqa: E402

WORKERS = 2
CASES = {case.name: case for case in cases()}


@pytest.fixture(scope="session")
def replays(request):
    """The runs of every chosen playbook, some at a time; an exception where one could not be run."""
    names = [item.callspec.params["name"] for item in request.session.items if "name" in getattr(item, "fixturenames", ())]
    folder = pathlib.Path(os.environ.get("SPILE_CORPUS", REPOSITORY / ".demo/corpus"))
    spile = Spile(os.environ.get("SPILE", REPOSITORY / ".build/debug/spile"))
    benches = [Bench(folder / f"test{number}", python=False) for number in range(min(WORKERS, len(names)))]
    free = queue.SimpleQueue()

    def run(name):
        bench = free.get()
        try:
            return Replay(bench, CASES[name], spile)
        except Exception as error:
            return error
        finally:
            free.put(bench)

    try:
        for bench in benches:
            bench.up()
            free.put(bench)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            yield dict(zip(names, pool.map(run, names)))
    finally:
        for bench in benches:
            bench.down()


@pytest.mark.parametrize("name", CASES)
def test_spile_does_what_ansible_does(name, replays):
    record = CASES[name].recorded()
    assert record, "the playbook changed since Ansible was recorded: make corpus"
    if isinstance(replays[name], Exception):
        raise replays[name]
    unknown, _ = known(CASES[name], differences(CASES[name], record, replays[name]))
    if CASES[name].awaited and unknown:
        pytest.xfail(CASES[name].awaited)
    assert not unknown, "\n".join(unknown)
