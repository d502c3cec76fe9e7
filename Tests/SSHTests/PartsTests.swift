import Glibc
import Testing

@testable import SSH

@Suite struct TimerQueueTests {
  @Test func `timers come in the order of their deadlines and cancelled ones not at all`() {
    var queue = TimerQueue()
    let start = ContinuousClock.now
    nonisolated(unsafe) var fired: [Int] = []
    var tokens: [TimerQueue.Token] = []
    for number in [5, 1, 4, 2, 3, 0] {
      tokens.append(queue.insert(at: start + .seconds(number)) { fired.append(number) })
    }
    queue.cancel(tokens[2])
    for body in queue.due(at: start + .seconds(3)) { body() }
    #expect(fired == [0, 1, 2, 3])
    #expect(queue.nextDeadline == start + .seconds(4))
    for body in queue.due(at: start + .seconds(9)) { body() }
    #expect(fired == [0, 1, 2, 3, 5])
    #expect(queue.isEmpty)
  }

  @Test func `thousands of cancelled timers leave no trace`() {
    var queue = TimerQueue()
    let start = ContinuousClock.now
    let kept = queue.insert(at: start + .seconds(1)) {}
    for number in 0..<10_000 {
      queue.cancel(queue.insert(at: start + .milliseconds(number % 900)) {})
    }
    #expect(queue.due(at: start + .milliseconds(950)).isEmpty)
    #expect(queue.nextDeadline == start + .seconds(1))
    queue.cancel(kept)
    #expect(queue.nextDeadline == nil)
  }
}

@Suite struct GreetingTests {
  private func observe(_ chunks: [[UInt8]]) -> Greeting {
    var greeting = Greeting()
    for chunk in chunks { chunk.withUnsafeBytes { greeting.observe($0) } }
    return greeting
  }

  private var proposal: [UInt8] {
    var payload = WireWriter()
    payload.byte(20)
    for _ in 0..<4 { payload.uint32(7) }
    for list in ["kex1,kex2", "key1", "c1,c2", "c3", "m1", "m2", "none", "none", "", ""] {
      payload.text(list)
    }
    payload.byte(0)
    payload.uint32(0)
    var packet = WireWriter()
    packet.uint32(UInt32(payload.bytes.count + 1 + 6))
    packet.byte(6)
    return packet.bytes + payload.bytes + [0, 0, 0, 0, 0, 0]
  }

  @Test(arguments: [1, 7, 10_000])
  func `version and proposal are read however they arrive`(size: Int) {
    let all = Array("notice\r\nSSH-2.0-Test_1 comment\r\n".utf8) + proposal + [1, 2, 3]
    let chunks = stride(from: 0, to: all.count, by: size).map {
      Array(all[$0..<min($0 + size, all.count)])
    }
    let greeting = observe(chunks)
    #expect(greeting.version == "SSH-2.0-Test_1 comment")
    #expect(greeting.lines == ["notice"])
    #expect(greeting.proposal?.keyExchanges == ["kex1", "kex2"])
    #expect(greeting.proposal?.hostKeys == ["key1"])
    #expect(greeting.proposal?.ciphers == ["c1", "c2"])
    #expect(greeting.proposal?.macs == ["m1"])
    #expect(greeting.isComplete)
  }

  @Test func `another protocol is kept as text`() {
    let greeting = observe([Array("HTTP/1.1 400 Bad Request\r\n\r\nno".utf8)])
    #expect(greeting.version == nil)
    #expect(greeting.textBeforeVersion == "HTTP/1.1 400 Bad Request\n\nno")
  }

  @Test func `endless text is not kept`() {
    let greeting = observe(Array(repeating: [UInt8](repeating: 0x61, count: 4096), count: 64))
    #expect(greeting.isComplete)
    #expect(greeting.textBeforeVersion == nil)
  }
}

@Suite struct WireFormatTests {
  @Test(
    arguments: [
      ([], [0, 0, 0, 0]), ([0, 0, 5], [0, 0, 0, 1, 5]), ([0x80], [0, 0, 0, 2, 0, 0x80]),
      ([0x7f, 0], [0, 0, 0, 2, 0x7f, 0]),
    ] as [([UInt8], [UInt8])])
  func `a magnitude has no needless zeros and no sign`(number: [UInt8], bytes: [UInt8]) {
    var writer = WireWriter()
    writer.magnitude(number)
    #expect(writer.bytes == bytes)
  }

  @Test func `a length beyond the end is nothing`() {
    var reader = WireReader([0, 0, 0, 9, 1])
    #expect(reader.string() == nil)
    #expect(reader.byte() == 0)
  }
}

@Suite struct PacerTests {
  @Test func `no server gets more than its share at a time`() async {
    let pacer = Pacer(total: 8, perKey: 2)
    actor Gauge {
      var now: [String: Int] = [:]
      var most: [String: Int] = [:]
      var total = 0
      func enter(_ key: String) {
        now[key, default: 0] += 1
        total += 1
        most[key] = max(most[key] ?? 0, now[key] ?? 0)
        most["total"] = max(most["total"] ?? 0, total)
      }
      func leave(_ key: String) {
        now[key, default: 0] -= 1
        total -= 1
      }
    }
    let gauge = Gauge()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        let key = "k\(number % 7)"
        group.addTask {
          guard await pacer.enter(key) else { return }
          await gauge.enter(key)
          await Task.yield()
          await gauge.leave(key)
          pacer.leave(key)
        }
      }
    }
    let most = await gauge.most
    #expect(most["total"] ?? 0 <= 8)
    #expect(most.filter { $0.key != "total" }.values.allSatisfy { $0 <= 2 })
    #expect(most.count == 8)
  }

  @Test func `a cancelled one leaves its place to others`() async {
    let pacer = Pacer(total: 1, perKey: 1)
    #expect(await pacer.enter("a"))
    let waiting = Task { await pacer.enter("a") }
    let next = Task { await pacer.enter("b") }
    waiting.cancel()
    #expect(await waiting.value == false)
    pacer.leave("a")
    #expect(await next.value)
  }
}

@Suite struct ByteQueueTests {
  @Test func `bytes come out as they went in`() {
    var queue = ByteQueue()
    var expected: [UInt8] = []
    var got: [UInt8] = []
    for round in 0..<200 {
      let chunk = [UInt8](repeating: UInt8(round), count: 5000)
      expected += chunk
      chunk.withUnsafeBytes { queue.append($0) }
      let taken = queue.withFirstChunk { Array($0.prefix(round * 40)) }
      queue.removeFirst(taken.count)
      got += taken
    }
    got += queue.withFirstChunk { Array($0) }
    #expect(got == expected)
  }
}

@Suite struct LivenessTests {
  @Test func `only silence in a row counts`() {
    var liveness = Liveness(interval: .seconds(1), limit: 2)
    #expect(
      [1, 1, 1, 2, 2, 2, 2].map { liveness.observe(received: $0) }
        == [true, true, true, true, true, true, false])
  }
}

@Suite struct HostPatternTests {
  @Test(arguments: [
    ("*", "anything", true), ("a*c", "abbc", true), ("a*c", "abcd", false), ("?", "", false),
    ("a?c*", "abc", true), ("**a", "bba", true), ("*.x.y", "a.x.z.x.y", true), ("", "", true),
    ("A", "a", true),
  ])
  func `wildcards fit as in ssh`(pattern: String, name: String, fits: Bool) {
    #expect(HostPattern(pattern).fits(name) == fits)
  }
}
