import Diagnostics
import Schema
import Template

/// Walks a playbook in the order in which it runs, and finds what templates need and some host does not have.
///
/// Silent where nothing is certain: names with a guard (`default`, `is defined`), tasks whose conditions do not hold,
/// expressions that do not come to use the name, hosts on which files nobody can foresee were read.
final class NameWalk {
  let playbook: Playbook
  let modules: ModuleCatalog
  let disk: ControllerDisk
  let extra: [String: Variable]
  let limit: Limit?
  let candidates: Candidates
  private(set) var inventory: Inventory
  private(set) var store: VariableStore
  var groups = DynamicGroups()
  var flow = Flow()
  var found: [Diagnostic] = []
  /// The place of each finding in `found`.
  var reported: [Finding: Int] = [:]
  /// The play being walked.
  private(set) var play: Play
  /// Its hosts, and their numbers.
  private(set) var hosts: [Host] = []
  private(set) var bits = HostBits.none
  /// What tasks of the play before have stopped: starting it again takes no member from a cluster.
  var stoppedUnits: Set<String> = []
  /// One host for each sort: hosts in the same groups with variables of the same names.
  private(set) var samples: [Host] = []
  var numbers: [String: Int] = [:]
  /// The handlers of roles that inclusions of the play bring.
  var lateHandlers: [TaskEntry] = []
  var placeCount = 0
  private(set) var references: [String: [Reference]] = [:]
  /// The templates inside of lists and dictionaries, by the place of the whole value.
  var inner: [Span: [String]] = [:]
  var gapCache: [GapKey: [Gap]] = [:]
  var passCache: (place: Int, passes: [String: [[String: Value]]?]) = (-1, [:])
  var templateFiles = TemplateFiles()
  /// What lies under names, as far as it is a template or encrypted.
  var encrypted: [Reference: [FoundText]] = [:]
  /// The places of encrypted values that were tried.
  var tried: Set<Span> = []
  /// What every task says, candidates included.
  var collected = CollectedTasks()
  /// How sure it is that a host comes to a task of a module that does not exist, by its name.
  var reach: [String: Diagnostic.Severity] = [:]

  struct Finding: Hashable {
    let kind: Gap.Kind
    let name: String
    let span: Span?
  }

  struct GapKey: Hashable {
    let scope: ObjectIdentifier?
    let name: String
    let key: String?
    let sample: Int
  }

  init?(
    playbook: Playbook, inventory: Inventory, modules: ModuleCatalog,
    extra: [String: Variable], limit: Limit?, disk: ControllerDisk
  ) {
    guard let first = playbook.plays.first else { return nil }
    self.playbook = playbook
    self.inventory = inventory
    self.modules = modules
    self.extra = extra
    self.limit = limit
    self.disk = disk
    play = first
    candidates = Candidates(playbook: playbook, modules: modules, disk: disk)
    store = NameWalk.store(inventory, extra, playbook)
  }

  static func store(
    _ inventory: Inventory, _ extra: [String: Variable], _ playbook: Playbook
  ) -> VariableStore {
    var settings = RunSettings()
    settings.playbookFolder = playbook.folder
    return VariableStore(inventory: inventory, extraVariables: extra, settings: settings)
  }

  // MARK: Plays

  /// Walks all plays.
  func run() {
    noteNames()
    for play in playbook.plays { walk(play) }
  }

  func walk(_ play: Play) {
    self.play = play
    regroup()
    found += HostsCheck(play: play, inventory: inventory, groups: groups).run()
    chooseHosts()
    collected.begin(play)
    lateHandlers = []
    stoppedUnits = []
    for prompt in play.prompts { flow.set(prompt.name, on: bits) }
    for file in play.laterVarsFiles { includeLater(file) }
    for entry in play.sections.joined() { visit(entry, Surroundings()) }
    for entry in play.handlers + lateHandlers { visit(entry, Surroundings(isDoubtful: true)) }
    found += collected.handlerFindings(of: play, late: lateHandlers)
  }

