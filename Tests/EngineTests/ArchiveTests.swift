import Glibc
import ModuleKit
import Schema
import Testing

@testable import Engine

@Suite struct `Archives of the controller` {
  static let packers: [(name: String, command: String)] = [
    ("a.tar", "tar -cf a.tar app"), ("v7.tar", "tar --format=v7 -cf v7.tar app"),
    ("pax.tar", "tar --format=posix -cf pax.tar ./app"), ("a.tgz", "tar -czf a.tgz app"),
    ("a.tbz", "tar -cjf a.tbz app"), ("a.txz", "tar -cJf a.txz app"),
    ("a.tzst", "tar -cf - app | zstd -q > a.tzst"), ("a.zip", "zip -qry a.zip app"),
    ("stored.zip", "zip -qry0 stored.zip app"),
  ]

  @Test(arguments: packers)
  func `are read whatever packed them`(name: String, command: String) throws {
    let folder = try scratch()
    defer { system("rm -rf \(folder)") }
    let long = String(repeating: "0123456789/", count: 8) + "f"
    let isSet =
      system(
        """
        cd \(folder) && mkdir -p app/`dirname \(long)` && seq 1 5000 > app/large && echo x > 'app/ä b' &&
        chmod 4750 app/large && ln -s large app/link && : > app/empty && echo deep > app/\(long) && \(command)
        """) == 0
    try #require(isSet)
    let entries = try ControllerArchive.entries(try bytes("\(folder)/\(name)"))
    let byPath = Dictionary(entries.map { ($0.path, $0) }) { $1 }
    #expect(byPath["app/large"]?.blob == Blob(try bytes("\(folder)/app/large")))
    #expect(byPath["app/large"]?.mode == 0o4750)
    #expect(byPath["app/ä b"]?.blob?.bytes == [120, 10])
    #expect(byPath["app/empty"]?.blob?.bytes == [])
    #expect(byPath["app/link"]?.link == "large")
    #expect(byPath["app/" + long]?.blob?.bytes == Array("deep\n".utf8))
    #expect(byPath["app"]?.blob == nil && byPath["app"]?.link == nil)
    if !name.hasSuffix("zip"), name != "v7.tar" {
      #expect(byPath["app/large"]?.owner?.user == "root")
    }
    let distance = abs((byPath["app/large"]?.modified ?? 0) - time(nil))
    #expect(distance < 86_400)
  }

  @Test func `hard links are files, and what leads out is refused`() throws {
    let folder = try scratch()
    defer { system("rm -rf \(folder)") }
    try #require(
      system(
        "cd \(folder) && echo x > a && ln a b && tar -cf h.tar a b && tar -P -cf out.tar ../`basename \(folder)`/a && mkfifo p && tar -cf p.tar p"
      ) == 0)
    let entries = try ControllerArchive.entries(try bytes("\(folder)/h.tar"))
    #expect(entries.map(\.path) == ["a", "b"] && entries[0].blob == entries[1].blob)
    for name in ["out.tar", "p.tar", "a"] {
      let content = try bytes("\(folder)/\(name)")
      #expect(throws: ArchiveFailure.self) { try ControllerArchive.entries(content) }
    }
  }

  @Test func `the folder that an archive was made of is a member without a name`() throws {
    let folder = try scratch()
    defer { system("rm -rf \(folder)") }
    try #require(
      system("cd \(folder) && mkdir a && echo x > a/f && chmod 711 a && tar -C a -cf a.tar .") == 0)
    let entries = try ControllerArchive.entries(try bytes("\(folder)/a.tar"))
    #expect(entries.map(\.path) == ["", "f"] && entries[0].mode == 0o711)
  }

  @Test func `a damaged archive is refused`() throws {
    let folder = try scratch()
    defer { system("rm -rf \(folder)") }
    try #require(
      system(
        "cd \(folder) && seq 1 9999 > a && tar -czf a.tgz a && zip -q a.zip a && tar -cf a.tar a")
        == 0)
    for name in ["a.tgz", "a.zip", "a.tar"] {
      var content = try bytes("\(folder)/\(name)")
      content[content.count / 3] ^= 0x55
      let cut = Array(content.prefix(content.count / 2))
      if name != "a.tar" {
        #expect(throws: ArchiveFailure.self, "\(name)") { try ControllerArchive.entries(content) }
      }
      #expect(throws: ArchiveFailure.self, "\(name)") { try ControllerArchive.entries(cut) }
    }
  }

  private func scratch() throws -> String {
    var template = Array("/tmp/spile-archives-XXXXXX".utf8CString)
    _ = try #require(mkdtemp(&template))
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "rb"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&piece, 1, piece.count, file)
      if count == 0 { return bytes }
      bytes += piece[..<count]
    }
  }
}
