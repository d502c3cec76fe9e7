import Bundle
import Diagnostics
import Engine
import Model
import ModuleKit
import Modules
import Schema
import Template

/// What playbooks will take from bundles on the hosts of an inventory, found without asking any host.
struct CoverageSurvey {
  /// One thing that is needed, by whom.
  struct Need {
    let title: String
    /// `site.yml:12:7`, each once.
    var places: [String]
    var hosts: [String]
    var answer: BundleCoverage.Answer
    /// Whether every task that wants it may be skipped.
    var isDoubtful: Bool
  }

  /// What cannot be known before, and where.
  struct Gap: Hashable {
    let place: String
    let hosts: [String]
    let reason: String
  }

  private let coverage: BundleCoverage
  /// Whether packages come from somewhere else.
  private let ignoresPackages: Bool
  private(set) var needs: [Need] = []
  private(set) var gaps: [Gap] = []
  /// Tasks whose commands nobody looks into.
  private(set) var commandCount = 0
  private var places: [String: Int] = [:]
  private var open: [String: (place: String, reason: String, hosts: [String])] = [:]

  init(_ bundles: [TrustedBundle], ignoresPackages: Bool) {
    coverage = BundleCoverage(bundles.map(\.manifest))
    self.ignoresPackages = ignoresPackages
    for bundle in bundles {
      for item in bundle.manifest.items where item.kind == .manifest {
        add(imagesOf: item, bundle)
      }
    }
  }

  /// What a manifest in the bundle names must be there too, whoever applies it.
  private mutating func add(imagesOf item: BundleItem, _ bundle: TrustedBundle) {
    let bytes = (try? bundle.blob(item.sha256)?.bytes()) ?? nil
    for name in ManifestImages.names(inText: bytes ?? []) {
      add(
        .image(name), at: "\(item.file) of the bundle",
        .init(name: "", architecture: nil, systems: nil), isDoubtful: false)
    }
  }

  // MARK: Playbooks

  mutating func add(_ program: Program, _ foresight: Foresight, _ context: HostContext) {
    var machines: [String: BundleCoverage.Machine] = [:]
    var commands: Set<String> = []
    for occurrence in foresight.occurrences(of: program) {
      let task = occurrence.task
      let place = task.moduleSpan?.location ?? task.title
      let name = Registry.all.module(named: task.module)?.manual.name ?? task.module
      if Self.commands.contains(name) { commands.insert(place) }
      guard takesSupplies(task.module) else { continue }
      if let failure = occurrence.failure {
        if failure.id == "bundle-lacks" {
          add(
            failure.message, .missing(hint: failure.help ?? ""), at: place, occurrence.host,
            isDoubtful: occurrence.isDoubtful)
        } else {
          note(failure.message, at: place, occurrence.host)
        }
        continue
      }
      switch occurrence.module {
      case .unknown(let unknown): note(unknown.summary, at: place, occurrence.host)
      case .known(let module):
        let host = occurrence.host
        let machine = machines[host] ?? HostPlatform(context: context).machine(host)
        machines[host] = machine
        for supply in (module as? any TakesSupplies)?.supplies ?? [] {
          add(supply, at: place, machine, isDoubtful: occurrence.isDoubtful)
        }
      }
    }
    commandCount += commands.count
    for span in foresight.openInclusions(of: program) {
      note("what it includes is known when it is reached", at: span.location, "")
    }
    gaps = open.values.map { Gap(place: $0.place, hosts: $0.hosts, reason: $0.reason) }
      .sorted { ($0.place, $0.reason) < ($1.place, $1.reason) }
  }

  /// Modules of which nobody knows what they need.
  private static let commands: Set = ["command", "shell", "raw", "script"]

  private func takesSupplies(_ name: String) -> Bool {
    Registry.all.module(named: name) is any TakesSupplies.Type
  }

  private mutating func note(_ reason: String, at place: String, _ host: String) {
    let reason = reason.replacing("host `\(host)`", with: "the host")
    let key = place + " " + reason
    open[key, default: (place, reason, [])].hosts.addOnce(host)
  }

  private mutating func add(
    _ supply: Supply, at place: String, _ machine: BundleCoverage.Machine, isDoubtful: Bool
  ) {
    if ignoresPackages, case .package = supply { return }
    var answer = coverage.answer(to: supply, on: machine)
    if machine.name.isEmpty, case .unclear = answer { answer = .present }
    add(supply.title, answer, at: place, machine.name, isDoubtful: isDoubtful)
  }

  private mutating func add(
    _ title: String, _ answer: BundleCoverage.Answer, at place: String, _ host: String,
    isDoubtful: Bool
  ) {
    let key = "\(title) \(answer)"
    guard let known = places[key] else {
      places[key] = needs.count
      needs.append(
        Need(
          title: title, places: [place], hosts: host.isEmpty ? [] : [host], answer: answer,
          isDoubtful: isDoubtful))
      return
    }
    needs[known].places.addOnce(place)
    needs[known].hosts.addOnce(host)
    needs[known].isDoubtful = needs[known].isDoubtful && isDoubtful
  }
}

/// What the inventory says about a host's machine and system, under the names of Ansible's facts.
private struct HostPlatform {
  let context: HostContext

  func machine(_ name: String) -> BundleCoverage.Machine {
    guard let host = context.inventory.host(named: name) else {
      return .init(name: name, architecture: nil, systems: nil)
    }
    let renderer = context.renderer(for: host, folders: context.inventory.folders)
    func text(_ name: String) -> String? {
      guard let value = try? renderer.variables.value(named: name),
        let rendered = try? renderer.render(value)
      else { return nil }
      return Argument(rendered, path: name).sourceText
    }
    let id = text("ansible_distribution")
    let version = text("ansible_distribution_version") ?? text("ansible_distribution_major_version")
    return .init(
      name: name, architecture: text("ansible_architecture").map(Architecture.name(ofMachine:)),
      systems: id.map { SystemName.all(id: $0, version: version ?? "") })
  }
}

extension [String] {
  fileprivate mutating func addOnce(_ text: String) {
    if !text.isEmpty, !contains(text) { append(text) }
  }
}
