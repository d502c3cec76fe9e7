import Diagnostics
import Graph
import Model

/// Lays nodes and edges over plays: the order inside a play, barriers, `needs`.
struct GraphBuilder {
  let drafts: [PlayDraft]
  let inventory: Inventory
  let options: RunOptions
  /// Plays of the parts of the run that have ended.
  let earlier: EarlierPlays
  private var plays: [CompiledPlay] = []
  private var edges: [TaskGraph.Edge] = []
  private var virtualNodes: [Bool] = []
  private var assumed: [Program.Assumption] = []
  /// Play ids to places in `drafts`: several where a play goes in batches.
  private var playIDs: [String: [Int]] = [:]
  /// Task ids to a play and a position in it.
  private var taskIDs: [String: (play: Int, position: Int)] = [:]

  init(
    drafts: [PlayDraft], inventory: Inventory, options: RunOptions,
    earlier: EarlierPlays = EarlierPlays()
  ) {
    self.earlier = earlier
    self.drafts = drafts
    self.inventory = inventory
    self.options = options
    for (number, draft) in drafts.enumerated() {
      if let id = draft.play.id { playIDs[id.text, default: []].append(number) }
    }
  }

  /// The program; nil when there are cycles or needs that cannot be.
  mutating func build(into bag: inout DiagnosticBag) -> Program? {
    reportPlayCycles(into: &bag)
    for number in drafts.indices {
      guard let instructions = order(drafts[number], into: &bag) else { continue }
      lay(number, instructions)
    }
    guard !bag.hasErrors else { return nil }
    for number in plays.indices { connect(number, into: &bag) }
    guard !bag.hasErrors else { return nil }
    for assumption in Set(assumed) { bag.add(assumption.warning) }
    let graph = TaskGraph(nodeCount: virtualNodes.count, edges: edges, virtualNodes: virtualNodes)
    return Program(plays: plays, graph: graph, assumed: assumed)
  }

  // MARK: - Nodes

  private mutating func lay(_ number: Int, _ instructions: [Instruction]) {
    let draft = drafts[number]
    let layout = NodeLayout(
      base: virtualNodes.count, hostCount: draft.hosts.count,
      instructionCount: instructions.count, joinCount: instructions.count)
    virtualNodes += Array(repeating: true, count: layout.endIndex - layout.base)
    for position in instructions.indices {
      for host in draft.hosts.indices { virtualNodes[layout.task(position, host)] = false }
      if let id = instructions[position].task?.id { taskIDs[id.text] = (number, position) }
    }
    for host in draft.hosts.indices { virtualNodes[layout.end(host)] = false }
    var play = CompiledPlay(
      number: number, play: draft.play, name: draft.play.name.text, hosts: draft.hosts,
      instructions: instructions, handlers: draft.handlers, nodes: layout)
    let isLaterBatch = plays.last?.play.number == draft.play.number
    play.waitsToBegin =
      isLaterBatch && instructions.contains { $0.task?.isLanguage("meta") == true }
    plays.append(play)
  }

  // MARK: - The order inside a play

  /// The instructions in an order that `needs` of tasks allow, numbered; nil when there is a cycle.
  private func order(_ draft: PlayDraft, into bag: inout DiagnosticBag) -> [Instruction]? {
    let instructions = draft.instructions
    let places = Dictionary(
      instructions.enumerated().compactMap { index, instruction in
        instruction.task?.id.map { ($0.text, index) }
      }, uniquingKeysWith: { first, _ in first })
    guard instructions.contains(where: { $0.task?.needs != nil }) else { return instructions }
    var graph = DirectedGraph(nodeCount: instructions.count)
    var sectionStart = 0
    for (index, instruction) in instructions.enumerated() {
      if case .flushHandlers = instruction.act {
        for earlier in sectionStart..<index {
          graph.addEdge(from: earlier, to: index, kind: .after)
        }
        sectionStart = index + 1
        continue
      }
      if let needs = instruction.task?.needs {
        for need in needs {
          if let place = places[need.id.text] {
            graph.addEdge(from: place, to: index, kind: .needs)
          }
        }
        if sectionStart > 0 { graph.addEdge(from: sectionStart - 1, to: index, kind: .after) }
      } else if index > 0 {
        graph.addEdge(from: index - 1, to: index, kind: .needs)
      }
    }
    for cycle in graph.cycles() {
      bag.add(cycleDiagnostic(cycle.map { (instructions[$0].title, instructions[$0].span) }))
    }
    return graph.topologicalOrder()?.map { instructions[$0] }.renumbered
  }

