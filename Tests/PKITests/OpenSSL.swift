import Foundation

/// The program openssl(1) as a second opinion, with files in a folder of its own.
struct OpenSSL {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "pki-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  func read(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// What it prints on both streams, and its status.
  func callAsFunction(_ arguments: String...) throws -> (text: String, status: Int32) {
    try run(arguments)
  }

  /// The same for arguments that are put together.
  func run(_ arguments: [String]) throws -> (text: String, status: Int32) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: output, as: UTF8.self), process.terminationStatus)
  }
}
