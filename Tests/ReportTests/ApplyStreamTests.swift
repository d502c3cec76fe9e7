import Engine
import ModuleKit
import Testing
import Transport

@testable import Report

@Suite struct ApplyStreamTests {
  @Test func `details are shown once, hosts with the same ones refer to them`() {
    var stream = ApplyStream(style: RunStyle(showsDiff: false))
    let lines = ["a", "b", "c"].flatMap { host in
      stream.lines(
        Sample.report(
          host, "Motd", .changed,
          changes: [Sample.content("/etc/motd", host == "c" ? "0\n" : "1\n2\n", "1\n")]))
    }
    #expect(
      lines == [
        "Web", "  a: Motd", "    ~ /etc/motd content: +0 -1 line", "  b: Motd  as on a",
        "  c: Motd", "    ~ /etc/motd content: +1 -1 lines",
      ])
  }

  @Test func `items of a loop share one line for host and task`() {
    var stream = ApplyStream(style: RunStyle(showsDiff: false))
    let lines = ["a", "b"].flatMap { host in
      ["x", "y", "z"].flatMap { key in
        stream.lines(
          Sample.report(
            host, "Sysctls", .changed,
            changes: [Sample.sysctl(key, key == "z" ? host : "1", "2")], item: key))
      }
    }
    #expect(
      lines == [
        "Web", "  a: Sysctls", "    ~ x running: 1 -> 2", "    ~ y running: 1 -> 2",
        "    ~ z running: a -> 2", "  b: Sysctls  as on a", "  b: Sysctls",
        "    ~ z running: b -> 2",
      ])
  }

  @Test func `interrupted hosts are said together at the end, lost ones at once`() {
    var stream = ApplyStream(style: RunStyle())
    stream.setHosts(["a", "b", "c"])
    for host in ["b", "a"] {
      let error = TransportError(.cancelled, phase: .exchange, host: host, "cancelled")
      #expect(stream.lines(error, of: host).isEmpty)
    }
    let lost = TransportError(.closed, phase: .exchange, host: "c", "the connection is gone")
    #expect(stream.lines(lost, of: "c") == ["! c: unreachable (exchange): the connection is gone"])
    #expect(stream.endLines == ["! a, b: interrupted (exchange): cancelled"])
  }
}
