import Diagnostics
import ModuleKit
import Schema

/// Packages of the host.
package struct PackageModule: StateModule {
  enum Wish: String, ParameterChoice { case present, installed, absent, removed, latest }

  /// A package as it is wished.
  struct Wanted: Hashable {
    let name: String
    /// nil for any; `*` stands for anything.
    let version: String?
  }

  let wanted: [Wanted]
  let files: [String]
  let wish: Wish
  let fetchesLists: Bool
  /// In seconds.
  let listsValidTime: Int
  let options: PackageOptions

  package init(_ arguments: Arguments) throws(Diagnostic) {
    try self.init(arguments, wish: try arguments[PackageModule.state])
  }

  init(_ arguments: Arguments, wish: Wish, flags: [String] = []) throws(Diagnostic) {
    self.wish = wish
    var wanted: [Wanted] = []
    var files = try arguments[PackageModule.deb].map(\.string)
    for text in try arguments[PackageModule.name] where !text.isEmpty {
      if text.hasPrefix("/") {
        files.append(text)
        continue
      }
      let (name, version) =
        text.halves(at: "=").map { (String($0.before), String($0.after)) } ?? (text, nil)
      guard PackageModule.isName(name), version.map({ !$0.isEmpty && !$0.contains(" ") }) ?? true
      else {
        throw Diagnostic(
          .error, "package-name", "`\(text)` is no package",
          at: arguments.span(of: PackageModule.name.manual), help: "write `name` or `name=version`")
      }
      wanted.append(Wanted(name: name, version: version))
    }
    self.wanted = wanted
    self.files = files
    fetchesLists = try arguments[PackageModule.updateCache]
    listsValidTime = try arguments[PackageModule.cacheValidTime]
    var options = try PackageOptions(arguments)
    options.flags = flags
    self.options = options
  }

  /// What a file's name says about the package in it, so that one look is enough where it is right:
  /// `NAME_VERSION_ARCHITECTURE.deb`, `NAME-VERSION-RELEASE.ARCHITECTURE.rpm`.
  static func likelyName(_ path: String) -> String {
    let file = path.split(separator: "/").last ?? ""
    if file.hasSuffix(".deb") { return String(file.prefix { $0 != "_" }) }
    return file.split(separator: "-").dropLast(2).joined(separator: "-")
  }

  static func isName(_ text: String) -> Bool {
    guard let first = text.first, first.isLetter || first.isNumber else { return false }
    return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-._:".contains($0)) }
  }

  private var isRemoval: Bool { wish == .absent || wish == .removed }
  private var onlyFetches: Bool { wanted.isEmpty && files.isEmpty }

  package func reads(given facts: FactView) -> [FactRequest] {
    var reads = [FactRequest(OSFact.self)]
    if onlyFetches { reads.append(FactRequest(PackageCacheFact.self)) }
    let wants: Set<String> = wish == .latest ? ["candidate"] : []
    reads += wanted.map { FactRequest(PackageFact.self, $0.name, wants: wants) }
    for file in files {
      reads.append(FactRequest(PackageFileFact.self, file))
      let name = facts.known(PackageFileFact.self, file)?.name ?? PackageModule.likelyName(file)
      reads.append(FactRequest(PackageFact.self, name))
    }
    if let key = simulation(facts) { reads.append(FactRequest(PackageSimulationFact.self, key)) }
    return reads
  }

  /// What the package manager is asked about beforehand; nil where nothing has to be installed, or it cannot tell.
  private func simulation(_ facts: FactView) -> String? {
    guard !onlyFetches, !isRemoval, !fetchesLists,
      let manager = try? PackageTool(facts.known(OSFact.self)), manager == .apt,
      let targets = try? differences(manager, facts).map(\.target), !targets.isEmpty,
      !targets.contains(where: { $0.contains(" ") })
    else { return nil }
    return (manager.installFlags(options) + targets).joined(separator: " ")
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let manager = try PackageTool(facts.fact(OSFact.self)) else { return [] }
    if onlyFetches { return try listsChange(manager, facts) }
    if isRemoval { return try removal(manager, facts) }
    let found = try differences(manager, facts)
    guard !found.isEmpty else { return [] }
    var changes = found.map(\.change)
    changes[0].steps = [
      manager.install(found.map(\.target), options, fetching: fetchesLists)
    ]
    var parts = PackageModule.mayAppear(facts)
    if let key = simulation(facts), let foretold = try facts.fact(PackageSimulationFact.self, key) {
      if let refusal = foretold.refusal {
        throw .refusing(
          "package-refused",
          "apt-get would not install \(found.map(\.target).joined(separator: " ")): \(refusal)",
          help:
            "check the name and the host's repositories; `update_cache: true` fetches their lists first"
        )
      }
      changes[0].predicts = PackageModule.predictions(foretold) + changes[0].predicts
    } else {
      parts.insert(.kind(PackageFact.kind))
    }
    parts.formUnion(PackageModule.summaries)
    for index in changes.indices { changes[index].doubts = Footprint(parts) }
    return changes
  }

  /// What tells of all packages, or of all that packages may bring.
  static let summaries: Set<Footprint.Part> = [.kind(PackagesFact.kind), .kind(ServicesFact.kind)]

  private static func predictions(_ foretold: PackageSimulationFact) -> [Prediction] {
    foretold.removes.map { Prediction(PackageFact.self, $0, .absent) }
      + foretold.installs.sorted { $0.key < $1.key }.map { name, version in
        Prediction(
          PackageFact.self, name,
          .present(
            PackageFact(isInstalled: true, version: version, architecture: "", isHeld: false)))
      }
  }

  /// What is not there now and may come with a package: units, accounts, files of the system.
  private static func mayAppear(_ facts: FactView) -> Set<Footprint.Part> {
    let kinds: Set = [UnitFact.kind, UserFact.kind, GroupFact.kind, KernelModuleFact.kind]
    let folders = ["/etc/", "/usr/", "/lib/", "/opt/", "/var/", "/run/"]
    return Set(
      facts.keys.filter { key in
        facts[key]?.reading == .absent
          && (kinds.contains(key.kind) || key.isPath && folders.contains { key.name.hasPrefix($0) })
      }.map { .key($0) })
  }

  private func differences(
    _ manager: PackageTool, _ facts: FactView
  ) throws(Obstacle) -> [(change: Change, target: String)] {
    var found: [(change: Change, target: String)] = []
    for package in wanted {
      guard let change = try difference(package, facts) else { continue }
      found.append((change, manager.target(package)))
    }
    for file in files {
      guard let change = try difference(file: file, facts) else { continue }
      found.append((change, file))
    }
    return found
  }

  package func remaining(before: FactView, after: FactView) throws(Obstacle) -> [Change] {
    guard onlyFetches else { return try changes(from: after) }
    let then = before.known(PackageCacheFact.self)?.fetched
    let now = try after.fact(PackageCacheFact.self)?.fetched
    return now != nil && now != then ? [] : try changes(from: after)
  }

  private func difference(_ package: Wanted, _ facts: FactView) throws(Obstacle) -> Change? {
    let fact = try facts.fact(PackageFact.self, package.name)
    let isInstalled = fact?.isInstalled ?? false
    if !isInstalled, options.onlyUpgrades { return nil }
    var target = package.version
    if wish == .latest, target == nil {
      guard let candidate = fact?.candidate else {
        throw .refusing(
          "package-unknown", "no repository of the host offers \(package.name)",
          help: "check the name, add `update_cache: true`, or check the host's repositories")
      }
      target = candidate
    }
    if isInstalled, target.map({ PackageModule.version(fact?.version ?? "", fits: $0) }) ?? true {
      return nil
    }
    let exact = target.flatMap { $0.contains("*") ? nil : $0 }
    return change(package.name, fact, to: target ?? "installed", exact)
  }

  private func difference(file: String, _ facts: FactView) throws(Obstacle) -> Change? {
    guard let archive = try facts.fact(PackageFileFact.self, file) else {
      throw .refusing(
        "package-file-missing", "there is no package file \(file) on the host",
        help: "bring it with `copy` before this task")
    }
    let fact = try facts.fact(PackageFact.self, archive.name)
    if let fact, fact.isInstalled, fact.version == archive.version { return nil }
    return change(archive.name, fact, to: archive.version, archive.version)
  }

  private func change(_ name: String, _ fact: PackageFact?, to target: String, _ version: String?)
    -> Change
  {
    let before = fact.flatMap { $0.isInstalled ? $0.version : nil }
    let after = PackageFact(
      isInstalled: true, version: version, architecture: fact?.architecture ?? "", isHeld: false,
      candidate: fact?.candidate)
    return Change(
      name, "package", before == nil ? .create : .update, from: before.map { .text($0) } ?? .absent,
      to: .text(target),
      predicts: [
        Prediction(
          PackageFact.self, name, .present(after), wants: wish == .latest ? ["candidate"] : [])
      ], blast: before == nil ? .none : .restart)
  }

  private func removal(_ manager: PackageTool, _ facts: FactView) throws(Obstacle) -> [Change] {
    var changes: [Change] = []
    for package in wanted {
      guard let fact = try facts.fact(PackageFact.self, package.name), fact.isInstalled else {
        continue
      }
      changes.append(
        Change(
          package.name, "package", .remove, from: .text(fact.version ?? "installed"), to: .absent,
          predicts: [Prediction(PackageFact.self, package.name, .absent)], blast: .restart))
    }
    guard !changes.isEmpty else { return [] }
    changes[0].steps = [manager.remove(changes.map(\.subject), options)]
    for index in changes.indices { changes[index].doubts = Footprint(PackageModule.summaries) }
    return changes
  }

  private func listsChange(_ manager: PackageTool, _ facts: FactView) throws(Obstacle) -> [Change] {
    let fact = try facts.fact(PackageCacheFact.self)
    if let fact, listsValidTime > 0, fact.age <= listsValidTime { return [] }
    return [
      Change(
        "packages", "lists", from: fact.map { .text("\($0.age) s old") } ?? .absent,
        to: .text("fetched"),
        steps: [manager.fetch(options)],
        predicts: [
          Prediction(
            PackageCacheFact.self, "", .unknown(.init("the lists of packages are fetched")))
        ])
    ]
  }

  /// Whether an installed version is the wished one: as written, without the epoch, or without the release of an rpm.
  static func version(_ installed: String, fits wanted: String) -> Bool {
    let bare = installed.halves(at: ":").map { String($0.after) } ?? installed
    return [installed, bare].contains { version in
      version == wanted || version.hasPrefix(wanted + "-") && !wanted.contains("-")
        || wanted.contains("*") && wildcard(wanted[...], version[...])
    }
  }

  private static func wildcard(_ pattern: Substring, _ text: Substring) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    let rest = pattern.dropFirst()
    if first == "*" {
      return wildcard(rest, text) || !text.isEmpty && wildcard(pattern, text.dropFirst())
    }
    return text.first == first && wildcard(rest, text.dropFirst())
  }
}