  private func reportPlayCycles(into bag: inout DiagnosticBag) {
    var graph = DirectedGraph(nodeCount: drafts.count)
    for (number, draft) in drafts.enumerated() {
      guard let needs = draft.play.needs else {
        if number > 0 { graph.addEdge(from: number - 1, to: number, kind: .after) }
        continue
      }
      for need in needs {
        for other in playIDs[need.id.text] ?? [] {
          graph.addEdge(from: other, to: number, kind: .needs)
        }
      }
    }
    for cycle in graph.cycles() {
      bag.add(
        cycleDiagnostic(
          cycle.map { place in
            let play = drafts[place].play
            return (
              "play `\(play.id?.text ?? play.name.text)`", needSpan(place, cycle) ?? play.span
            )
          }))
    }
  }

  private func needSpan(_ play: Int, _ cycle: [Int]) -> Span? {
    let names = Set(cycle.compactMap { drafts[$0].play.id?.text })
    return drafts[play].play.needs?.first { names.contains($0.id.text) }?.id.span
  }

  private func cycleDiagnostic(_ members: [(name: String, span: Span?)]) -> Diagnostic {
    let names = members.map { "`\($0.name)`" }
    return Diagnostic(
      .error, "cycle",
      "these wait for each other: \((names + names.prefix(1)).joined(separator: " -> "))",
      at: members.first?.span,
      labels: members.dropFirst().compactMap { member in
        member.span.map { Diagnostic.Label($0, "\(member.name) waits here") }
      },
      help: "remove one of these `needs`")
  }

  // MARK: - Edges

  private mutating func connect(_ number: Int, into bag: inout DiagnosticBag) {
    let play = plays[number]
    let nodes = play.nodes
    for host in play.hosts.indices { add(nodes.end(host), nodes.join, .needs) }
    connectStart(play, into: &bag)
    for (position, instruction) in play.instructions.enumerated() {
      connectLine(play, position)
      for need in instruction.task?.needs ?? [] {
        connectTaskNeed(need, play, position, into: &bag)
      }
    }
  }

  /// Linear instructions: their steps wait for all hosts to have passed the one before, and so do the steps after them.
  private mutating func connectLine(_ play: CompiledPlay, _ position: Int) {
    guard position > 0, play.instructions[position].task?.needs == nil,
      play.instructions[position].isLinear || play.instructions[position - 1].isLinear,
      !takesTurns(play.instructions[position - 1], play.instructions[position])
    else { return }
    let join = play.nodes.lineJoin(position)
    for host in play.hosts.indices {
      add(play.nodes.task(position - 1, host), join, .after)
      add(join, play.nodes.task(position, host), .after)
    }
  }

  /// Whether two neighbours stand in one block in which hosts take turns: the rest of a turn waits for nobody.
  private func takesTurns(_ first: Instruction, _ second: Instruction) -> Bool {
    guard let span = first.rolling?.span else { return false }
    return span == second.rolling?.span
  }

  private mutating func connectStart(_ play: CompiledPlay, into bag: inout DiagnosticBag) {
    connectBatch(play)
    guard let needs = play.play.needs else {
      connectBarrier(play)
      return
    }
    for need in needs { connectPlayNeed(need, play, into: &bag) }
  }

  /// A batch of `serial` waits for the one before it.
  private mutating func connectBatch(_ play: CompiledPlay) {
    guard let before = plays[..<play.number].last, before.play.number == play.play.number else {
      return
    }
    for host in play.hosts.indices { add(before.nodes.join, play.nodes.start(host), .after) }
  }

