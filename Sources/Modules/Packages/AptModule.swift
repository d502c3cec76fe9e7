import Diagnostics
import ModuleKit
import Schema

/// `apt`: packages of Debian and its relatives, with what only apt-get knows.
struct AptModule: StateModule {
  enum Wish: String, ParameterChoice {
    case present, absent, latest, fixed
    case buildDep = "build-dep"
    case installed, removed
  }
  enum Upgrade: String, ParameterChoice { case no, yes, safe, full, dist }

  /// Another command than to install or remove.
  struct Operation: Hashable {
    /// `dist-upgrade`; `build-dep NAME`.
    let words: [String]
    let attribute: String
  }

  let packages: PackageModule?
  private let operations: [Operation]
  private let options: PackageOptions
  private let fetchesLists: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    let state = try arguments[AptModule.state]
    var flags: [String] = []
    if try arguments[AptModule.changesHeld] { flags.append("--allow-change-held-packages") }
    if try arguments[AptModule.force] {
      flags += ["--allow-downgrades", "--allow-remove-essential"]
    }
    if try arguments[AptModule.failsOnRemoval] { flags.append("--no-remove") }
    let wish: PackageModule.Wish =
      switch state {
      case .absent, .removed: .absent
      case .latest: .latest
      default: .present
      }
    let all = try PackageModule(arguments, wish: wish, flags: flags)
    options = all.options
    fetchesLists = all.fetchesLists
    operations = try AptModule.operations(arguments, state, all)
    let isPackages = state != .buildDep && (!all.wanted.isEmpty || !all.files.isEmpty)
    packages = isPackages || operations.isEmpty ? all : nil
  }

  private static func operations(
    _ arguments: Arguments, _ state: Wish, _ all: PackageModule
  ) throws(Diagnostic) -> [Operation] {
    var operations: [Operation] = []
    let names = all.wanted.map(PackageTool.apt.target)
    if state == .buildDep {
      guard !names.isEmpty else {
        throw Diagnostic(
          .error, "missing-parameter", "`state: build-dep` needs `name`", at: arguments.span)
      }
      operations.append(
        Operation(words: ["build-dep"] + names, attribute: "build dependencies"))
    }
    if state == .fixed {
      operations.append(Operation(words: ["-f", "install"], attribute: "broken dependencies"))
    }
    switch try arguments[AptModule.upgrade] {
    case .no: break
    case .yes, .safe:
      operations.append(Operation(words: ["upgrade", "--with-new-pkgs"], attribute: "upgrade"))
    case .full, .dist: operations.append(Operation(words: ["dist-upgrade"], attribute: "upgrade"))
    }
    if all.options.removesUnneeded, names.isEmpty, all.files.isEmpty {
      operations.append(
        Operation(
          words: ["autoremove"] + (all.options.purges ? ["--purge"] : []), attribute: "unneeded"))
    }
    if try arguments[AptModule.autoclean] {
      operations.append(Operation(words: ["autoclean"], attribute: "outdated downloads"))
    }
    return operations
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(OSFact.self)] + (packages?.reads(given: facts) ?? [])
      + operations.map { FactRequest(PackageSimulationFact.self, key($0)) }
      + (fetchesLists && packages == nil ? [FactRequest(PackageCacheFact.self)] : [])
  }

  private func key(_ operation: Operation) -> String {
    (["@"] + PackageTool.apt.installFlags(options) + operation.words).joined(separator: " ")
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let system = try facts.fact(OSFact.self) else { return [] }
    guard system.packageManager == "apt" else {
      throw .refusing(
        "package-manager",
        "`apt` needs apt-get, and the host has \(system.packageManager.isEmpty ? "none" : system.packageManager)",
        help: "`package` takes whatever the host has")
    }
    var changes = try packages?.changes(from: facts) ?? []
    var isFetched = packages != nil || !fetchesLists
    for operation in operations {
      let mayFetch = !isFetched && operation.attribute != "outdated downloads"
      if let change = try change(operation, facts, fetching: mayFetch) {
        changes.append(change)
        isFetched = isFetched || mayFetch
      }
    }
    return changes
  }

  private func change(
    _ operation: Operation, _ facts: FactView, fetching: Bool
  ) throws(Obstacle) -> Change? {
    guard let foretold = try facts.fact(PackageSimulationFact.self, key(operation)) else {
      return nil
    }
    if let refusal = foretold.refusal, !fetching {
      throw .refusing(
        "package-refused",
        "apt-get would not \(operation.words.joined(separator: " ")): \(refusal)",
        help: "`update_cache: true` fetches the lists of packages first")
    }
    let names =
      (foretold.installs.map { "\($0.key) \($0.value)" } + foretold.removes.map { "-\($0)" })
      .sorted()
    guard !names.isEmpty || foretold.deletes > 0 else { return nil }
    let shown = names.isEmpty ? "\(foretold.deletes) files" : names.joined(separator: ", ")
    var predicts = foretold.removes.map { Prediction(PackageFact.self, $0, .absent) }
    var done = foretold
    done.installs = [:]
    done.removes = []
    done.deletes = 0
    predicts.append(
      Prediction(PackageSimulationFact.self, key(operation), .present(done)))
    var change = Change(
      "packages", operation.attribute, from: .text(names.isEmpty ? "there" : "pending"),
      to: .text(shown),
      steps: [PackageTool.apt.operate(operation.words, options, fetching: fetching)],
      predicts: predicts, blast: names.isEmpty ? .none : .restart)
    change.doubts = Footprint(PackageModule.summaries.union([.kind(PackageFact.kind)]))
    return change
  }

  func remaining(before: FactView, after: FactView) throws(Obstacle) -> [Change] {
    let left = try changes(from: after).filter { change in
      operations.contains { $0.attribute == change.attribute }
    }
    return try (packages?.remaining(before: before, after: after) ?? []) + left
  }
}
