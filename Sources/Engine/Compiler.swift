import Diagnostics
import Graph
import Model
import ModuleKit
import Schema
import Template

/// Makes a `Program` of a playbook: hosts chosen, tasks flattened and filtered, order and graph worked out.
package struct Compiler: Sendable {
  let playbook: Playbook
  let inventory: Inventory
  let registry: ModuleRegistry
  let options: RunOptions
  /// Those of `-e`: the only ones that `hosts` and `serial` may use.
  let extraVariables: [String: Variable]

  package init(
    playbook: Playbook, inventory: Inventory, registry: ModuleRegistry, options: RunOptions,
    extraVariables: [String: Variable]
  ) {
    self.playbook = playbook
    self.inventory = inventory
    self.registry = registry
    self.options = options
    self.extraVariables = extraVariables
  }

  /// Compiles; nil when an error is among the diagnostics.
  package func compile(into bag: inout DiagnosticBag) -> Program? {
    var texts: [PlayText] = []
    var isStarted = options.startAt == nil
    for play in playbook.plays {
      var text = flattened(play, into: &bag)
      if let startAt = options.startAt, !isStarted {
        let first = text.instructions.firstIndex { $0.isCalled(startAt) }
        text.instructions = first.map { Array(text.instructions[$0...]) } ?? []
        isStarted = first != nil
      }
      texts.append(text)
    }
    if let startAt = options.startAt, !isStarted {
      bag.add(Diagnostic(.error, "unknown-task", "no task is named `\(startAt)`"))
    }
    return program(of: texts[...], inventory, EarlierPlays(), into: &bag)
  }

  /// The program of plays up to and including the first that adds hosts or groups; those behind it are compiled for the
  /// inventory of today too, but finally when they are reached.
  private func program(
    of texts: ArraySlice<PlayText>, _ inventory: Inventory, _ earlier: EarlierPlays,
    into bag: inout DiagnosticBag
  ) -> Program? {
    let border = texts.firstIndex { $0.play.extendsInventory }.map { $0 + 1 } ?? texts.endIndex
    var drafts: [PlayDraft] = []
    for text in texts[..<border] {
      for batch in batches(
        of: hosts(of: text.play, inventory, into: &bag), in: text.play, into: &bag)
      {
        drafts.append(
          PlayDraft(
            play: text.play, hosts: batch, instructions: text.instructions,
            handlers: text.handlers))
      }
    }
    var builder = GraphBuilder(
      drafts: drafts, inventory: inventory, options: options, earlier: earlier)
    guard var program = builder.build(into: &bag) else { return nil }
    let rest = texts[border...]
    guard !rest.isEmpty else { return program }
    guard
      let later = self.program(
        of: rest, inventory, earlier.followed(by: program, failed: [:], [:]), into: &bag)
    else { return nil }
    program.later = later.plays + later.later
    program.rest = { inventory, earlier, bag in
      self.program(of: rest, inventory, earlier, into: &bag)
    }
    return program
  }

  private func flattened(_ play: Play, into bag: inout DiagnosticBag) -> PlayText {
    var flattening = Flattening(registry: registry, filter: TagFilter(options))
    flattening.isFree = play.strategy != .linear
    flattening.rendersTags = !options.tags.isEmpty || !options.skipTags.isEmpty
    flattening.variables = { scope in
      var values = ValueMap()
      for part in Array(scope?.chain.map(\.self) ?? []).reversed() {
        for (name, variable) in part.variables { values[name] = variable.value }
      }
      for (name, variable) in extraVariables { values[name] = variable.value }
      return values
    }
    let forces = forcesHandlers(play, into: &bag)
    for section in play.sections { flattening.addSection(section, forcesHandlers: forces) }
    bag.add(contentsOf: flattening.problems)
    var handlers = Flattening(registry: registry, filter: TagFilter.all, blocks: 1_000_000)
    handlers.isHandler = true
    handlers.add(play.handlers)
    return PlayText(
      play: play, instructions: flattening.instructions, handlers: handlers.instructions)
  }

  /// `force_handlers` of the play, or `--force-handlers`.
  private func forcesHandlers(_ play: Play, into bag: inout DiagnosticBag) -> Bool {
    guard let setting = play.forceHandlers else { return options.forcesHandlers }
    do throws(Diagnostic) {
      return try setting.value(Renderer(variables: extraValues)).known ?? options.forcesHandlers
    } catch {
      bag.add(error)
      return false
    }
  }

  private var extraValues: ValueMap {
    ValueMap(extraVariables.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value.value) })
  }

  private func hosts(
    of play: Play, _ inventory: Inventory, into bag: inout DiagnosticBag
  ) -> [String] {
    do throws(Diagnostic) {
      guard let pattern = try play.hosts.pattern(extraVariables: extraVariables).known else {
        return []
      }
      let hosts = play.order.applied(to: inventory.hosts(matching: pattern).map(\.name))
      guard let limit = options.limit else { return hosts }
      return hosts.filter(limit.contains)
    } catch {
      bag.add(error)
      return []
    }
  }

  /// The hosts as `serial` cuts them: sizes in order, the last one for all that are left.
  private func batches(
    of hosts: [String], in play: Play, into bag: inout DiagnosticBag
  ) -> [[String]] {
    guard !play.serial.isEmpty, !hosts.isEmpty else { return [hosts] }
    var sizes: [Int] = []
    for size in play.serial {
      do throws(Diagnostic) {
        sizes.append(try size.count(of: hosts.count, extraVariables: extraVariables))
      } catch {
        bag.add(error)
      }
    }
    var batches: [[String]] = []
    var rest = hosts[...]
    var next = 0
    while !rest.isEmpty {
      let wanted = sizes.isEmpty ? rest.count : sizes[min(next, sizes.count - 1)]
      let size = wanted > 0 ? wanted : rest.count
      batches.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
      next += 1
    }
    return batches
  }
}

