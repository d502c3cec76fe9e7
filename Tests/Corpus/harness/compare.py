"""Both tools over the whole corpus, some playbooks at a time; prints as it goes."""

import concurrent.futures
import pathlib
import queue
import threading
import time

from .differences import differences, known, show
from .hosts import Bench
from .record import record_of
from .replay import Replay
from .tools import Ansible, Spile


class Comparison:
    def __init__(self, chosen, spile, ansible, folder, workers):
        self.chosen, self.folder, self.workers = chosen, pathlib.Path(folder), workers
        self.spile, self.ansible = Spile(spile), Ansible(str(ansible))
        self.lock = threading.Lock()

    def run(self, fresh):
        """Runs all chosen cases and returns how many of them differ that should not."""
        missing = [case for case in self.chosen if fresh or case.recorded() is None]
        if missing:
            self.each("ansible", missing, self.record)
        found = dict(self.each("spile", self.chosen, self.compare))
        different = [name for name, lines in found.items() if lines]
        awaited = [case.name for case in self.chosen if case.awaited and case.name in different]
        print(f"{len(found) - len(different)} equal, {len(different)} different ({len(awaited)} awaited)")
        return len(different) - len(awaited)

    def each(self, tool, chosen, work):
        """The results of `work(bench, case)`, with one bench of hosts for each worker."""
        workers = min(self.workers, len(chosen))
        benches = [Bench(self.folder / f"{tool}{number}", tool == "ansible") for number in range(workers)]
        free = queue.SimpleQueue()

        def one(case):
            bench = free.get()
            try:
                return work(bench, case)
            finally:
                free.put(bench)

        try:
            for bench in benches:
                bench.up()
                free.put(bench)
            with concurrent.futures.ThreadPoolExecutor(workers) as pool:
                return list(pool.map(one, chosen))
        finally:
            for bench in benches:
                bench.down()

    def record(self, bench, case):
        begun = time.monotonic()
        record = record_of(bench, case, self.ansible)
        fails = case.option("fails", False)
        if bool(record["status"]) == bool(fails):
            case.write_record(record)
        log = bench.folder / f"{case.name.replace('/', '-')}.log"
        verdict = "recorded" if bool(record["status"]) == bool(fails) else "unusable"
        self.say(f"{verdict:9}  {case.name}  ({time.monotonic() - begun:.0f} s, status {record['status']}, {log})")

    def compare(self, bench, case):
        begun = time.monotonic()
        if case.recorded() is None:
            self.say(f"different  {case.name}  (Ansible could not run it)")
            return case.name, ["no record"]
        lines = differences(case, case.recorded(), Replay(bench, case, self.spile))
        unknown, explained = known(case, lines)
        verdict = "different" if unknown else "equal"
        if case.awaited:
            explained.append((f"awaited: {case.awaited}", "still so" if unknown else "take it out of awaited.json"))
        self.say(f"{verdict:9}  {case.name}  ({time.monotonic() - begun:.1f} s)", *show(unknown, explained))
        return case.name, unknown

    def say(self, *lines):
        with self.lock:
            print(*lines, sep="\n", flush=True)
