import ModuleKit
import Schema

extension PackageModule {
  static let name = Parameter<[String]>.optional(
    "name",
    "Packages: a name, `name=version` (`*` stands for anything: `nginx=1.22.*`), or the path of a package file on the host.",
    default: [], shown: "[]", aliases: ["pkg", "package"], isSubject: true)
  static let state = Parameter<Wish>.optional(
    "state",
    "`present` (`installed`), `absent` (`removed`), or `latest`: what the repositories offer, as the host's lists know it.",
    default: .present, shown: "present")
  static let deb = Parameter<[HostPath]>.optional(
    "deb", "Package files on the host, `.deb` or `.rpm`; bring them with `copy` first.",
    default: [], shown: "[]",
    aliases: ["files"])
  static let updateCache = Parameter<Bool>.optional(
    "update_cache",
    "Fetches the lists of packages before something is installed; without names whenever they are older than `cache_valid_time`.",
    default: false, shown: "false", aliases: ["update-cache"])
  static let cacheValidTime = Parameter<Int>.optional(
    "cache_valid_time", "Seconds for which fetched lists are good enough.", default: 0, shown: "0")
  static let recommends = Parameter<Bool?>.optional(
    "install_recommends",
    "Whether recommended packages come along (apt), or weak dependencies (dnf); where not given the host's configuration decides.",
    aliases: ["install-recommends", "install_weak_deps"])
  static let downgrade = Parameter<Bool>.optional(
    "allow_downgrade", "Allows `name=version` and package files to go back to an older version.",
    default: false, shown: "false",
    aliases: ["allow-downgrade", "allow_downgrades"])
  static let onlyUpgrade = Parameter<Bool>.optional(
    "only_upgrade", "Leaves alone what is not installed.", default: false, shown: "false",
    aliases: ["update_only"])
  static let unauthenticated = Parameter<Bool>.optional(
    "allow_unauthenticated", "Takes packages whose signature cannot be checked.", default: false,
    shown: "false",
    aliases: ["disable_gpg_check"])
  static let purge = Parameter<Bool>.optional(
    "purge", "With `state: absent`: configuration goes too (apt).", default: false, shown: "false")
  static let autoremove = Parameter<Bool>.optional(
    "autoremove", "With `state: absent`: what was only installed for it goes too.", default: false,
    shown: "false")
  static let release = Parameter<String?>.optional(
    "default_release", "The release that apt prefers (`bookworm-backports`).",
    aliases: ["default-release"])
  static let enabledRepository = Parameter<[String]>.optional(
    "enablerepo", "Repositories that are used for this task (dnf).", default: [], shown: "[]")
  static let disabledRepository = Parameter<[String]>.optional(
    "disablerepo", "Repositories that are left out for this task (dnf); `*` for all others.",
    default: [], shown: "[]")
  static let dpkgOptions = Parameter<[String]>.optional(
    "dpkg_options",
    "Options for dpkg: by default configuration files that were changed by hand are kept.",
    default: ["force-confdef", "force-confold"], shown: "force-confdef,force-confold")
  static let lockTimeout = Parameter<Int>.optional(
    "lock_timeout", "Seconds to wait while another process holds the package manager's lock.",
    default: 120, shown: "120")
  static let use = Parameter<String?>.optional(
    "use", "Taken for Ansible's sake: the host's package manager is found on the host.",
    aliases: ["force_apt_get"])

  package static let manual = Manual(
    "package", .state, "Installs or removes packages with the host's package manager.",
    notes: [
      "Debian's apt-get and RHEL's dnf or yum, whichever the host has, so that one playbook fits both; `apt` and `dnf` take what only one of them knows.",
      "Nothing is fetched while everything is installed: `update_cache` counts only when there is something to do.",
      "apt-get runs without questions (`DEBIAN_FRONTEND=noninteractive`), waits for the lock, and needrestart is told to restart nothing.",
      "A held package is not changed: apt-get says so, and the task fails. Virtual packages are not known: name the real one.",
      "In an air gap serve a repository, or `copy` the files and name them in `deb`; their dependencies must be there too.",
      "After an installation everything on the host may differ (scripts of packages run as root): a plan calls later tasks undecided where they read what a package may write.",
    ],
    parameters: [
      name.manual, state.manual, deb.manual, updateCache.manual, cacheValidTime.manual,
      recommends.manual, downgrade.manual, onlyUpgrade.manual, unauthenticated.manual, purge.manual,
      autoremove.manual, release.manual, enabledRepository.manual, disabledRepository.manual,
      dpkgOptions.manual, lockTimeout.manual, use.manual,
    ],
    oneOf: [["name", "deb", "update_cache"]],
    examples: [
      """
      - name: what a node needs
        package:
          name: [chrony, conntrack, ipset, socat]
      """
    ])
}
