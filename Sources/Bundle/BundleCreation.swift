import Diagnostics
import Glibc
import PKI

/// Makes a bundle of the files that a list names.
package struct BundleCreation: Sendable {
  /// A file of the controller, with what the bundle will say of it.
  struct Source: Sendable {
    var item: BundleItem
    let path: String
    /// Where the list names it.
    let span: Span
  }

  /// What will be written.
  package let manifest: BundleManifest
  private let sources: [Source]

  /// Reads and hashes all files; what is missing or wrong goes into the bag, all of it, and nil comes back.
  /// - Parameters:
  ///   - list: what goes into it.
  ///   - base: what the receiver has already; nil for a whole bundle.
  ///   - created: the moment that the manifest tells.
  ///   - tool: the program's name and version.
  ///   - bag: takes what is wrong.
  package init?(
    _ list: BundleList, base: BundleManifest?, created: Moment, tool: String,
    into bag: inout DiagnosticBag
  ) {
    var gathering = Gathering(list: list, bag: bag)
    var sources = gathering.sources()
    bag = gathering.bag
    guard !bag.hasErrors else { return nil }
    let known = base?.blobs ?? [:]
    for index in sources.indices where known[sources[index].item.sha256] != nil {
      sources[index].item.isInBase = true
    }
    sources.sort { $0.item.order.lexicographicallyPrecedes($1.item.order) }
    self.sources = sources
    manifest = BundleManifest(
      name: list.name, created: created, tool: tool, base: base?.id, items: sources.map(\.item))
  }

  /// Signs and writes the bundle: an archive or a folder, which must not be there yet.
  package func write(
    to place: String, isArchive: Bool, key: BundleKey
  ) throws(Diagnostic) {
    let bytes = manifest.bytes
    let signature = try key.sign(bytes).bytes
    do throws(FileFailure) {
      let sink = try BundleSink(place, isArchive: isArchive, created: manifest.created)
      try sink.add(bytes, as: BundleContents.manifestName)
      try sink.add(signature, as: BundleContents.signatureName)
      var written: Set<String> = []
      for source in sources.sorted(by: { $0.item.sha256 < $1.item.sha256 })
      where !source.item.isInBase && written.insert(source.item.sha256).inserted {
        try copy(source, into: sink)
      }
      try sink.finish()
    } catch {
      throw Diagnostic(
        .error, "bundle-write", "`\(error.path)`: \(error.reason)",
        help: "nothing was put in place")
    }
  }

  /// Copies a file, and compares it once more: it may have changed since it was hashed.
  private func copy(_ source: Source, into sink: BundleSink) throws(FileFailure) {
    let file = try ReadableFile(source.path)
    let item = source.item
    let name = BundleContents.blobFolder + item.sha256
    try sink.add(count: item.size, as: name) { write throws(FileFailure) in
      for (index, digest) in item.chunks.enumerated() {
        let bytes = try file.bytes(Chunks.range(index, of: item.size))
        guard Chunks.digest(of: bytes) == digest else {
          throw FileFailure(source.path, "it was changed while the bundle was made")
        }
        try write(bytes)
      }
    }
  }
}

/// Finds the files of a list and learns about them.
private struct Gathering {
  let list: BundleList
  var bag: DiagnosticBag

  mutating func sources() -> [BundleCreation.Source] {
    var sources: [BundleCreation.Source] = []
    for entry in list.entries {
      let paths = paths(of: entry)
      if let span = entry.nameSpan, paths.count > 1 {
        bag.add(
          Diagnostic(
            .error, "bundle-list", "one `name` for \(paths.count) files", at: span,
            notes: paths.prefix(5).map { "`\($0)`" }, help: "leave it out, or name one file"))
        continue
      }
      for path in paths {
        if let source = source(entry, path) { sources.append(source) }
      }
    }
    checkDoubles(sources)
    return sources
  }

  /// The files that a path or pattern names, sorted.
  private mutating func paths(of entry: BundleList.Entry) -> [String] {
    let full = entry.path.hasPrefix("/") ? entry.path : list.folder + "/" + entry.path
    var found = glob_t()
    defer { globfree(&found) }
    var paths: [String] = []
    if glob(full, GLOB_ERR, nil, &found) == 0 {
      paths = (0..<Int(found.gl_pathc)).compactMap { index in
        found.gl_pathv[index].map { String(cString: $0) }
      }
    }
    paths = paths.map { $0.hasPrefix("./") ? String($0.dropFirst(2)) : $0 }
    if paths.isEmpty {
      let isPattern = entry.path.contains { "*?[".contains($0) }
      bag.add(
        Diagnostic(
          .error, "file-not-found",
          isPattern ? "no file is named like `\(entry.path)`" : "there is no file `\(entry.path)`",
          at: entry.pathSpan, help: "nothing is fetched: put it there before"))
    }
    return paths
  }

