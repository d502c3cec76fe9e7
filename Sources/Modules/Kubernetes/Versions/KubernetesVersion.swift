import Diagnostics
import Schema

/// A minor version of Kubernetes, and everything that it knows: flags, fields, feature gates.
struct KubernetesVersion: ParameterType, Hashable, CustomStringConvertible {
  static let typeDescription = "Kubernetes version"

  /// 36 of 1.36.
  let minor: Int

  var description: String { "1.\(minor)" }

  /// `1.36`, `1.36.3`, `v1.36.3`.
  init(_ argument: Argument) throws(Diagnostic) {
    let text = argument.sourceText ?? ""
    guard let version = KubernetesVersion(text) else {
      let known = KubernetesRelease.all.map { "1.\($0.minor)" }
      let asked = KubernetesVersion.minor(of: text)
      throw argument.wrong(
        "kubernetes-version",
        "must be a version of Kubernetes that is known, not \(argument.shown)",
        help: asked == nil
          ? "write it in quotes, such as \"\(known.last ?? "")\" (1.30 without them is the number 1.3)"
          : "\(known.first ?? "") to \(known.last ?? "") are: what flags and fields others have is not known"
      )
    }
    self = version
  }

  init?(_ text: String) {
    guard let minor = KubernetesVersion.minor(of: text),
      KubernetesRelease.all.contains(where: { $0.minor == minor })
    else { return nil }
    self.minor = minor
  }

  /// The minor number of `1.36`, `v1.36.3`, `Kubernetes v1.36.3-rc.1`.
  static func minor(of text: String) -> Int? {
    let word = text.split(separator: " ").last ?? ""
    let parts = (word.first == "v" ? word.dropFirst() : word).split(
      separator: ".", omittingEmptySubsequences: false)
    guard (2...).contains(parts.count), parts[0] == "1" else { return nil }
    return Int(parts[1])
  }

  /// By name: the kind of its value.
  func flags(of component: KubernetesComponent) -> [String: String] {
    knowledge?.flags[component] ?? [:]
  }

  /// By path: the kind of its value.
  func fields(of component: KubernetesComponent) -> [String: String] {
    knowledge?.fields[component] ?? [:]
  }

  /// By name: `free`, `locked-true` or `locked-false`.
  var gates: [String: String] { knowledge?.gates ?? [:] }

  var pauseImage: String { releases.last?.pauseImage ?? "" }

  /// The version that took away what an older one had under a name; nil where none had it.
  func removal(
    of name: String, from names: (KubernetesRelease) -> KubernetesNames?
  ) -> KubernetesVersion? {
    releases.last { names($0)?.removed.contains(name) == true }
      .flatMap { KubernetesVersion("1.\($0.minor)") }
  }

  /// The later version that brings a name; nil where none does.
  func arrival(
    of name: String, in names: (KubernetesRelease) -> KubernetesNames?
  ) -> KubernetesVersion? {
    KubernetesRelease.all.first { $0.minor > minor && names($0)?.added[name] != nil }
      .flatMap { KubernetesVersion("1.\($0.minor)") }
  }

  private var releases: [KubernetesRelease] {
    KubernetesRelease.all.filter { $0.minor <= minor }
  }

  /// Everything that one version knows, gathered once: every task of every host asks for it.
  private struct Knowledge: Sendable {
    var flags: [KubernetesComponent: [String: String]] = [:]
    var fields: [KubernetesComponent: [String: String]] = [:]
    var gates: [String: String] = [:]
  }

  private var knowledge: Knowledge? { Self.known[minor] }

  private static let known: [Int: Knowledge] = {
    var all: [Int: Knowledge] = [:]
    var knowledge = Knowledge()
    for release in KubernetesRelease.all {
      for (component, names) in release.flags {
        names.change(&knowledge.flags[component, default: [:]])
      }
      for (component, names) in release.fields {
        names.change(&knowledge.fields[component, default: [:]])
      }
      release.gates.change(&knowledge.gates)
      all[release.minor] = knowledge
    }
    return all
  }()
}
