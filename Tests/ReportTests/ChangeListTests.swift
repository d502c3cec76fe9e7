import Diagnostics
import Engine
import ModuleKit
import Schema
import Testing
import Transport

@testable import Report

@Suite struct ChangeListTests {
  private func text(
    _ hosts: [String], verbosity: Int = 0, _ add: (inout ChangeList) -> Void
  ) -> String {
    var list = ChangeList(style: RunStyle(verbosity: verbosity))
    list.setHosts(hosts)
    add(&list)
    return list.lines.joined(separator: "\n")
  }

  @Test func `hosts with equal changes stand together, outliers after them`() {
    let hosts = (1...5).map { "n\($0)" }
    let shown = text(hosts) { list in
      for host in hosts.reversed() {
        let before = host == "n2" ? "30" : "60"
        list.add(
          Sample.report(
            host, "Swappiness", .changed, changes: [Sample.sysctl("vm.swappiness", before, "0")]))
      }
    }
    #expect(
      shown == """
        Web
          Swappiness  site.yml:3
            on 4 hosts: n1, n[3:5]
              ~ vm.swappiness running: 60 -> 0
            on n2
              ~ vm.swappiness running: 30 -> 0
        """)
  }

  @Test func `items of a loop are one difference`() {
    let shown = text(["a"]) { list in
      list.add(
        Sample.report(
          "a", "Sysctls", .changed, changes: [Sample.sysctl("x", "1", "2")], item: "x"))
      list.add(
        Sample.report("a", "Sysctls", .maybe(Unknown("the result of task `y`")), item: "other"))
    }
    #expect(
      shown == """
        Web
          Sysctls  site.yml:3
            ~ x running: 1 -> 2
            (item other)
            ? maybe: depends on the result of task `y`
        """)
  }

  @Test func `tasks stand in the order of the playbook, whoever comes first`() {
    let paths = [
      "plays[0].handlers[0]", "plays[0].tasks[10]", "plays[0].post_tasks[0]", "plays[0].tasks[9]",
      "plays[0].tasks[9].rescue[0]", "plays[0].pre_tasks[1]", "plays[0].tasks[9].block[2]",
    ]
    let shown = text(["a"]) { list in
      for path in paths {
        list.add(Sample.report("a", path, .changed, path: path, isHandler: false))
      }
    }
    let order = shown.split(separator: "\n").filter { $0.hasPrefix("  plays") }
      .map { String($0.dropFirst(2).prefix { $0 != " " }) }
    #expect(
      order == [
        "plays[0].pre_tasks[1]", "plays[0].tasks[9]", "plays[0].tasks[9].block[2]",
        "plays[0].tasks[9].rescue[0]", "plays[0].tasks[10]", "plays[0].post_tasks[0]",
        "plays[0].handlers[0]",
      ])
  }

  @Test func `content is shown as lines, and how far a change reaches`() {
    var change = Sample.content("/etc/motd", "one\ntwo\n", "one\n2\u{1B}[1m\n")
    change.blast = .restart
    let shown = text(["a"]) { list in
      list.add(Sample.report("a", "Motd", .changed, changes: [change]))
    }
    #expect(
      shown == """
        Web
          Motd  site.yml:3
            ~ /etc/motd content  [restart]: +1 -1 lines
                  one
                - two
                + 2\\x1b[1m
        """)
  }

  @Test func `actions that nobody can foretell, and what assumes them`() {
    let run = Change("init.sh", "run", from: .absent, to: .text("done"))
    let shown = text(["a"]) { list in
      list.add(
        Sample.report(
          "a", "Init", .opaque, changes: [run], assuming: ["`Init` changes nothing here"]))
      list.add(
        Sample.report(
          "a", "After", .changed, changes: [Sample.sysctl("x", "1", "2")],
          path: "plays[0].tasks[1]", assuming: ["`Init` changes nothing here"]))
      list.add(
        Sample.report(
          "a", "Last", .changed, changes: [Sample.sysctl("y", "1", "2")],
          path: "plays[0].tasks[2]", assuming: ["`Init` changes nothing here"]))
    }
    #expect(
      shown == """
        Web
          Init  site.yml:3
            * runs, and nobody can say what it does: init.sh
          After  site.yml:3
            ~ x running: 1 -> 2
              assuming that `Init` changes nothing here
          Last  site.yml:3
            ~ y running: 1 -> 2
        """)
  }

  @Test func `what is blocked is said once, and lost hosts together`() {
    let error = TransportError(
      .refused, phase: .connect, host: "", "connection refused", serverSaid: "no\u{7}",
      help: "is sshd running?")
    let shown = text(["a", "b", "c"]) { list in
      for host in ["b", "a"] {
        for number in 1...2 {
          list.add(
            Sample.report(
              host, "Later", .blocked(by: "task `First`"), path: "plays[0].tasks[\(number)]"))
        }
      }
      for host in ["c", "b"] {
        var own = error
        own.host = host
        list.add(own, of: host)
      }
    }
    #expect(
      shown == """
        # 2 tasks blocked by task `First` on a, b
        ! b, c: unreachable (connect): connection refused
            it said: no\\x07
            help: is sshd running?
        """)
  }

  @Test func `no_log hides changes, messages and failures`() {
    let failure = TaskFailure(
      "step-failed", "hunter2 was wrong", step: "set hunter2", status: 1, errors: "hunter2")
    let shown = text(["a"]) { list in
      list.add(
        Sample.report(
          "a", "Secret", .changed, changes: [Sample.content("/s", "hunter2\n", "hunter3\n")],
          item: "hunter2", isSecret: true))
      list.add(Sample.report("a", "Broken", .failed(failure), isSecret: true))
    }
    #expect(!shown.contains("hunter"))
    #expect(shown.contains("not shown (no_log)"))
  }

  @Test func `what is in sync is shown when asked for`() {
    let add: (inout ChangeList) -> Void = { $0.add(Sample.report("a", "Fine", .ok)) }
    #expect(text(["a"], add) == "")
    #expect(text(["a"], verbosity: 1, add).contains("= in sync"))
  }
}
