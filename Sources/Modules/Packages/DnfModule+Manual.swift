import Diagnostics
import Schema

extension DnfModule {
  static let state = Parameter<Wish?>.optional(
    "state",
    "`present` (`installed`), `absent` (`removed`), or `latest`; without it `present`, or `absent` with `autoremove`."
  )
  private static let unsigned = Parameter<Bool>.optional(
    "disable_gpg_check", "Takes packages whose signature cannot be checked.", default: false,
    shown: "false")
  private static let weak = Parameter<Bool?>.optional(
    "install_weak_deps",
    "Whether weak dependencies come along; where not given the host's configuration decides.")
  private static let exclude = Parameter<[String]>.optional(
    "exclude", "Packages that are left alone, by name or pattern.", default: [], shown: "[]")
  private static let upgradesOnly = Parameter<Bool>.optional(
    "update_only", "Leaves alone what is not installed.", default: false, shown: "false")

  /// Parameters that are an option of dnf(8) when they are true.
  private static let switches: [(parameter: Parameter<Bool>, option: String)] = [
    (
      .optional(
        "allowerasing", "Removes installed packages that are in the way.", default: false,
        shown: "false"), "--allowerasing"
    ),
    (
      .optional(
        "nobest", "Takes an older version where the newest cannot be installed.", default: false,
        shown: "false"), "--nobest"
    ),
    (
      .optional(
        "best", "Fails where the newest version cannot be installed.", default: false,
        shown: "false"), "--best"
    ),
    (
      .optional(
        "skip_broken", "Leaves out what cannot be installed.", default: false, shown: "false"),
      "--skip-broken"
    ),
    (
      .optional(
        "security", "Only upgrades that repair something of security.", default: false,
        shown: "false"), "--security"
    ),
    (
      .optional(
        "bugfix", "Only upgrades that repair something.", default: false, shown: "false"),
      "--bugfix"
    ),
    (
      .optional(
        "cacheonly", "Fetches nothing: what the host has of the repositories is good enough.",
        default: false, shown: "false"), "--cacheonly"
    ),
  ]

  /// Parameters whose values follow an option of dnf(8), each by itself.
  private static let valued: [(parameter: Parameter<[String]>, option: String)] = [
    (exclude, "--exclude="),
    (
      .optional(
        "releasever", "The release whose packages are taken.", default: [], shown: "the host's"),
      "--releasever="
    ),
    (
      .optional(
        "conf_file", "The configuration that dnf reads, on the host.", default: [],
        shown: "/etc/dnf/dnf.conf"), "--config="
    ),
    (
      .optional(
        "disable_excludes",
        "Whose excluded packages count nevertheless: `all`, `main`, a repository.",
        default: [], shown: "[]"), "--disableexcludes="
    ),
    (
      .optional("disable_plugin", "Plugins of dnf that are off.", default: [], shown: "[]"),
      "--disableplugin="
    ),
    (
      .optional("enable_plugin", "Plugins of dnf that are on.", default: [], shown: "[]"),
      "--enableplugin="
    ),
  ]

  private static let verifies = Parameter<Bool>.optional(
    "sslverify", "Whether certificates of repositories are checked.", default: true, shown: "true",
    aliases: ["validate_certs"])
  private static let backend = Parameter<String?>.optional(
    "use_backend", "Taken for Ansible's sake: what the host has is used.",
    aliases: ["install_repoquery"])

  static func flags(_ arguments: Arguments) throws(Diagnostic) -> [String] {
    var flags: [String] = []
    for (parameter, option) in switches where try arguments[parameter] { flags.append(option) }
    for (parameter, option) in valued {
      for value in try arguments[parameter] { flags.append(option + value) }
    }
    if try !arguments[verifies] { flags.append("--setopt=sslverify=0") }
    return flags
  }

  static let manual = Manual(
    "dnf", .state, "Installs, upgrades or removes rpm packages.", aliases: ["yum", "dnf5"],
    notes: [
      "Uses dnf, or yum on hosts without it. Names are packages, `name-version` is written `name=version`, and paths are `.rpm` files on the host.",
      "`name: '*'` with `state: latest` upgrades everything; a plan lists what `dnf check-update` says.",
      "Groups of packages and URLs are refused: name the packages, and bring files with `get_url` or `copy`.",
    ],
    parameters: [
      PackageModule.name.manual, state.manual, PackageModule.enabledRepository.manual,
      PackageModule.disabledRepository.manual, PackageModule.updateCache.manual, weak.manual,
      unsigned.manual, PackageModule.downgrade.manual, PackageModule.autoremove.manual,
      upgradesOnly.manual, verifies.manual, PackageModule.lockTimeout.manual, backend.manual,
    ] + valued.map(\.parameter.manual) + switches.map(\.parameter.manual),
    oneOf: [["name", "update_cache"]],
    examples: [
      """
      - name: what a node needs, but nothing that belongs to Docker
        dnf:
          name: [chrony, conntrack-tools, ipset]
          exclude: ['docker*']
          enablerepo: [crb]
      """,
      """
      - name: everything as new as the repositories have it
        ansible.builtin.yum:
          name: '*'
          state: latest
      """,
    ])
}
