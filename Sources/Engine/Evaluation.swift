import Diagnostics
import Model
import ModuleKit
import Schema
import Template
import Transport
import Vault

/// A task as it is for one host: what its condition, loop and arguments come to.
enum TaskWork: Sendable {
  case skipped(reason: String)
  case items([ItemWork])
  /// What it loops over is only known later.
  case unknown(Unknown)
}

/// A task, or one pass of its loop, on one host.
struct ItemWork: Sendable {
  /// The item and its place in the loop; nil without a loop.
  var item: (value: Value, index: Int, label: String)?
  /// Why this pass of a loop cannot be worked out; the others go on.
  var failure: Diagnostic?
  var truth: Truth
  /// The module with its arguments; unknown when they are.
  var module: Resolved<any Module>
  /// Makes the module when the host is known better; nil where it is made already.
  var postponed: PostponedModule?
  var privilege: Privilege
  /// The inventory's name of the machine that it works on.
  var machine: String
  /// Variables that its results are judged with.
  var locals: [String: Value]
  var isSecret: Bool
  /// The secret texts among its arguments.
  var secrets: [String] = []
  var environment: [(name: String, value: String)]
  /// What the author declares that an action touches; nil when nothing is declared.
  var touches: Footprint?
  /// To wait before it, behind another item.
  var pause: Duration?
  /// The most that a step may take, where the task says so.
  var timeout: Duration?
  /// Whether its steps are only foreseen: the run's own mode, unless the task says otherwise.
  var isChecked: Bool
  /// Whether its action goes on by itself on the host; nil when it does not.
  var async: AsyncWork?
  /// Who gets the variables that it sets: the host itself, unless `delegate_facts` hands them on.
  var factsHost: String
  /// What the module wants to know of a host of which nothing is known.
  let firstReads = FirstReads()
}

/// Works out what a task comes to on a host.
///
/// Pure but for files of the controller.
struct Evaluator: Sendable {
  let setup: RunSetup
  let play: CompiledPlay
  let host: Host
  /// Results that are only known later, by name.
  var pending: [String: Unknown] = [:]
  /// Variables of the inclusion that the task came by.
  var inherited: [String: Value] = [:]
  /// Stand in for the host's facts while it only matters what to ask.
  var typical: ValueMap?
  /// What earlier tasks will have set, while it only matters what to ask.
  var assumed: [String: Value] = [:]
  /// Raised when facts of the host are wanted and not known.
  let demand = PendingVariables.Demand()
  /// Whether facts of the host are among its variables.
  var hasHostFacts: Bool
  /// Notes what the task that is being worked out reads.
  private var reads: VariableReads?

  init(
    setup: RunSetup, play: CompiledPlay, host: Host, pending: [String: Unknown],
    typical: ValueMap? = nil, hasHostFacts: Bool
  ) {
    self.setup = setup
    self.play = play
    self.host = host
    self.pending = pending
    self.typical = typical
    self.hasHostFacts = hasHostFacts
  }

  /// The task's work, maybe taken over from where the same was read; throws what is wrong with its texts.
  func work(_ task: Task) throws(Diagnostic) -> TaskWork {
    let manual = try manual(of: task)
    guard task.keywords.delegateTo == nil, !manual.dependsOnHost, !hasOwnConnection(task) else {
      return try evaluated(task, manual)
    }
    if let known = known(task) { return known.on(host.name) }
    var recording = self
    let reads = VariableReads()
    recording.reads = reads
    let work = try recording.evaluated(task, manual)
    setup.memo.keep(work, of: task.number, reads)
    return work
  }

  /// What the task came to where the same was read.
  private func known(_ task: Task) -> TaskWork? {
    let demand = PendingVariables.Demand()
    let variables = variables(task.keywords.scope, locals(task.role, [:]), demand)
    guard let work = setup.memo.work(of: task.number, reading: variables) else { return nil }
    if demand.isRaised { self.demand.raise() }
    return work
  }

  private func evaluated(_ task: Task, _ manual: Manual) throws(Diagnostic) -> TaskWork {
    let plain = renderer(task, [:])
    guard let loop = task.loop else {
      switch try task.keywords.when.all(plain) {
      case .no: return .skipped(reason: "Conditional result was False")
      case let truth: return .items([try item(task, manual, nil, truth)])
      }
    }
    if !mentionsItem(task.keywords.when, loop), try task.keywords.when.all(plain) == .no {
      return .skipped(reason: "Conditional result was False")
    }
    switch try loop.items(plain) {
    case .unknown(let unknown): return .unknown(unknown)
    case .known(let items):
      var works: [ItemWork] = []
      for index in items.indices {
        let locals = loop.variables(of: index, in: items)
        works.append(pass(task, loop, manual, items[index], index, locals))
      }
      return works.isEmpty ? .skipped(reason: "No items in the list") : .items(works)
    }
  }