  private mutating func source(_ entry: BundleList.Entry, _ path: String) -> BundleCreation.Source?
  {
    do throws(FileFailure) {
      let file = try ReadableFile(path)
      var item = item(entry, file: path.split(separator: "/").last.map(String.init) ?? path)
      item.size = file.size
      if entry.kind == .image { try readImages(file, entry, &item) }
      (item.sha256, item.chunks) = try Chunks.digests(
        of: FileRange(file: file, range: 0..<file.size))
      return BundleCreation.Source(item: item, path: path, span: entry.pathSpan)
    } catch {
      bag.add(
        Diagnostic(
          .error, "file-unreadable", "`\(path)` cannot be read: \(error.reason)",
          at: entry.pathSpan))
      return nil
    }
  }

  private func item(_ entry: BundleList.Entry, file: String) -> BundleItem {
    let told = entry.kind == .package ? PackageFileName(file) : nil
    return BundleItem(
      kind: entry.kind, name: entry.name ?? told?.name ?? file,
      version: entry.version ?? told?.version ?? "",
      architectures: entry.architectures ?? told?.architecture.map { [$0] } ?? [],
      systems: entry.systems, file: file, size: 0, sha256: "", mediaType: mediaType(entry, file),
      licence: entry.licence, source: entry.source, requiredBy: entry.requiredBy, images: [],
      chunks: [], isInBase: false)
  }

  /// Names registered at IANA, where there are any.
  private func mediaType(_ entry: BundleList.Entry, _ file: String) -> String {
    switch entry.kind {
    case .image: return "application/x-tar"
    case .manifest: return "application/yaml"
    case .chart: return "application/gzip"
    case .package where file.hasSuffix(".deb"): return "application/vnd.debian.binary-package"
    case .package where file.hasSuffix(".rpm"): return "application/x-rpm"
    default: return "application/octet-stream"
    }
  }

  private mutating func readImages(
    _ file: ReadableFile, _ entry: BundleList.Entry, _ item: inout BundleItem
  ) throws(FileFailure) {
    do throws(ImageArchive.Fault) {
      item.images = try ImageArchive(file).images(named: entry.reference)
    } catch {
      bag.add(
        Diagnostic(
          .error, "image-archive", "`\(file.path)`: \(error.message)", at: entry.pathSpan,
          help: error.help))
      return
    }
    let platforms = Set(item.images.flatMap { $0.platforms.map(\.architecture) })
    if entry.architectures == nil { item.architectures = platforms.filter { !$0.isEmpty }.sorted() }
    guard let only = item.images.first, item.images.count == 1 else { return }
    let last = only.reference.split(separator: "/").last ?? ""
    let parts = last.split(separator: "@")[0].split(separator: ":")
    if entry.name == nil { item.name = String(parts[0]) }
    if entry.version == nil, parts.count > 1 { item.version = String(parts[1]) }
  }

  /// Two items that nobody could tell apart.
  private mutating func checkDoubles(_ sources: [BundleCreation.Source]) {
    var first: [BundleItem.Identity: BundleCreation.Source] = [:]
    for source in sources {
      guard let other = first[source.item.identity] else {
        first[source.item.identity] = source
        continue
      }
      bag.add(
        Diagnostic(
          .error, "bundle-list", "\(source.item.title) is there twice", at: source.span,
          labels: [.init(other.span, "the first one is `\(other.path)`")],
          notes: ["the second one is `\(source.path)`"],
          help: "tell them apart by `name`, `version`, `arch` or `os`"))
    }
  }
}

extension BundleItem {
  /// By what items are told apart.
  struct Identity: Hashable {
    var kind: Kind
    var name: String
    var version: String
    var architectures: [String]
    var systems: [String]
  }

  var identity: Identity {
    Identity(
      kind: kind, name: name, version: version, architectures: architectures, systems: systems)
  }

  /// By what items are sorted.
  fileprivate var order: [String] {
    [kind.rawValue, name, version] + [architectures.joined(separator: ",")]
      + [systems.joined(separator: ",")]
  }
}
