import Diagnostics
import ModuleKit
import Schema

/// `assemble`: one file of many fragments.
struct AssembleModule: StateModule {
  private enum Source: Sendable {
    /// Names and contents.
    case controller([(name: String, content: Blob)])
    case host(HostPath)
  }

  private let source: Source
  private let destination: HostPath
  private let delimiter: [UInt8]
  private let pattern: PatternText?
  private let ignoresHidden: Bool
  private let write: FileWrite

  init(_ arguments: Arguments) throws(Diagnostic) {
    destination = try arguments[Self.destination]
    pattern = try arguments[Self.pattern]
    ignoresHidden = try arguments[Self.ignoresHidden]
    delimiter = AssembleModule.ended(try arguments[Self.delimiter] ?? "")
    if try arguments[Self.isRemote] {
      source = .host(
        try HostPath(arguments.argument(Self.source.manual) ?? .init(.null, path: "src")))
    } else {
      source = .controller(try AssembleModule.fragments(arguments))
    }
    write = FileWrite(
      path: destination, content: Blob([]), permissions: try Permissions(arguments),
      validation: try Validation(arguments), keepsBackup: try arguments[CopyModule.backup])
  }

  private static func fragments(
    _ arguments: Arguments
  ) throws(Diagnostic) -> [(name: String, content: Blob)] {
    guard case .tree(let entries) = arguments.argument(Self.source.manual)?.content else {
      throw Diagnostic(
        .error, "file-not-read", "`src` is no folder on the controller",
        at: arguments.span(of: Self.source.manual))
    }
    return entries.compactMap { entry in
      guard !entry.path.contains("/") else { return nil }
      return entry.blob.map { (entry.path, $0) }
    }
  }

  /// A delimiter always ends its line; `\n` and `\t` are understood as in Python.
  private static func ended(_ text: String) -> [UInt8] {
    guard !text.isEmpty else { return [] }
    let plain = text.replacing("\\n", with: "\n").replacing("\\t", with: "\t")
    return Array((plain.hasSuffix("\n") ? plain : plain + "\n").utf8)
  }

  // MARK: - Reading and comparing

  func reads(given facts: FactView) -> [FactRequest] {
    var requests = FileWrite.reads(destination, write.permissions, given: facts)
    if case .host(let folder) = source {
      requests.append(FactRequest(TreeFact.self, folder.string, wants: ["list"]))
      requests += names(in: folder, facts).map {
        ContentFact.request(content: folder.appending($0))
      }
    }
    if let content = try? content(facts) {
      requests.append(ContentFact.request(destination, unless: content))
    }
    return requests
  }

  /// What may be a fragment of a folder of the host; a link may lead to one.
  private func names(in folder: HostPath, _ facts: FactView) -> [String] {
    let list = facts.known(TreeFact.self, folder.string)?.list ?? []
    return list.filter { $0.type != .directory && !$0.path.contains("/") }.map(\.path)
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    var write = write
    write.content = try content(facts)
    return try write.changes(from: facts)
  }

  private func content(_ facts: FactView) throws(Obstacle) -> Blob {
    var isFirst = true
    var bytes: [UInt8] = []
    var isSecret = false
    for (name, content) in try fragments(facts).sorted(by: { $0.name < $1.name }) {
      if ignoresHidden, name.hasPrefix(".") { continue }
      if let pattern, try LinePattern(pattern.text).search(name) == nil { continue }
      if !isFirst {
        if !bytes.isEmpty, !bytes.endsWithNewline { bytes.append(UInt8(ascii: "\n")) }
        bytes += delimiter
      }
      isFirst = false
      bytes += content.bytes
      isSecret = isSecret || content.isSecret
    }
    return Blob(bytes, isSecret: isSecret)
  }

  private func fragments(
    _ facts: FactView
  ) throws(Obstacle) -> [(name: String, content: Blob)] {
    guard case .host(let folder) = source else {
      guard case .controller(let fragments) = source else { return [] }
      return fragments
    }
    guard try facts.fact(TreeFact.self, folder.string) != nil else {
      throw .refusing(
        "source-absent", "there is no folder `\(folder)` on the host",
        help: "`remote_src: false` takes fragments of the controller")
    }
    var fragments: [(name: String, content: Blob)] = []
    for name in names(in: folder, facts) {
      let path = folder.appending(name)
      if facts.reading(ContentFact.self, path.string) == .unreadable(ContentFact.notRegular) {
        continue
      }
      guard let fact = try facts.fact(ContentFact.self, path.string) else { continue }
      guard let blob = fact.content else {
        throw .refusing(
          "file-too-large", "`\(path)` has \(fact.size) bytes: too many for a fragment")
      }
      fragments.append((name, blob))
    }
    return fragments
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    var result: ValueMap = ["dest": .string(destination.string)]
    if let content = try? content(facts) {
      result["checksum"] = .string(sha1Hex(content.bytes))
    }
    if let file = facts.known(FileFact.self, destination.string) { result.add(file) }
    result.addBackup(from: replies)
    return result
  }
}

extension AssembleModule {
  static let source = Parameter<String>.required(
    "src", "The folder of fragments, on the host, or with `remote_src: false` on the controller.",
    treatment: .controllerFile)
  static let destination = Parameter<HostPath>.required(
    "dest", "The file on the host.", isSubject: true)
  static let isRemote = Parameter<Bool>.optional(
    "remote_src", "Whether `src` is on the host.", default: true, shown: "true")
  static let delimiter = Parameter<String?>.optional(
    "delimiter", "A line between two fragments.")
  static let pattern = Parameter<PatternText?>.optional(
    "regexp", "Takes only fragments in whose name this regular expression is found.")
  static let ignoresHidden = Parameter<Bool>.optional(
    "ignore_hidden", "Leaves out names that begin with a dot.", default: false, shown: "false")

  static let manual = Manual(
    "assemble", .state, "One file of many fragments.",
    notes: [
      "Fragments are the files of one folder in the order of their names; a newline is put where one ends without.",
      "The new file is put together on the controller, so that a dry run shows what changes.",
    ],
    parameters: [
      source.manual, destination.manual, isRemote.manual, delimiter.manual, pattern.manual,
      ignoresHidden.manual, CopyModule.backup.manual, Validation.parameter.manual,
    ] + Permissions.parameters, results: CopyModule.manual.results,
    examples: [
      """
      - name: the server's configuration, of its parts
        assemble:
          src: /etc/app/conf.d
          dest: /etc/app/app.conf
          regexp: '\\.conf$'
          delimiter: "### next ###"
          mode: "0640"
      """,
      """
      - name: authorized keys, of files on the controller
        assemble:
          src: keys
          remote_src: false
          dest: /root/.ssh/authorized_keys
          mode: "0600"
      """,
    ])
}
