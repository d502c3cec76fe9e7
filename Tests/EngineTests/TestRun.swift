import Diagnostics
import Glibc
import Model
import ModuleKit
import Modules
import Schema
import Synchronization
import Template
import Testing
import Transport
import Vault

@testable import Engine

/// A playbook run on this machine: every host of the inventory is this machine, reached by a local shell.
struct TestRun {
  let events: [RunEvent]
  let record: RunRecord

  /// Task reports in the order in which they came.
  var reports: [TaskReport] {
    events.compactMap { event in
      guard case .task(let report) = event else { return nil }
      return report
    }
  }

  /// `host task outcome` of every report of a host.
  func outcomes(of host: String) -> [String] {
    reports.filter { $0.host == host }.map { report in
      let item = report.item.map { "(\($0))" } ?? ""
      return "\(report.task)\(item) \(report.outcome.word)"
    }
  }

  func outcome(_ task: String, on host: String = "a") -> String? {
    reports.first { $0.task == task && $0.host == host }?.outcome.word
  }

  func host(_ name: String) -> HostRecord? { record.hosts.first { $0.name == name }?.record }

  /// What `debug` and the like have shown, by task.
  func message(of task: String, on host: String = "a") -> Value? {
    reports.first { $0.task == task && $0.host == host }?.message
  }
}

extension TaskReport.Outcome {
  var word: String {
    switch self {
    case .ok: "ok"
    case .changed: "changed"
    case .skipped: "skipped"
    case .maybe: "maybe"
    case .opaque: "opaque"
    case .failed(let failure): "failed: \(failure.id)"
    case .ignored: "ignored"
    case .blocked: "blocked"
    }
  }
}

/// A folder of this machine that is gone after the test.
final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/spile-engine-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Oops("mkdtemp") }
    path = String(cString: made)
  }

  deinit { remove(path) }

  private func remove(_ path: String) {
    for name in ControllerDisk.system.names(path) { remove(path + "/" + name) }
    Glibc.remove(path)
  }

  func text(_ name: String) -> String? {
    guard let bytes = try? ControllerDisk.system.read(path + "/" + name) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  func write(_ name: String, _ text: String) throws {
    try FileWriting(folderMode: 0o755).write(Array(text.utf8), to: path + "/" + name)
  }

  func exists(_ name: String) -> Bool { ControllerDisk.system.kind(path + "/" + name) != nil }
}

extension ControllerDisk {
  /// Files in memory, and what really is in a scratch folder.
  static func memory(_ files: [String: String], and scratch: Scratch) -> ControllerDisk {
    let memory = ControllerDisk.memory(files)
    let folder = scratch.path
    let disk = { @Sendable (path: String) in path.hasPrefix(folder) ? ControllerDisk.system : memory
    }
    return ControllerDisk(
      read: { path throws(Failure) in try disk(path).read(path) },
      kind: { disk($0).kind($0) }, names: { disk($0).names($0) })
  }
}

struct Oops: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Loads, compiles and runs; `DIR` in the texts is the scratch folder.
func runPlaybook(
  _ text: String, hosts: [String] = ["a"], mode: RunMode = .apply, scratch: Scratch,
  files: [String: String] = [:], tags: [String] = [], vault: VaultKeys = VaultKeys()
) async throws -> TestRun {
  var disk = ["site.yml": text.replacing("DIR", with: scratch.path)]
  disk["hosts.yml"] = """
    all:
      vars: {ansible_connection: local, dir: \(scratch.path)}
      hosts:
    \(hosts.map { "    \($0): {}" }.joined(separator: "\n"))
    """
  for (name, text) in files { disk[name] = text.replacing("DIR", with: scratch.path) }
  let (setup, program) = try compilePlaybook(
    .memory(disk, and: scratch).with(vault), mode: mode, tags: tags)
  let events = Mutex<[RunEvent]>([])
  let record = await Run(setup, program) { event in events.withLock { $0.append(event) } }.execute()
  return TestRun(events: events.withLock { $0 }, record: record)
}

/// The setup and program of `site.yml` and `hosts.yml`; throws what is wrong with them.
func compilePlaybook(
  _ disk: ControllerDisk, mode: RunMode = .apply, tags: [String] = []
) throws -> (RunSetup, Program) {
  var bag = DiagnosticBag()
  let catalog = ModuleCatalog(names: Registry.all.names) { Registry.all.module(named: $0)?.manual }
  let loader = PlaybookLoader(modules: catalog, disk: disk)
  let playbook = loader.load(path: "site.yml", into: &bag)
  let inventory = InventoryLoader(disk: disk, playbookFolders: ["."]).load(
    sources: ["hosts.yml"], into: &bag)
  guard let playbook, !bag.hasErrors else { throw DiagnosticError(bag.errors) }
  var options = RunOptions(mode: mode)
  options.tags = tags
  let store = VariableStore(inventory: inventory)
  let numbers = Mutex(playbook.nextTaskNumber)
  let setup = RunSetup(
    playbook: playbook, variables: store, registry: Registry.all,
    connector: LocalConnector(),
    hostFacts: HostFactsSource(
      request: FactRequest(OSFact.self), typical: ["distribution": .string("debian")]
    ) { view in
      guard let system: OSFact = view.known(OSFact.self) else { return nil }
      return ["distribution": .string(system.id), "kernel": .string("any")]
    }, disk: disk, options: options,
    resources: { folders, _ in
      TaskResources(folders: folders, inventory: store.inventory, disk: disk)
    },
    includeTasks: { include, file, parts in
      try numbers.withLock { next in
        let included = try loader.tasks(
          of: include, file: file, parts: parts, in: playbook, firstNumber: next)
        next = (included.tasks + included.handlers).reduce(next) { max($0, $1.greatestNumber + 1) }
        return included
      }
    })
  let compiler = Compiler(
    playbook: playbook, inventory: inventory, registry: Registry.all, options: options,
    extraVariables: [:])
  guard let program = compiler.compile(into: &bag) else { throw DiagnosticError(bag.errors) }
  return (setup, program)
}
