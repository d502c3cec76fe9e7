import Bundle
import Diagnostics
import Glibc
import PKI
import Vault

/// A folder of a test's own, gone with it, and what is needed to make bundles in it.
final class Scratch {
  let path: String
  let key = BundleKey()
  static let created = Moment(seconds: 1_795_248_000)

  init() throws {
    var template = Array("/tmp/spile-bundle-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ScratchFailure(what: "mkdtemp") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { try? run("rm", "-rf", path) }

  subscript(_ name: String) -> String { path + "/" + name }

  func write(_ bytes: [UInt8], to name: String) throws {
    if let slash = name.lastIndex(of: "/") { try run("mkdir", "-p", self[String(name[..<slash])]) }
    let file = fopen(self[name], "w")
    guard file != nil, fwrite(bytes, 1, bytes.count, file) == bytes.count, fclose(file) == 0 else {
      throw ScratchFailure(what: name)
    }
  }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  func read(_ name: String) throws -> [UInt8] { try ReadableFile.contents(of: self[name]) }

  /// Runs a program of the system.
  func run(_ words: String...) throws {
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var child = pid_t()
    guard posix_spawnp(&child, words[0], nil, nil, &arguments, environ) == 0 else {
      throw ScratchFailure(what: words[0])
    }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    guard status == 0 else { throw ScratchFailure(what: words.joined(separator: " ")) }
  }

  /// Makes a bundle of a list; throws what is wrong with it.
  @discardableResult
  func create(
    _ list: String, as name: String, base: BundleManifest? = nil, key: BundleKey? = nil
  ) throws -> BundleManifest {
    try write(list, to: "bundle.yml")
    var bag = DiagnosticBag()
    guard let read = BundleList.read(self["bundle.yml"], into: &bag),
      let creation = BundleCreation(
        read, base: base, created: Self.created, tool: "spile 0", into: &bag)
    else { throw DiagnosticError(bag.all) }
    try creation.write(
      to: self[name], isArchive: name.hasSuffix(".tar"), key: key ?? self.key)
    return creation.manifest
  }

  /// The ids of everything that is wrong with a bundle, sorted.
  func faults(_ name: String, bases: [String] = [], key: BundleKey? = nil) -> [String] {
    BundleVerification.check(
      self[name], bases: bases.map { self[$0] }, trusting: [(key ?? self.key).trusted]
    ).faults.map(\.id).sorted()
  }
}

struct ScratchFailure: Error {
  let what: String
}

/// So many bytes, of which no two blocks of 4096 are the same.
func noise(_ count: Int) -> [UInt8] {
  let block = (0..<4088).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
  var bytes: [UInt8] = []
  for number in 0..<(count / 4096 + 1) {
    bytes += block
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
  return Array(bytes.prefix(count))
}
