"""What Ansible does with a playbook, as a JSON value that is kept in the repository."""

from .state import without_volatile


def record_of(bench, case, ansible):
    """Two runs from hosts as new; the second run's part is kept where it differs from the first's."""
    stage = bench.begin(case)
    volatile = case.option("volatile", [])
    first = ansible.run(stage)
    record = {
        "status": first.status,
        "tasks": first.tasks,
        "changes": {host: without_volatile(change, volatile) for host, change in stage.changes().items()},
    }
    (bench.folder / f"{case.name.replace('/', '-')}.log").write_text(first.output)
    if not case.option("once", False):
        second = ansible.run(stage)
        record["status_again"] = second.status
        record["changed_again"] = second.changed()
        again = {host: without_volatile(change, volatile) for host, change in stage.changes().items()}
        if again != record["changes"]:
            record["changes_again"] = again
    return record
