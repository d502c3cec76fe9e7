import ModuleKit
import Schema

extension LimitsModule {
  static let domain = Parameter<String>.required(
    "domain",
    "Whom it is for: a user, `@group`, `*`, a range of numbers, as in limits.conf(5); or `systemd`: the default "
      + "of every unit, which limits.conf does not reach.", isSubject: true)
  static let type = Parameter<Kind>.optional(
    "limit_type", "`soft`, `hard`, or `-` for both.", default: .both, shown: "-", aliases: ["type"])
  static let item = Parameter<Item>.required(
    "limit_item", "What is limited, as in limits.conf(5).", aliases: ["item"])
  static let value = Parameter<ValueRule?>.optional(
    "value",
    "A number or `unlimited`, or `{min: N}`, `{max: N}` where more or less is fine too. In the units of "
      + "limits.conf(5) (`memlock` in KiB), with systemd in those of systemd.exec(5) (bytes).")
  static let state = Parameter<Wish>.optional(
    "state", "`absent` takes the entry out of the file.", default: .present, shown: "present")
  static let file = Parameter<HostPath?>.optional(
    "dest",
    "The file; where not given `/etc/security/limits.d/90-spile.conf`, for systemd "
      + "`/etc/systemd/system.conf.d/90-spile.conf`, for a unit `/etc/systemd/system/UNIT.d/90-spile.conf`."
  )
  static let unit = Parameter<UnitName?>.optional(
    "unit",
    "With `domain: systemd`: only this unit. It takes effect when the unit is started again.")
  static let comment = Parameter<String?>.optional(
    "comment", "Follows the entry after `#`; only when the entry is written.")
  static let useMax = Parameter<Bool>.optional(
    "use_max", "As in Ansible: a higher value that is there stays; the same as `{min: N}`.",
    default: false,
    shown: "false")
  static let useMin = Parameter<Bool>.optional(
    "use_min", "As in Ansible: a lower value that is there stays; the same as `{max: N}`.",
    default: false,
    shown: "false")
  static let backup = Parameter<Bool>.optional(
    "backup", "Taken for Ansible's sake, without effect: the change shows what was there.",
    default: false,
    shown: "false")

  package static let manual = Manual(
    "limits", .state, "Sets resource limits of login sessions, and of services.",
    aliases: ["pam_limits"],
    notes: [
      "limits.conf(5) is read by PAM: it counts for logins (ssh, su, cron) and for nothing else. Services of systemd never "
        + "see it: their limits come from `LimitNOFILE=` of the unit, else from `DefaultLimitNOFILE=` of "
        + "systemd-system.conf(5). Say both, with `domain: systemd` for the second. Containers inherit from their runtime.",
      "`*` does not count for root (limits.conf(5)): give root an entry of its own.",
      "New limits are for new sessions, and for services when they are started again: notify a handler where that matters.",
      "Files of limits.d are read by name after limits.conf, the last entry for a user counts.",
    ],
    parameters: [
      domain.manual, type.manual, item.manual, value.manual, state.manual, file.manual, unit.manual,
      comment.manual, useMax.manual, useMin.manual, backup.manual,
    ],
    exclusive: [["use_max", "use_min"]],
    examples: [
      """
      - name: open files of root's sessions
        limits:
          domain: root
          limit_item: nofile
          value: {min: 65536}
      """,
      """
      - name: open files of services, unless their units say otherwise
        limits:
          domain: systemd
          limit_item: nofile
          value: {min: 65536}
      """,
      """
      - name: open files of etcd
        limits:
          domain: systemd
          unit: etcd.service
          limit_item: nofile
          value: 65536
      """,
    ])
}