/// A play before its hosts are chosen.
struct PlayText: Sendable {
  let play: Play
  var instructions: [Instruction]
  let handlers: [Instruction]
}

/// A play before its instructions have nodes.
struct PlayDraft {
  let play: Play
  let hosts: [String]
  var instructions: [Instruction]
  let handlers: [Instruction]
}

/// Turns lists of tasks and blocks into a flat list.
struct Flattening {
  let registry: ModuleRegistry
  let filter: TagFilter
  var isHandler = false
  /// Whether nothing waits for other hosts (`strategy: free`).
  var isFree = false
  /// The position that all instructions get; nil numbers them.
  var position: Int?
  /// Whether tags that hold templates are worked out; without `--tags` and `--skip-tags` nobody asks for them.
  var rendersTags = false
  /// What such tags are worked out over.
  var variables: (VariableScope?) -> any Variables = { _ in ValueMap() }
  /// Tags that cannot be worked out.
  private(set) var problems: [Diagnostic] = []
  private(set) var instructions: [Instruction] = []
  private var blocks: Int
  private var places: [BlockPlace]

  init(registry: ModuleRegistry, filter: TagFilter, blocks: Int = 0, places: [BlockPlace] = []) {
    self.registry = registry
    self.filter = filter
    self.blocks = blocks
    self.places = places
  }

  mutating func add(_ entries: [TaskEntry]) {
    for entry in entries {
      switch entry {
      case .task(let task):
        guard admits(task.keywords) else { continue }
        if task.isLanguage("meta") {
          addMeta(task)
        } else {
          append(.task(task), isLinear: isLinear(task), mentions: task.mentions)
        }
      case .includeTasks(let include):
        guard admits(include.keywords) else { continue }
        append(.include(include), isLinear: true, mentions: include.mentions)
      case .block(let block):
        blocks += 1
        let number = blocks
        for (section, tasks) in [
          (BlockPlace.Section.main, block.tasks), (.rescue, block.rescue), (.always, block.always),
        ] {
          places.append(
            BlockPlace(
              block: number, section: section, hasRescue: !block.rescue.isEmpty,
              rolling: block.rolling))
          add(tasks)
          places.removeLast()
        }
      }
    }
  }

  private mutating func admits(_ keywords: Keywords) -> Bool {
    guard rendersTags, !keywords.computedTags.isEmpty else { return filter.admits(keywords.tags) }
    var tags = keywords.tags
    let renderer = Renderer(variables: variables(keywords.scope))
    for source in keywords.computedTags {
      do throws(Diagnostic) {
        guard let template = source.template else { continue }
        let value = try template.value(renderer)
        tags += (value.list ?? [value]).flatMap { element in
          (element.string ?? "").split(separator: ",").map(String.init)
        }
      } catch {
        var error = error
        error.help = "tags are chosen before the run: give what they need with `-e`"
        problems.append(error)
      }
    }
    return filter.admits(tags)
  }

  /// The tasks of a section and its end, where handlers run.
  ///
  /// Where handlers are forced the section is a block and its end an `always`: they run after a failure too.
  mutating func addSection(_ entries: [TaskEntry], forcesHandlers: Bool) {
    let before = instructions.count
    blocks += 1
    let number = blocks
    func place(_ section: BlockPlace.Section) -> BlockPlace {
      BlockPlace(block: number, section: section, hasRescue: false)
    }
    if forcesHandlers { places.append(place(.main)) }
    add(entries)
    if forcesHandlers { places[places.count - 1] = place(.always) }
    if instructions.count > before { append(.flushHandlers, isLinear: true, mentions: []) }
    if forcesHandlers { places.removeLast() }
  }

