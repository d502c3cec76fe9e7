import Diagnostics
import ModuleKit
import Schema

/// What a task says about the package manager's ways.
struct PackageOptions {
  let installsRecommended: Bool?
  let allowsDowngrade: Bool
  let onlyUpgrades: Bool
  let allowsUnsigned: Bool
  let purges: Bool
  let removesUnneeded: Bool
  let release: String?
  let enabledRepositories: [String]
  let disabledRepositories: [String]
  let dpkgOptions: [String]
  /// In seconds.
  let lockTimeout: Int
  /// Further options of every call.
  var flags: [String] = []

  init(_ arguments: Arguments) throws(Diagnostic) {
    installsRecommended = try arguments[PackageModule.recommends]
    allowsDowngrade = try arguments[PackageModule.downgrade]
    onlyUpgrades = try arguments[PackageModule.onlyUpgrade]
    allowsUnsigned = try arguments[PackageModule.unauthenticated]
    purges = try arguments[PackageModule.purge]
    removesUnneeded = try arguments[PackageModule.autoremove]
    release = try arguments[PackageModule.release]
    enabledRepositories = try arguments[PackageModule.enabledRepository]
    disabledRepositories = try arguments[PackageModule.disabledRepository]
    dpkgOptions = try arguments[PackageModule.dpkgOptions]
    lockTimeout = try arguments[PackageModule.lockTimeout]
  }
}

/// The host's package manager, and how it is called.
enum PackageTool: String {
  case apt, dnf, yum

  /// nil only when the system is not known; other package managers are refused.
  init?(_ system: OSFact?) throws(Obstacle) {
    guard let system else { return nil }
    guard let tool = PackageTool(rawValue: system.packageManager) else {
      throw .refusing(
        "package-manager",
        "the host has neither apt-get nor dnf nor yum"
          + (system.packageManager.isEmpty ? "" : ", but \(system.packageManager)"),
        help: "use `command` with a guard (`creates`, `unless`) there")
    }
    self = tool
  }

  /// The word that names a package and its version.
  func target(_ package: PackageModule.Wanted) -> String {
    guard let version = package.version else { return package.name }
    return self == .apt ? "\(package.name)=\(version)" : "\(package.name)-\(version)"
  }

  func install(
    _ targets: [String], _ options: PackageOptions, fetching: Bool
  ) -> Step {
    let fetch: Script = fetching ? "\(fetchScript(options)) || exit" : ""
    return step(
      "\(rawValue) install \(targets.joined(separator: " "))",
      """
      \(fetch)
      \(call(options)) \(words: installFlags(options) + ["install"]) -- \(words: targets)
      """)
  }

  func installFlags(_ options: PackageOptions) -> [String] {
    var flags: [String] = []
    switch self {
    case .apt:
      if let recommended = options.installsRecommended {
        flags += ["-o", "APT::Install-Recommends=\(recommended ? "yes" : "no")"]
      }
      if options.allowsDowngrade { flags.append("--allow-downgrades") }
      if options.onlyUpgrades { flags.append("--only-upgrade") }
      if options.allowsUnsigned { flags.append("--allow-unauthenticated") }
      if let release = options.release { flags += ["-t", release] }
    case .dnf, .yum:
      if let recommended = options.installsRecommended, self == .dnf {
        flags.append("--setopt=install_weak_deps=\(recommended ? "True" : "False")")
      }
      if options.allowsUnsigned { flags.append("--nogpgcheck") }
    }
    return flags
  }

  func remove(_ names: [String], _ options: PackageOptions) -> Step {
    var flags: [String] = []
    switch self {
    case .apt:
      if options.purges { flags.append("--purge") }
      if options.removesUnneeded { flags.append("--auto-remove") }
    case .dnf: if !options.removesUnneeded { flags.append("--noautoremove") }
    case .yum: break
    }
    return step(
      "\(rawValue) remove \(names.joined(separator: " "))",
      "\(call(options)) \(words: flags + ["remove"]) -- \(words: names)")
  }

  func fetch(_ options: PackageOptions) -> Step {
    var step = step("\(rawValue) update", fetchScript(options))
    step.footprint = .keys(FactKey(PackageCacheFact.self))
    step.footprint.parts.insert(.kind(PackageFact.kind))
    return step
  }

  private func fetchScript(_ options: PackageOptions) -> Script {
    self == .apt ? "\(call(options)) update" : "\(call(options)) makecache"
  }

  /// The program with what every call has.
  private func call(_ options: PackageOptions) -> Script {
    switch self {
    case .apt:
      let flags =
        ["-y", "-q", "-o", "DPkg::Lock::Timeout=\(options.lockTimeout)"]
        + options.dpkgOptions.flatMap { ["-o", "Dpkg::Options::=--\($0)"] } + options.flags
      return """
        DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1 apt-get \(words: flags)
        """
    case .dnf, .yum:
      let flags =
        ["-y", "-q"] + options.disabledRepositories.map { "--disablerepo=\($0)" }
        + options.enabledRepositories.map { "--enablerepo=\($0)" } + options.flags
      return "\(rawValue) \(words: flags)"
    }
  }

  /// Something else than to install or remove packages by name: `dist-upgrade`, `build-dep NAME`.
  func operate(_ words: [String], _ options: PackageOptions, fetching: Bool) -> Step {
    let fetch: Script = fetching ? "\(fetchScript(options)) || exit" : ""
    return step(
      "\(rawValue) \(words.joined(separator: " "))",
      "\(fetch)\n\(call(options)) \(words: installFlags(options) + words)")
  }

  private func step(_ label: String, _ script: Script) -> Step {
    Step(label, script, footprint: .any, deadline: .seconds(3600))
  }
}
