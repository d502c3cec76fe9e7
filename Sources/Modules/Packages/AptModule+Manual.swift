import Schema

extension AptModule {
  static let state = Parameter<Wish>.optional(
    "state",
    "`present`, `absent`, `latest` (what the host's lists offer), `build-dep` (what is needed to build the packages), or `fixed` (broken dependencies are repaired).",
    default: .present, shown: "present")
  static let upgrade = Parameter<Upgrade>.optional(
    "upgrade",
    "Upgrades all packages: `yes` and `safe` remove none, `full` and `dist` may.", default: .no,
    shown: "no")
  static let autoclean = Parameter<Bool>.optional(
    "autoclean", "Deletes downloaded package files that can no longer be had.", default: false,
    shown: "false")
  static let changesHeld = Parameter<Bool>.optional(
    "allow_change_held_packages", "Changes packages that are held back, too.", default: false,
    shown: "false")
  static let force = Parameter<Bool>.optional(
    "force", "Allows downgrades and the removal of essential packages.", default: false,
    shown: "false")
  static let failsOnRemoval = Parameter<Bool>.optional(
    "fail_on_autoremove", "Fails where a package would have to be removed.", default: false,
    shown: "false")
  private static let unsigned = Parameter<Bool>.optional(
    "allow_unauthenticated", "Takes packages whose signature cannot be checked.", default: false,
    shown: "false", aliases: ["allow-unauthenticated"])
  private static let ignored = Parameter<String?>.optional(
    "force_apt_get",
    "Taken for Ansible's sake, without effect: apt-get is always what is used, needs no module, and fetches once.",
    aliases: [
      "auto_install_module_deps", "update_cache_retries", "update_cache_retry_max_delay",
    ])

  static let manual = Manual(
    "apt", .state, "Installs, upgrades or removes Debian packages.",
    notes: [
      "Nothing is fetched while everything is as wished: `update_cache` counts where something is to be installed, or, without names, where the lists are older than `cache_valid_time`.",
      "What an upgrade would do is what `apt-get --simulate` says with the lists that the host has; when they are fetched along, more may come.",
      "A package in `deb` is a file on the host: bring it with `copy` or `get_url`.",
      "See `package` for how apt-get is called.",
    ],
    parameters: [
      PackageModule.name.manual, state.manual, PackageModule.deb.manual, upgrade.manual,
      PackageModule.updateCache.manual, PackageModule.cacheValidTime.manual,
      PackageModule.recommends.manual, PackageModule.downgrade.manual,
      PackageModule.onlyUpgrade.manual, PackageModule.release.manual, PackageModule.purge.manual,
      PackageModule.autoremove.manual, autoclean.manual, changesHeld.manual, unsigned.manual,
      force.manual, failsOnRemoval.manual, PackageModule.dpkgOptions.manual,
      PackageModule.lockTimeout.manual, ignored.manual,
    ],
    exclusive: [["name", "deb", "upgrade"]],
    oneOf: [["name", "deb", "update_cache", "upgrade", "autoremove", "autoclean"]],
    examples: [
      """
      - name: what a node needs, with fresh lists when something is missing
        apt:
          name: [chrony, conntrack, ipset=7.*]
          update_cache: true
          cache_valid_time: 3600
          install_recommends: false
      """,
      """
      - name: all security updates that the lists offer
        ansible.builtin.apt:
          upgrade: safe
      """,
      """
      - name: what nobody needs any more
        apt:
          autoremove: true
          purge: true
      """,
    ])
}
