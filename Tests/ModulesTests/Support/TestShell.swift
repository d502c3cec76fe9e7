import Glibc
import ModuleKit
import Schema
import Testing

/// The shells that probes and steps must run under.
enum TestShell: String, CaseIterable, CustomTestStringConvertible {
  /// The machine's `/bin/sh`, with GNU tools.
  case sh
  case bash
  /// Busybox's shell with busybox's own tools, and no others.
  case busybox

  /// Without busybox, whose own wget dies of a segmentation fault on Debian 12.
  static let withMachineTools: [TestShell] = [.sh, .bash]

  var testDescription: String { rawValue }

  /// What to start; busybox finds its tools through links in a folder made once.
  var argv: [String] {
    switch self {
    case .sh: ["/bin/sh"]
    case .bash: ["/bin/bash", "--posix"]
    case .busybox: ["/bin/busybox", "sh"]
    }
  }

  var path: String {
    self == .busybox
      ? busyboxFolder : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  }
}

/// Links to busybox under the names of its tools.
private let busyboxFolder: String = {
  let folder = scratchFolder("busybox")
  chmod(folder, 0o755)
  _ = execute(["/bin/busybox", "--install", "-s", folder], input: [], environment: [])
  return folder
}()

/// A new empty folder for a test.
func scratchFolder(_ name: String) -> String {
  var template = Array("/tmp/spile-\(name)-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { return "/nonexistent" }
  return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Runs a program to its end.
func execute(
  _ argv: [String], input: [UInt8], environment: [String]
) -> (status: Int32, output: [UInt8], errors: [UInt8]) {
  var streams: [Int32] = []
  for _ in 0..<3 { streams.append(namelessFile()) }
  defer { for stream in streams { close(stream) } }
  _ = input.withUnsafeBytes { write(streams[0], $0.baseAddress, $0.count) }
  lseek(streams[0], 0, SEEK_SET)
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for (number, stream) in streams.enumerated() {
    posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
  }
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var signals = sigset_t()
  sigemptyset(&signals)
  posix_spawnattr_setsigmask(&attributes, &signals)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
  var arguments: [UnsafeMutablePointer<CChar>?] = argv.map { strdup($0) } + [nil]
  var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
  defer { for pointer in arguments + variables { free(pointer) } }
  var child = pid_t()
  guard posix_spawn(&child, argv[0], &actions, &attributes, &arguments, &variables) == 0 else {
    return (127, [], Array("\(argv[0]) did not start".utf8))
  }
  var status: Int32 = 0
  while waitpid(child, &status, 0) < 0, errno == EINTR {}
  let signal = status & 0x7f
  return (
    signal == 0 ? status >> 8 & 0xff : 128 + signal, contents(streams[1]), contents(streams[2])
  )
}

private func namelessFile() -> Int32 {
  var template = Array("/tmp/spile-stream-XXXXXX".utf8CString)
  let file = mkstemp(&template)
  _ = fcntl(file, F_SETFD, FD_CLOEXEC)
  unlink(template)
  return file
}

private func contents(_ stream: Int32) -> [UInt8] {
  let size = Int(lseek(stream, 0, SEEK_END))
  lseek(stream, 0, SEEK_SET)
  var bytes = [UInt8](repeating: 0, count: size)
  _ = bytes.withUnsafeMutableBytes { read(stream, $0.baseAddress, size) }
  return bytes
}