  /// Without `needs`: the whole play before has ended, and the host's own part of it has succeeded.
  private mutating func connectBarrier(_ play: CompiledPlay) {
    let before = plays[..<play.number]
    guard let last = before.last(where: { $0.play.number != play.play.number }) else {
      plays[play.number].barred = earlier.barred(play.hosts)
      return
    }
    for other in before where other.play.number == last.play.number {
      let places = Dictionary(
        zip(other.hosts, other.hosts.indices), uniquingKeysWith: { first, _ in first })
      for (host, name) in play.hosts.enumerated() {
        add(other.nodes.join, play.nodes.start(host), .after)
        if let place = places[name] { add(other.nodes.end(place), play.nodes.start(host), .needs) }
      }
    }
  }

  private mutating func connectPlayNeed(
    _ need: Need, _ play: CompiledPlay, into bag: inout DiagnosticBag
  ) {
    guard let others = playIDs[need.id.text]?.map({ plays[$0] }) else {
      if earlier.knows(need.id.text) {
        let (barred, missing) = earlier.barred(play.hosts, need)
        plays[play.number].barred.merge(barred) { first, _ in first }
        if !missing.isEmpty {
          assumed.append(.init(need: need.id.text, hosts: missing, span: need.id.span))
        }
        return
      }
      bag.add(unknown(need, among: Array(playIDs.keys)))
      return
    }
    if need.reach == .all {
      if others.allSatisfy(\.hosts.isEmpty) {
        assumed.append(.init(need: need.id.text, hosts: [], span: need.id.span))
      }
      for host in play.hosts.indices {
        for other in others { add(other.nodes.join, play.nodes.start(host), .needs) }
      }
      return
    }
    var ends: [String: Int] = [:]
    for other in others {
      for (place, name) in other.hosts.enumerated() { ends[name] = other.nodes.end(place) }
    }
    let missing = play.hosts.filter { ends[$0] == nil }
    for (host, name) in play.hosts.enumerated() {
      if let end = ends[name] { add(end, play.nodes.start(host), .needs) }
    }
    if missing.isEmpty { return }
    if missing.count == play.hosts.count, options.limit == nil {
      bag.add(
        Diagnostic(
          .error, "needs-without-hosts",
          "no host of this play takes part in `\(need.id.text)`", at: need.id.span,
          help: "did you mean {\(need.id.text): all}?"))
    } else {
      assumed.append(.init(need: need.id.text, hosts: missing, span: need.id.span))
    }
  }

  private mutating func connectTaskNeed(
    _ need: Need, _ play: CompiledPlay, _ position: Int, into bag: inout DiagnosticBag
  ) {
    guard let place = taskIDs[need.id.text] else {
      if playIDs[need.id.text] != nil || !options.tags.isEmpty || !options.skipTags.isEmpty {
        assumed.append(.init(need: need.id.text, hosts: play.hosts, span: need.id.span))
      } else {
        bag.add(unknown(need, among: Array(taskIDs.keys)))
      }
      return
    }
    let other = plays[place.play]
    let hosts = Dictionary(
      zip(other.hosts, other.hosts.indices), uniquingKeysWith: { first, _ in first })
    for (host, name) in play.hosts.enumerated() {
      let node = play.nodes.task(position, host)
      switch need.reach {
      case .sameHost:
        if let there = hosts[name] { add(other.nodes.task(place.position, there), node, .needs) }
      case .all:
        for there in other.hosts.indices {
          add(other.nodes.task(place.position, there), node, .needs)
        }
      }
    }
  }

  private func unknown(_ need: Need, among known: [String]) -> Diagnostic {
    Diagnostic(
      .error, "unknown-need", "nothing has the id `\(need.id.text)`", at: need.id.span,
      underline: suggestion(for: need.id.text, among: known).map { "did you mean `\($0)`?" })
  }

  private mutating func add(_ from: Int, _ to: Int, _ kind: TaskGraph.EdgeKind) {
    edges.append(TaskGraph.Edge(from: from, to: to, kind: kind))
  }
}

extension [Instruction] {
  /// The same instructions with positions that follow the order.
  fileprivate var renumbered: [Instruction] {
    enumerated().map { position, instruction in
      Instruction(
        act: instruction.act, places: instruction.places, position: position,
        isLinear: instruction.isLinear, isHandler: instruction.isHandler,
        mentions: instruction.mentions)
    }
  }
}