  /// Takes in the groups that tasks before have made.
  func regroup() {
    guard groups.hasChanged else { return }
    inventory = groups.extend(inventory, playbookFolder: playbook.folder, disk: disk)
    store = NameWalk.store(inventory, extra, playbook)
  }

  /// The same hosts of the play, as they are after tasks have made groups.
  func refreshHosts() {
    guard groups.hasChanged else { return }
    regroup()
    choose(hosts.map { inventory.host(named: $0.name) ?? $0 })
  }

  func chooseHosts() {
    var hosts: [Host] = []
    if let pattern = try? play.hosts.pattern(extraVariables: extra).known {
      hosts = inventory.hosts(matching: pattern)
      if let limit { hosts = limit.hosts(of: hosts, in: inventory) }
    }
    choose(hosts)
  }

  func choose(_ hosts: [Host]) {
    gapCache = [:]
    encrypted = [:]
    self.hosts = hosts
    bits = HostBits(hosts.map(number(of:)))
    var seen: Set<Sort> = []
    samples = hosts.filter { host in
      let names = store.variables(for: host).inventoryNames
      return seen.insert(Sort(groups: host.groups, names: names)).inserted
    }
  }

  private struct Sort: Hashable {
    let groups: [String]
    let names: Set<String>
  }

  func number(of host: Host) -> Int {
    if let known = numbers[host.name] { return known }
    let number = numbers.count
    numbers[host.name] = number
    return number
  }

  /// `vars_files` with computed paths: what they may set.
  func includeLater(_ file: VarsFile) {
    flow.setAnything(on: bits)
  }

  func nextPlace() -> Int {
    placeCount += 1
    return placeCount
  }

  // MARK: Entries

  func visit(_ entry: TaskEntry, _ around: Surroundings) {
    switch entry {
    case .task(let task): visit(task, around)
    case .block(let block):
      for child in block.tasks + block.rescue + block.always { visit(child, around) }
      if let rolling = block.rolling { visit(rolling, of: block, around) }
    case .includeTasks(let include): visit(include, around)
    }
  }

  /// The order of turns is worked out at a host's first step in the block, with what its tasks have registered by then.
  private func visit(_ rolling: Rolling, of block: Block, _ around: Surroundings) {
    let place = Place(
      block.keywords, nil, around, path: block.path, folders: [], number: nextPlace())
    check(
      place,
      [rolling.order, rolling.maxUnavailable].compactMap(\.self).flatMap(\.written.source.templates)
    )
  }

  func visit(_ include: IncludeTasks, _ around: Surroundings) {
    let place = Place(
      include.keywords, include.loop, around, path: include.path, folders: include.folders,
      number: nextPlace())
    check(place, [include.file.template].compactMap(\.self))
    let names = names(of: include, place)
    let inner = Surroundings(
      locals: place.locals, conditions: place.conditions,
      isDoubtful: around.isDoubtful || include.tasks == nil && names == nil)
    values(of: include, place)
    if let choices = candidates.tasks(of: include, names: names) {
      for choice in choices {
        lateHandlers += choice.handlers
        let count = (found.count, reported)
        for child in choice.tasks { visit(child, inner) }
        if choice.isLoose {
          found.removeSubrange(count.0...)
          reported = count.1
        }
      }
    } else {
      collected.isOpen = true
      if !hosts.isEmpty { flow.setAnything(on: bits) }
    }
    if let name = include.register { flow.set(name.text, on: bits) }
  }

  /// The files or roles that an inclusion with a computed name brings; nil where some host does not know it yet.
  func names(of include: IncludeTasks, _ place: Place) -> [String]? {
    guard include.tasks == nil, !samples.isEmpty else { return include.tasks == nil ? nil : [] }
    var names: [String] = []
    for host in samples {
      guard let passes = passes(of: place, on: host) else { return nil }
      for locals in passes {
        let renderer = renderer(for: host, place, locals: locals)
        do throws(Diagnostic) {
          if case .no = try place.conditions.all(renderer) { continue }
          guard let name = try include.file.text(renderer).known else { return nil }
          if !names.contains(name.string) { names.append(name.string) }
        } catch {
          return nil
        }
      }
    }
    return names
  }

