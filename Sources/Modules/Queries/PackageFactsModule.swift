import Diagnostics
import ModuleKit
import Schema

/// `package_facts`: all installed packages as a fact.
struct PackageFactsModule: QueryModule {
  enum Source: String, ParameterChoice {
    case auto, apt, rpm, dnf, dnf5, yum, zypper

    /// What the package manager's database is called in results.
    var database: String? {
      switch self {
      case .auto: nil
      case .apt: "apt"
      default: "rpm"
      }
    }
  }
  enum Strategy: String, ParameterChoice { case first, all }

  private static let manager = Parameter<[Source]>.optional(
    "manager", "The package managers whose packages are wanted; `auto` for the host's own.",
    default: [.auto], shown: "[auto]")
  private static let strategy = Parameter<Strategy>.optional(
    "strategy", "Taken for Ansible's sake: a host's packages are in one database.",
    default: .first, shown: "first")

  static let manual = Manual(
    "package_facts", .query, "Reads which packages are installed.",
    notes: [
      "The result is the fact `packages`: from a package's name to a list of what is installed under it, each with `name`, `version`, `arch` and `source`; a Debian package has `category` too, an rpm `release` and `epoch`.",
      "To have a package installed, say so with `package`: it needs no look beforehand.",
    ],
    parameters: [manager.manual, strategy.manual],
    results: [.init("ansible_facts", "the dictionary `packages`")],
    examples: [
      """
      - name: what is installed
        package_facts:
          manager: auto
      - name: the version of the kernel's tools
        debug:
          msg: "{{ ansible_facts.packages.kmod[0].version }}"
        when: "'kmod' in ansible_facts.packages"
      """
    ])

  private let sources: Set<String?>

  init(_ arguments: Arguments) throws(Diagnostic) {
    sources = Set(try arguments[Self.manager].map(\.database))
  }

  var factNames: [String] { ["packages"] }

  func reads(given facts: FactView) -> [FactRequest] { [FactRequest(PackagesFact.self)] }

  func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    guard let fact = try facts.fact(PackagesFact.self) else { return QueryResult([:]) }
    guard sources.contains(nil) || sources.contains(fact.source) else {
      throw .refusing(
        "package-manager", "the host's packages are \(fact.source)'s, which are not asked for",
        help: "`manager: auto` takes whatever the host has")
    }
    var packages: ValueMap = [:]
    for package in fact.packages.sorted(by: { $0.name < $1.name }) {
      packages[package.name] = .list(
        (packages[package.name]?.list ?? []) + [PackageFactsModule.value(package, fact.source)])
    }
    let found: ValueMap = ["packages": .dict(packages)]
    return QueryResult(["ansible_facts": .dict(found)], effects: [.setFacts(found)])
  }

  private static func value(_ package: PackagesFact.Package, _ source: String) -> Value {
    var map: ValueMap = [
      "name": .string(package.name), "version": .string(package.version),
      "arch": .string(package.architecture), "source": .string(source),
    ]
    if source == "apt" {
      map["category"] = .string(package.section)
    } else {
      map["release"] = .string(package.release)
      map["epoch"] = package.epoch.map { .int($0) } ?? .null
    }
    return .dict(map)
  }
}
