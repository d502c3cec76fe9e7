import Diagnostics
import ModuleKit
import Schema

/// `dnf` and `yum`: packages of RHEL and its relatives, with what only they know.
struct DnfModule: StateModule {
  enum Wish: String, ParameterChoice { case present, installed, absent, removed, latest }

  let packages: PackageModule?
  /// Whether all packages are upgraded.
  private let upgradesAll: Bool
  private let options: PackageOptions

  init(_ arguments: Arguments) throws(Diagnostic) {
    let autoremoves = try arguments[PackageModule.autoremove]
    let state = try arguments[DnfModule.state]
    let wish: PackageModule.Wish =
      switch state {
      case .absent, .removed: .absent
      case .latest: .latest
      case .present, .installed: .present
      case nil: autoremoves ? .absent : .present
      }
    let names = try arguments[PackageModule.name]
    var named = arguments
    upgradesAll = names.contains("*")
    if upgradesAll {
      guard wish == .latest, names.count == 1 else {
        throw Diagnostic(
          .error, "package-name", "`*` stands for all packages, alone and with `state: latest`",
          at: arguments.span(of: PackageModule.name.manual))
      }
      for key in ["name", "pkg", "package"] { named.given[key] = nil }
    }
    for name in names where name.hasPrefix("@") {
      throw Diagnostic(
        .error, "package-group", "groups of packages (`\(name)`) are not supported",
        at: arguments.span(of: PackageModule.name.manual), help: "name the packages themselves")
    }
    for name in names where name.contains("://") {
      throw Diagnostic(
        .error, "package-url", "packages are not fetched from `\(name)`",
        at: arguments.span(of: PackageModule.name.manual),
        help: "bring the file with `get_url` or `copy`, and name its path on the host")
    }
    let all = try PackageModule(named, wish: wish, flags: try DnfModule.flags(arguments))
    options = all.options
    packages = upgradesAll ? nil : all
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(OSFact.self)] + (packages?.reads(given: facts) ?? [])
      + (upgradesAll ? [FactRequest(DnfUpdatesFact.self, key)] : [])
  }

  private var key: String {
    (options.disabledRepositories.map { "--disablerepo=\($0)" }
      + options.enabledRepositories.map { "--enablerepo=\($0)" } + options.flags)
      .joined(separator: " ")
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let system = try facts.fact(OSFact.self) else { return [] }
    guard let tool = PackageTool(rawValue: system.packageManager), tool != .apt else {
      throw .refusing(
        "package-manager",
        "`dnf` needs dnf or yum, and the host has \(system.packageManager.isEmpty ? "none" : system.packageManager)",
        help: "`package` takes whatever the host has")
    }
    if let packages { return try packages.changes(from: facts) }
    guard let updates = try facts.fact(DnfUpdatesFact.self, key), !updates.names.isEmpty else {
      return []
    }
    var change = Change(
      "packages", "upgrade", from: .text("pending"),
      to: .text(updates.names.joined(separator: ", ")),
      steps: [tool.operate(["upgrade"], options, fetching: false)],
      predicts: [Prediction(DnfUpdatesFact.self, key, .present(DnfUpdatesFact(names: [])))],
      blast: .restart)
    change.doubts = Footprint(PackageModule.summaries.union([.kind(PackageFact.kind)]))
    return [change]
  }

  func remaining(before: FactView, after: FactView) throws(Obstacle) -> [Change] {
    guard let packages else { return try changes(from: after) }
    return try packages.remaining(before: before, after: after)
  }
}

/// Packages of which the repositories offer newer versions (`dnf check-update`).
///
/// Keys are options of dnf, joined by blanks.
package struct DnfUpdatesFact: Fact {
  package static let kind = "dnf_updates"

  /// `NAME.ARCHITECTURE VERSION`.
  package var names: [String]

  package static func probe(_ requests: [FactRequest]) -> Script {
    let calls = requests.map { request -> Script in
      let flags = request.key.name.split(separator: " ").map { String($0) }
      return """
        o=$($d -q \(words: flags) check-update 2>&1)
        put \(request.key.name) "$?" "$o"
        """
    }
    return
      "d=dnf; command -v dnf >/dev/null || d=yum; command -v $d >/dev/null || { echo 'no dnf' >&2; exit 127; }"
      + Script(lines: calls)
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<DnfUpdatesFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<DnfUpdatesFact>] = [:]
    while records.count >= 3 {
      let (key, status, output) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      switch status {
      case "0": readings[key] = .present(DnfUpdatesFact(names: []))
      case "100":
        let listed = output.fileLines.prefix { !$0.hasPrefix("Obsoleting") }
        readings[key] = .present(
          DnfUpdatesFact(
            names: listed.map(\.words).filter { $0.count == 3 }.map { "\($0[0]) \($0[1])" }))
      default: readings[key] = .unreadable(output)
      }
    }
    return readings
  }
}
