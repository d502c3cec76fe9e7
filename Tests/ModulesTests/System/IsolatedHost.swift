import Glibc
import ModuleKit
import Testing

/// This machine's programs in namespaces of their own: `/etc`, `/home`, `/srv`, the network's parameters and the host
/// name may be changed without a trace.
struct IsolatedHost {
  let host: TestHost
  private let process: Int32

  /// nil where the kernel does not let the tests make namespaces.
  init?(_ shell: TestShell = .sh) {
    let outer = TestHost(shell)
    let ready = outer.root + "/ready"
    let setUp: Script = """
      cd / && mount --make-rprivate / &&
      mkdir \(outer.root + "/top") && mount -t tmpfs tmpfs \(outer.root + "/top") && cd \(outer.root + "/top") &&
      cp -a /etc etc && mount --bind etc /etc &&
      mount -t tmpfs tmpfs /home && mount -t tmpfs tmpfs /srv && mount -t tmpfs tmpfs /run &&
      hostname isolated && : >\(ready) && exec sleep 1000
      """
    let started = execute(
      [
        "/bin/sh", "-c",
        "unshare --mount --net --uts sh -c \(Script.quoted(setUp.source)) >/dev/null 2>&1 </dev/null & echo $!",
      ], input: [], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
    guard let process = Int32(String(decoding: started.output, as: UTF8.self).trimmedLine) else {
      return nil
    }
    while access(ready, F_OK) != 0 {
      guard kill(process, 0) == 0 else { return nil }
      usleep(2_000)
    }
    self.process = process
    var host = outer
    host.prefix = ["/usr/bin/nsenter", "-t", String(process), "-m", "-n", "-u", "--"]
    self.host = host
  }

  /// Ends the namespaces.
  func remove() {
    kill(process, SIGKILL)
    var outer = host
    outer.prefix = []
    outer.remove()
  }
}

extension String {
  fileprivate var trimmedLine: Substring { prefix { $0 != "\n" } }
}

/// Does something on an isolated host, and leaves nothing behind; the test is recorded as not run where there can be none.
func onIsolatedHost(_ shell: TestShell = .sh, _ body: (TestHost) throws -> Void) throws {
  guard let isolated = IsolatedHost(shell) else {
    try Test.cancel("the kernel does not let the tests make namespaces")
  }
  defer { isolated.remove() }
  try body(isolated.host)
}
