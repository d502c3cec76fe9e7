import Foundation

/// A folder that is removed when the test lets go of it.
final class Scratch: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/spile-ssh-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure("mkdtemp failed") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
    try text.write(toFile: file(name), atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file(name))
    return file(name)
  }

  func read(_ name: String) throws -> String {
    try String(contentsOfFile: file(name), encoding: .utf8)
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Makes a key pair with ssh-keygen; the path of the private key.
@discardableResult
func makeKey(
  _ scratch: Scratch, _ name: String, type: String = "ed25519", bits: Int? = nil,
  passphrase: String = "", extra: [String] = []
) throws -> String {
  var arguments = ["-q", "-t", type, "-N", passphrase, "-C", name, "-f", scratch.file(name)]
  if let bits { arguments += ["-b", String(bits)] }
  try run("ssh-keygen", arguments + extra)
  return scratch.file(name)
}

/// A TCP port nobody listens on just now.
func freePort() throws -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let code = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
    }
  }
  guard code == 0 else { throw Failure("no free port") }
  return Int(UInt16(bigEndian: address.sin_port))
}
