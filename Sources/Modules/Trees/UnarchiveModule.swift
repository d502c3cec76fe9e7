import Diagnostics
import ModuleKit
import Schema

/// `unarchive`: what an archive holds, below a folder of the host.
struct UnarchiveModule: StateModule {
  private enum Source: Sendable {
    case controller([ControllerContent.TreeEntry])
    case host(HostPath)
  }

  private let source: Source
  private let name: String
  private let destination: HostPath
  private let creates: HostPath?
  private let permissions: Permissions
  private let options: TarOptions
  private let includes: [String]
  private let excludes: [String]
  private let keepsNewer: Bool
  private let listsFiles: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    destination = try arguments[Self.destination]
    creates = try arguments[Self.creates]
    permissions = try Permissions(arguments)
    options = try arguments[Self.options] ?? TarOptions()
    includes = try arguments[Self.includes] ?? []
    let unwanted: [String] = try arguments[Self.excludes] ?? []
    excludes = unwanted + options.excludes
    keepsNewer = try arguments[Self.keepsNewer]
    listsFiles = try arguments[Self.listsFiles]
    name = try arguments[Self.source]
    let isCopied = try arguments[Self.copies]
    let isRemote = try arguments[Self.isRemote] || !isCopied
    if isRemote {
      guard !name.contains("://") else {
        throw Diagnostic(
          .error, "unsupported-value", "`src` may not be a URL: nothing is fetched on the side",
          at: arguments.span(of: Self.source.manual),
          help: "fetch it with `get_url` first, which can compare its checksum")
      }
      source = .host(
        try HostPath(arguments.argument(Self.source.manual) ?? .init(.null, path: "src")))
      return
    }
    guard case .tree(let entries) = arguments.argument(Self.source.manual)?.content else {
      throw Diagnostic(
        .error, "file-not-read", "there is no archive `\(name)` on the controller",
        at: arguments.span(of: Self.source.manual))
    }
    source = .controller(entries)
  }

  // MARK: - Reading and comparing

  func reads(given facts: FactView) -> [FactRequest] {
    var requests = permissions.reads(for: nil)
    if let creates { requests.append(FactRequest(FileFact.self, creates.string)) }
    if case .host(let archive) = source {
      requests.append(FactRequest(FileFact.self, archive.string))
      requests.append(FactRequest(HostArchiveFact.self, archive.string))
      if let resolved = facts.known(FileFact.self, archive.string)?.resolved {
        requests.append(FactRequest(FileFact.self, resolved.string))
      }
    }
    requests.append(FactRequest(FileFact.self, destination.string))
    guard let wish = try? wish(facts) else { return requests }
    return requests + wish.reads(given: facts)
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    if let creates, try facts.fact(FileFact.self, creates.string) != nil { return [] }
    guard let folder = try facts.fact(FileFact.self, destination.string) else {
      throw .refusing(
        "no-parent-folder", "there is no folder `\(destination)` to unpack into",
        help: "create it first: `file: {path: \(destination), state: directory}`")
    }
    guard folder.mayHoldFiles else {
      throw .refusing("not-a-folder", "`\(destination)` is a \(folder.type.rawValue), not a folder")
    }
    if case .host(let archive) = source {
      guard try facts.fact(HostArchiveFact.self, archive.string) != nil else {
        throw .refusing(
          "source-absent", "there is no `\(archive)` on the host",
          help: "with `remote_src: true`, `src` is a path of the host")
      }
    }
    return try wish(facts).changes(from: facts)
  }

  private func wish(_ facts: FactView) throws(Obstacle) -> TreeWish {
    let items = try items(facts)
    let carrier: TreeCarrier
    switch source {
    case .controller: carrier = .controller
    case .host(let archive):
      var file = try facts.fact(FileFact.self, archive.string)
      if let resolved = file?.resolved { file = facts.known(FileFact.self, resolved.string) }
      guard let trace = file?.trace else {
        throw .unknown(Unknown("what will be in `\(archive)`"))
      }
      carrier = .host(
        archive: archive, identity: "\(trace.size) \(trace.modified.seconds)",
        isZip: facts.known(HostArchiveFact.self, archive.string)?.isZip ?? false,
        strip: options.strip)
    }
    var wish = TreeWish(root: destination, items: items, carrier: carrier)
    wish.keepsNewer = keepsNewer
    return wish
  }

  /// The members that are wanted, with their names as they will be and the wished attributes.
  private func items(_ facts: FactView) throws(Obstacle) -> [TreeItem] {
    let all: [TreeItem]
    switch source {
    case .controller(let entries): all = entries.map { TreeItem($0) }
    case .host(let archive):
      let fact = try facts.fact(HostArchiveFact.self, archive.string)
      if fact?.isZip == true, options.strip > 0 {
        throw .refusing("unsupported-value", "`--strip-components` is not for zip archives")
      }
      var items: [TreeItem] = []
      for member in fact?.members ?? [] {
        if let item = try UnarchiveModule.item(member) { items.append(item) }
      }
      all = items
    }
    return all.compactMap { item in
      guard isWanted(item.path) else { return nil }
      var item = item
      let parts = item.path.split(separator: "/")
      guard parts.count > options.strip || parts.count == options.strip && item.kind == .folder
      else { return nil }
      item.path = parts.dropFirst(options.strip).joined(separator: "/")
      if !options.keepsOwner || facts.known(IdentityFact.self)?.user.id != 0 {
        item.owner = nil
        item.group = nil
      }
      if let mode = permissions.mode { item.mode = mode }
      if let owner = permissions.owner { item.owner = owner }
      if let group = permissions.group { item.group = group }
      return item
    }
  }

  private static func item(_ member: HostArchiveFact.Member) throws(Obstacle) -> TreeItem? {
    let parts = member.name.split(separator: "/").filter { $0 != "." }
    guard !parts.contains("..") else {
      throw .refusing(
        "archive-path", "the name `\(member.name)` in the archive leads out of the folder")
    }
    guard !parts.isEmpty || member.type == .directory else { return nil }
    let kind: TreeItem.Kind =
      switch member.type {
      case .directory: .folder
      case .link: .link(member.target ?? "")
      default: .file(sha256: member.sha256 ?? "", size: member.size, content: nil)
      }
    var item = TreeItem(path: parts.joined(separator: "/"), kind: kind)
    item.mode = ModeWish(member.mode)
    item.owner = member.owner.map { Account(name: nil, id: $0) }
    item.group = member.group.map { Account(name: nil, id: $0) }
    return item
  }

  /// By the name in the archive: a name stands for all that is below it, and may be a shell pattern.
  private func isWanted(_ path: String) -> Bool {
    func matches(_ patterns: [String]) -> Bool {
      patterns.contains { pattern in
        let cleaned = pattern.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        return path == cleaned || path.hasPrefix(cleaned + "/")
          || ShellPattern(cleaned).matches(path)
      }
    }
    if !includes.isEmpty, !matches(includes) { return false }
    return !matches(excludes)
  }

  // MARK: - Result

  func result(before: FactView, after facts: FactView, replies: [StepReply]) -> ValueMap {
    var result: ValueMap = ["dest": .string(destination.string), "src": .string(name)]
    if let creates, before.known(FileFact.self, creates.string) != nil {
      result["skipped"] = .bool(true)
      result["msg"] = .string("skipped, since \(creates) exists")
      return result
    }
    if let folder = facts.known(FileFact.self, destination.string) { result.add(folder) }
    if listsFiles {
      let items = (try? items(facts)) ?? []
      result["files"] = .list(
        items.map { .string($0.kind == .folder ? $0.path + "/" : $0.path) })
    }
    return result
  }
}