  /// `meta: flush_handlers` and the like: the engine's own.
  private mutating func addMeta(_ task: Task) {
    append(.task(task), isLinear: true, mentions: task.mentions)
  }

  private mutating func append(_ act: Instruction.Act, isLinear: Bool, mentions: Set<String>) {
    instructions.append(
      Instruction(
        act: act, places: places, position: position ?? instructions.count,
        isLinear: isLinear && !isFree, isHandler: isHandler, mentions: mentions,
        ownsNode: position == nil))
  }

  private func isLinear(_ task: Task) -> Bool {
    if registry.module(named: task.module)?.shape == .action { return true }
    return task.keywords.throttle != nil || task.keywords.runOnce != nil || task.extendsInventory
      || task.keywords.delegateTo != nil
      || task.mentionsOtherHosts
  }
}

extension HostOrder {
  /// The hosts, which are in the inventory's order, in this one.
  fileprivate func applied(to hosts: [String]) -> [String] {
    switch self {
    case .inventory: hosts
    case .reverseInventory: hosts.reversed()
    case .sorted: hosts.sorted()
    case .reverseSorted: hosts.sorted(by: >)
    case .shuffle: hosts.shuffled()
    }
  }
}

extension Instruction {
  /// Whether a pattern of `--start-at-task` means it, with or without its role before it.
  fileprivate func isCalled(_ pattern: String) -> Bool {
    let role = task?.role.map { "\($0) : \(title)" }
    return globMatches(pattern, title) || title == pattern
      || role.map { globMatches(pattern, $0) || $0 == pattern } ?? false
  }
}

extension Play {
  /// Whether it adds hosts or groups that later plays may take.
  var extendsInventory: Bool { allTasks.contains(where: \.extendsInventory) }
}

extension Task {
  /// Whether it uses a module of the language itself, by its plain or full name.
  func isLanguage(_ name: String) -> Bool {
    module == name || module == "ansible.builtin.\(name)" || module == "ansible.legacy.\(name)"
  }

  static let wordsOfOthers: Set<String> = [
    "groups", "hostvars", "inventory_hostname", "inventory_hostname_short", "play_hosts",
    "ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_batch",
  ]

  /// Every variable that its conditions, arguments and loop mention.
  package var mentions: Set<String> {
    var templates = keywords.when.map(\.template)
    templates += arguments.values.flatMap(\.source.templates)
    templates += [changedWhen, failedWhen, until].flatMap { $0 ?? [] }.map(\.template)
    templates += loop?.source.source.templates ?? []
    templates += [name?.template, argumentsTemplate, keywords.delegateTo?.template].compactMap(
      \.self)
    templates += notify.compactMap(\.template)
    return Set(templates.flatMap(\.compiled.references).map(\.name))
  }

  /// Whether its condition or arguments name other hosts: real playbooks rely on the order across hosts then.
  var mentionsOtherHosts: Bool { !mentions.isDisjoint(with: Task.wordsOfOthers) }
}

extension IncludeTasks {
  package var mentions: Set<String> {
    var templates = keywords.when.map(\.template)
    templates += loop?.source.source.templates ?? []
    templates += [file.template].compactMap(\.self)
    return Set(templates.flatMap(\.compiled.references).map(\.name))
  }
}

/// `--tags` and `--skip-tags`, with the special words `all`, `tagged`, `untagged`, `always`, `never`.
package struct TagFilter: Sendable {
  let tags: Set<String>
  let skipTags: Set<String>

  static let all = TagFilter(tags: [], skipTags: [])

  init(tags: [String], skipTags: [String]) {
    self.tags = Set(tags)
    self.skipTags = Set(skipTags)
  }

  init(_ options: RunOptions) { self.init(tags: options.tags, skipTags: options.skipTags) }

  /// Whether a task with these tags takes part.
  func admits(_ own: [String]) -> Bool {
    let own = Set(own)
    if !skipTags.isDisjoint(with: own) { return false }
    if skipTags.contains("all"), !own.contains("always") { return false }
    if skipTags.contains("tagged"), !own.isEmpty { return false }
    if skipTags.contains("untagged"), own.isEmpty { return false }
    if own.contains("always") || !tags.isDisjoint(with: own) { return true }
    if own.contains("never") { return false }
    if tags.isEmpty || tags.contains("all") { return true }
    if tags.contains("tagged") { return !own.isEmpty }
    return tags.contains("untagged") && own.isEmpty
  }
}