  func visit(_ task: Task, _ around: Surroundings) {
    var place = Place(
      task.keywords, task.loop, around, path: task.path, folders: task.folders,
      number: nextPlace())
    check(place, task.templatesBefore)
    for (_, argument) in task.arguments.sorted(by: { $0.key < $1.key }) {
      checkEncrypted(argument.source, place)
    }
    checkTemplateFiles(of: task, place)
    values(of: task, place)
    collected.add(task)
    noteReach(of: task, place, around)
    checkSupport(of: task, place, around)
    if let name = task.register { place.locals.insert(name.text) }
    place.locals.formUnion(["_result"])
    check(place, task.templatesAfter, skippingConditions: true)
    note(task, place)
  }

  // MARK: Rendering

  /// Renders as a place on a host foresees it.
  func renderer(for host: Host, _ place: Place, locals: [String: Value]) -> Renderer {
    let number = number(of: host)
    let view = ForeseenVariables(
      variables: store.variables(
        for: host, play: play, scope: place.keywords.scope, locals: locals)
    ) { [flow, locals = place.locals] name in
      locals.contains(name) || flow.mayHave(name, on: number)
    }
    return Renderer(
      variables: view,
      resources: ForeseenResources(
        resources: TaskResources(folders: place.folders, inventory: inventory, disk: disk)),
      clock: 0, seed: 0)
  }

  /// Loops over what programs of the controller say, or over what is different each time.
  static let running: Set<Loop.Form> = [.lines, .pipe, .password, .randomChoice]

  /// The variables of each pass of a loop; one empty pass without a loop, nil where they are not known.
  func passes(of place: Place, on host: Host) -> [[String: Value]]? {
    guard let loop = place.loop else { return [[:]] }
    guard !Self.running.contains(loop.form) else { return nil }
    if passCache.place != place.number { passCache = (place.number, [:]) }
    if let known = passCache.passes[host.name] { return known }
    let renderer = renderer(for: host, place, locals: [:])
    var passes: [[String: Value]]?
    if let items = (try? loop.items(renderer))?.known, items.count <= 1000 {
      passes = items.indices.map { loop.variables(of: $0, in: items) }
    }
    passCache.passes[host.name] = .some(passes)
    return passes
  }

  func references(of text: String) -> [Reference] {
    if let known = references[text] { return known }
    let found = (try? CompiledTemplate.compile(text, syntax: .value))?.references ?? []
    references[text] = found
    return found
  }

  func references(of template: WrittenTemplate) -> [Reference] {
    let text = template.compiled.source
    if let known = references[text] { return known }
    let usage = template.compiled.usage
    references[text] = usage.references
    for plugin in usage.unknown {
      add(
        Diagnostic(
          .warning, "unknown-filter", "no \(plugin.kind) named `\(plugin.name)`",
          at: template.place.span(of: plugin.range),
          underline: plugin.suggestion.map { "did you mean `\($0)`?" },
          help: plugin.suggestion == nil ? "the template fails where it comes to it" : nil))
    }
    return usage.references
  }
}

extension ArgumentSource {
  /// A text as written, templates and all; nil for anything else.
  var literalText: String? {
    switch source {
    case .template(let template): template.compiled.source
    case .literal(let value, _): value.string
    default: nil
    }
  }
}

extension Task {
  /// What is rendered before the module runs.
  var templatesBefore: [WrittenTemplate] {
    var templates = arguments.sorted { $0.key < $1.key }.flatMap(\.value.source.templates)
    templates += [argumentsTemplate].compactMap(\.self)
    templates += keywords.environment.flatMap(\.source.templates)
    templates += [keywords.delegateTo?.template].compactMap(\.self)
    return templates
  }

  /// What is rendered when its result is known.
  var templatesAfter: [WrittenTemplate] {
    [changedWhen, failedWhen, until].compactMap(\.self).joined().map(\.template)
      + notify.compactMap(\.template)
  }
}