  /// One pass of a loop, failed where it cannot be worked out.
  private func pass(
    _ task: Task, _ loop: Loop, _ manual: Manual, _ item: Value, _ index: Int,
    _ locals: [String: Value]
  ) -> ItemWork {
    do throws(Diagnostic) {
      let renderer = renderer(task, locals)
      let truth = try task.keywords.when.all(renderer)
      let label = try label(loop, item, renderer)
      return try self.item(task, manual, (item, index, label), truth, locals)
    } catch {
      var work = ItemWork(
        truth: .yes, module: .unknown(Unknown("its arguments")), privilege: .none,
        machine: host.name, locals: locals, isSecret: true, environment: [], isChecked: isDry,
        factsHost: host.name)
      work.isSecret = (try? task.keywords.noLog?.value(renderer(task, locals)).known) ?? false
      let label = work.isSecret ? nil : try? self.label(loop, item, renderer(task, locals))
      work.item = (item, index, label ?? String(index))
      work.failure = error
      return work
    }
  }

  /// The variables of each pass of a task's loop; nil without one, or where it is not known.
  func passes(_ task: Task) -> [[String: Value]]? {
    guard let loop = task.loop, case .known(let items)? = try? loop.items(renderer(task, [:]))
    else { return nil }
    return items.indices.map { loop.variables(of: $0, in: items) }
  }

  /// The variables of a place, with the item of a loop.
  func renderer(_ keywords: Keywords, folders: [String], role: String?, _ locals: [String: Value])
    -> Renderer
  {
    var variables = variables(keywords.scope, self.locals(role, locals), demand)
    variables.reads = reads
    if !locals.isEmpty { variables.loopNames = locals.keys }
    return setup.renderer(variables, folders)
  }

  /// `demand` is raised by whoever reads facts that are not there.
  private func variables(
    _ scope: VariableScope?, _ locals: [String: Value], _ demand: PendingVariables.Demand
  ) -> PendingVariables {
    PendingVariables(
      base: setup.variables.variables(for: host, play: play.play, scope: scope, locals: locals),
      pending: pending, demand: hasHostFacts ? nil : demand, typical: typical, assumed: assumed)
  }

  /// The variables of the inclusion and the role with those of a loop.
  private func locals(_ role: String?, _ loop: [String: Value]) -> [String: Value] {
    var locals = inherited.isEmpty ? loop : inherited.merging(loop) { _, inner in inner }
    if let role, locals["role_name"] == nil { locals["role_name"] = .string(role) }
    return locals
  }

  func renderer(_ task: Task, _ locals: [String: Value]) -> Renderer {
    renderer(task.keywords, folders: task.folders, role: task.role, locals)
  }

  // MARK: - Parts

  private var isDry: Bool { !setup.options.mode.changesHosts }

  private func item(
    _ task: Task, _ manual: Manual, _ item: (value: Value, index: Int, label: String)?,
    _ truth: Truth, _ locals: [String: Value] = [:]
  ) throws(Diagnostic) -> ItemWork {
    let renderer = renderer(task, locals)
    let noLog = try task.keywords.noLog?.value(renderer).known ?? false
    let machine = try machine(task, renderer)
    var work = ItemWork(
      item: item, truth: truth, module: .unknown(Unknown("its condition")),
      privilege: .none, machine: machine, locals: locals, isSecret: noLog, environment: [],
      touches: try touches(task, renderer),
      pause: try task.loop?.control.pause?.value(renderer).known.map { .seconds($0) },
      timeout: try task.keywords.timeout?.value(renderer).known.flatMap {
        $0 > 0 ? .seconds($0) : nil
      }, isChecked: try task.keywords.checkMode?.value(renderer).known ?? isDry,
      factsHost: host.name)
    if machine != host.name, try task.keywords.delegateFacts?.value(renderer).known == true {
      work.factsHost = machine
    }
    if case .no = truth { return work }
    work.async = try async(task, renderer)
    if let limit = work.async?.limit, work.timeout == nil, work.async?.poll != 0 {
      work.timeout = .seconds(limit)
    }
    work.environment = try environment(task.keywords, renderer)
    switch try privilege(task, machine, renderer) {
    case .known(let privilege): work.privilege = privilege
    case .unknown(let unknown):
      work.module = .unknown(unknown)
      return work
    }
    (work.module, work.postponed, work.secrets) =
      try module(task, manual, renderer, isDoubtful: truth != .yes)
    return work
  }

