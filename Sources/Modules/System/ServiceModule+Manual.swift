import ModuleKit
import Schema

extension ServiceModule {
  static let name = Parameter<UnitName?>.optional(
    "name",
    "The unit; without an ending a service. Not needed where systemd only has to read its files again.",
    aliases: ["service", "unit"], isSubject: true)
  static let state = Parameter<Wish?>.optional(
    "state",
    "`started` and `stopped` are states. `restarted` and `reloaded` happen at every run (started first where it does "
      + "not run): use them in handlers.")
  static let enabled = Parameter<Bool?>.optional(
    "enabled",
    "Whether it is started at boot. A unit without an [Install] section (`static`) counts as enabled."
  )
  static let masked = Parameter<Bool?>.optional(
    "masked", "Whether it is linked to /dev/null, so that nothing can start it.")
  static let daemonReload = Parameter<Bool>.optional(
    "daemon_reload",
    "Has systemd read its unit files again where they changed since it read them (`NeedDaemonReload`); before a start, "
      + "restart or reload of such a unit this is done in any case.", default: false,
    shown: "false",
    aliases: ["daemon-reload"])
  static let daemonReexec = Parameter<Bool>.optional(
    "daemon_reexec",
    "Executes systemd again, at every run: use it in handlers, for what it reads only when it starts. Units keep running.",
    default: false, shown: "false", aliases: ["daemon-reexec"])
  static let missing = Parameter<Missing>.optional(
    "missing",
    "What to do where there is no such unit: `fail`, or `skip`, for lists of services that only have to be off where "
      + "they exist.", default: .fail, shown: "fail")
  static let noBlock = Parameter<Bool>.optional(
    "no_block",
    "Does not wait for the unit; whether it comes up is looked at for 30 seconds afterwards.",
    default: false, shown: "false")
  static let settle = Parameter<Int>.optional(
    "settle",
    "Seconds that a unit must run with the same process, and without a restart by systemd, after it was started; 0 to 600.",
    default: 1, shown: "1")
  static let scope = Parameter<Scope>.optional(
    "scope",
    """
    Only units of the system are known here. For those of an account use `command: systemctl --user ...` with \
    `become_user`, where it has a session.
    """, default: .system, shown: "system")
  static let force = Parameter<Bool>.optional(
    "force", "Writes over links that are in the way when a unit is enabled or masked.",
    default: false,
    shown: "false")
  /// Parameters of Ansible's `service` that mean nothing to systemd there either.
  static let others = ["use", "pattern", "sleep", "runlevel", "arguments"].map { name in
    Parameter<String?>.optional(
      name, "Taken for the sake of Ansible's `service`, without effect with systemd, as there.",
      aliases: name == "arguments" ? ["args"] : [])
  }

  package static let manual = Manual(
    "systemd_service", .state, "Starts, stops, restarts, enables or masks a systemd unit.",
    aliases: ["systemd", "service"],
    notes: [
      "A unit that was started has to keep its main process and its number of restarts for `settle` seconds: a service "
        + "that dies at once, or that systemd starts again and again, is a failure, shown with its last lines of the journal.",
      "A oneshot unit that ended with success since boot counts as started.",
      "`restarted` and `reloaded` are shown as a change in every plan, and are done when systemd's record of the unit is newer than before.",
      "Hosts without systemd are not supported: the unit cannot be read, which is said.",
    ],
    parameters: [
      name.manual, state.manual, enabled.manual, masked.manual, daemonReload.manual,
      daemonReexec.manual, missing.manual, noBlock.manual, settle.manual, scope.manual,
      force.manual,
    ] + others.map(\.manual),
    oneOf: [["name", "daemon_reload", "daemon_reexec"]],
    unsupported: ["scope": ["user", "global"]],
    results: [
      .init("name", "the unit"), .init("state", "the wished state"),
      .init("enabled", "the wished enablement"),
      .init(
        "status",
        "systemd's properties of the unit: ActiveState, SubState, UnitFileState, MainPID, ..."),
    ],
    examples: [
      """
      - name: the clock is kept right, after a reboot too
        systemd_service:
          name: chrony
          state: started
          enabled: true
      """,
      """
      - name: off where it exists
        systemd_service:
          name: cups.service
          state: stopped
          enabled: false
          missing: skip
      """,
      """
      - name: restart etcd
        ansible.builtin.systemd:
          name: etcd
          state: restarted
          daemon_reload: true
      """,
    ])
}
