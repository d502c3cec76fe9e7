"""What Spile does with a playbook: plan, apply, apply again, each from what the one before left."""

from .state import without_volatile


class Replay:
    """The runs of one playbook, and what the hosts were like after each."""

    def __init__(self, bench, case, spile):
        stage = bench.begin(case)
        volatile = case.option("volatile", [])

        def changes():
            return {host: without_volatile(change, volatile) for host, change in stage.changes().items()}

        self.plan = spile.run(stage, "plan")
        self.written_by_plan = changes()
        self.apply = spile.run(stage, "apply")
        self.changes = changes()
        self.again = None
        if not case.option("once", False):
            self.again = spile.run(stage, "apply")
            self.changes_again = changes()