  /// The module with its arguments, and the secret texts among these.
  private func module(
    _ task: Task, _ manual: Manual, _ renderer: Renderer, isDoubtful: Bool
  ) throws(Diagnostic) -> (Resolved<any Module>, PostponedModule?, secrets: [String]) {
    guard let type = setup.registry.module(named: task.module) else {
      return (.unknown(Unknown("module `\(task.module)`")), nil, [])
    }
    let files = ControllerFiles(
      disk: setup.disk, folders: task.folders, cache: setup.cache, bundles: setup.bundles)
    let rendering = ArgumentRendering(
      task: task, manual: manual, renderer: renderer, files: files,
      host: manual.dependsOnHost ? host.name : nil, now: setup.now)
    var secrets: [String] = []
    do throws(Diagnostic) {
      switch try rendering.arguments() {
      case .unknown(let unknown): return (.unknown(unknown), nil, [])
      case .known(let arguments):
        secrets = arguments.given.values.flatMap(\.value.secretTexts)
        for secret in secrets { setup.disk.vault.secrets.remember(secret) }
        if let wrong = manual.check(arguments).first { throw wrong }
        let homes = arguments.homes(manual)
        if !homes.isEmpty, let postponed = setup.registry.atHome?(type, arguments, homes) {
          return (.unknown(Unknown("the home of the task's user")), postponed, secrets)
        }
        return (.known(try type.init(arguments)), nil, secrets)
      }
    } catch {
      guard isDoubtful else {
        throw Concealment(secrets: setup.disk.vault.secrets, own: secrets).diagnostic(error)
      }
      return (.unknown(Unknown("whether it runs at all")), nil, [])
    }
  }

  private func async(_ task: Task, _ renderer: Renderer) throws(Diagnostic) -> AsyncWork? {
    guard let limit = try task.async?.value(renderer).known, limit > 0 else { return nil }
    return AsyncWork(limit: limit, poll: try task.poll?.value(renderer).known ?? 15)
  }

  private func touches(_ task: Task, _ renderer: Renderer) throws(Diagnostic) -> Footprint? {
    guard let sources = task.touches else { return nil }
    var footprint = Footprint.nothing
    for source in sources {
      guard let path = try source.text(renderer).known?.string else { return .any }
      footprint = footprint.union(.tree(path))
    }
    return footprint
  }

  private func manual(of task: Task) throws(Diagnostic) -> Manual {
    if let type = setup.registry.module(named: task.module) { return type.manual }
    throw Diagnostic(
      .error, "unknown-module", "there is no module `\(task.module)`", at: task.moduleSpan,
      underline: suggestion(for: task.module, among: setup.registry.names).map {
        "did you mean `\($0)`?"
      },
      help: "`spile module list` shows all")
  }

  private func machine(_ task: Task, _ renderer: Renderer) throws(Diagnostic) -> String {
    var name = host.name
    if let text = try task.keywords.delegateTo?.text(renderer).known?.string, !text.isEmpty {
      name = text
    }
    guard hasOwnConnection(task) else { return name }
    let kind = try settings(task, name, renderer).kind()
    let usual = try ConnectionSettings(
      host: name, keywords: play.play.keywords,
      renderer: setup.renderer(forMachine: name, play: play), options: setup.options
    ).kind()
    if kind == usual { return name }
    guard kind == .local else {
      throw Diagnostic(
        .error, "connection", "host `\(name)` is this machine, and a task of it cannot use SSH",
        at: task.keywords.connection?.span,
        help: "delegate the task to a host that is reached by SSH")
    }
    return "localhost"
  }

  /// Whether a task, or a block around it, says itself how its host is reached: `connection: local`.
  private func hasOwnConnection(_ task: Task) -> Bool {
    if task.keywords.connection?.span != play.play.keywords.connection?.span { return true }
    guard let scope = task.keywords.scope else { return false }
    return scope.chain.contains { $0.variables["ansible_connection"] != nil }
  }

  private func settings(
    _ task: Task, _ machine: String, _ renderer: Renderer
  ) -> ConnectionSettings {
    let own = machine == host.name ? renderer : setup.renderer(forMachine: machine, play: play)
    return ConnectionSettings(
      host: machine, keywords: task.keywords, renderer: own, options: setup.options)
  }

  private func privilege(
    _ task: Task, _ machine: String, _ renderer: Renderer
  ) throws(Diagnostic) -> Resolved<Privilege> {
    try settings(task, machine, renderer).privilege()
  }

  private func environment(
    _ keywords: Keywords, _ renderer: Renderer
  ) throws(Diagnostic) -> [(name: String, value: String)] {
    var merged: [String: String] = [:]
    for source in keywords.environment {
      guard let argument = try source.argument(renderer), let entries = argument.entries else {
        continue
      }
      for (name, value) in entries { merged[name] = value.sourceText ?? "" }
    }
    return merged.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  func label(
    _ loop: Loop, _ item: Value, _ renderer: Renderer
  ) throws(Diagnostic) -> String {
    let value = try loop.control.label?.argument(renderer)?.value ?? item
    if value.deepMarks.contains(.secret) { return "[secret]" }
    return Argument(value, path: "").sourceText ?? JSON.text(value)
  }

  private func mentionsItem(_ conditions: [CompiledCondition], _ loop: Loop) -> Bool {
    let names = Set([
      loop.control.variable, loop.control.indexVariable ?? loop.control.variable, "ansible_loop",
    ])
    return conditions.contains { condition in
      condition.template.compiled.references.contains { names.contains($0.name) }
    }
  }
}

extension TaskWork {
  /// The same work on another host, for tasks that are not delegated.
  fileprivate func on(_ host: String) -> TaskWork {
    guard case .items(let items) = self else { return self }
    return .items(
      items.map { item in
        var item = item
        item.machine = host
        item.factsHost = host
        return item
      })
  }
}
