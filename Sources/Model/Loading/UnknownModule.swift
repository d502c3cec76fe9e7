import Diagnostics

/// A module that does not exist, and where it is used.
struct UnknownModule {
  let name: String
  /// Each place once, in the order met.
  var places: [Span] = []
  /// The path of the first task that uses it.
  let path: String

  /// What does the same, for modules that many playbooks use.
  private static let replacements = [
    "kube":
      "use `command: kubectl apply -f FILE` with a guard such as `unless: kubectl diff -f FILE`",
    "kubernetes.core.k8s":
      "use `command: kubectl apply -f FILE` with a guard such as `unless: kubectl diff -f FILE`",
    "kubernetes.core.helm": "use `command: helm upgrade --install NAME CHART` with a guard",
    "kubernetes.core.helm_repository": "use `command: helm repo add NAME URL` with a guard",
    "community.docker.docker_container": "use `command: docker run ...` with a guard",
    "expect": "use `shell` with the answers on standard input",
  ]

  private var replacement: String? {
    Self.replacements[name] ?? Self.replacements[LanguageModules.plainName(name)]
  }

  /// What was probably meant; nil for modules that others have.
  private func near(_ session: LoadSession) -> String? {
    guard replacement == nil, session.pythonModule(LanguageModules.plainName(name)) == nil else {
      return nil
    }
    let short = name.split(separator: ".").last.map(String.init) ?? name
    return suggestion(for: name, among: session.modules.names)
      ?? (short == name ? nil : suggestion(for: short, among: session.modules.names))
      ?? suggestion(for: name, among: KeywordTable.task.sorted())
  }

  /// Whether it is a module of somebody else rather than a slip of the pen.
  func isForeign(_ session: LoadSession) -> Bool {
    replacement != nil || session.pythonModule(LanguageModules.plainName(name)) != nil
      || name.contains(".") && near(session) == nil
  }

  /// One finding for all of its uses.
  func diagnostic(_ session: LoadSession) -> Diagnostic {
    let near = near(session)
    let file = session.pythonModule(LanguageModules.plainName(name))
    var notes: [String] = []
    if let file { notes.append("its file is `\(file)`") }
    if places.count > 1 {
      let others = places.dropFirst().prefix(4).map(\.location).joined(separator: ", ")
      let rest = places.count > 5 ? " and \(places.count - 5) more" : ""
      notes.append("used in \(places.count) places: also \(others)\(rest)")
    }
    return Diagnostic(
      .error, "unknown-module",
      file == nil
        ? "there is no module `\(name)`"
        : "`\(name)` is a module in Python, which cannot run: hosts need no Python here",
      at: places.first,
      underline: near.map { "did you mean `\($0)`?" }, notes: notes,
      help: replacement
        ?? (file == nil
          ? "`spile module list` shows them all"
          : "use one of `spile module list`, or `command` with a guard"),
      path: path)
  }
}

extension LoadSession {
  /// Takes note of a task whose module does not exist: all tasks that use it are one finding.
  func noteUnknownModule(_ name: String, at span: Span, path: String) {
    var module = unknownModules[name] ?? UnknownModule(name: name, path: path)
    if !module.places.contains(span) { module.places.append(span) }
    unknownModules[name] = module
  }

  /// Reports the modules that do not exist; those of others are kept, as it matters whether a host comes to them.
  func reportUnknownModules() {
    for (name, module) in unknownModules.sorted(by: { $0.key < $1.key }) {
      if module.isForeign(self) {
        foreignModules[name] = foreignModules[name] ?? module.diagnostic(self)
      } else {
        builder.bag.add(module.diagnostic(self))
      }
    }
    unknownModules = [:]
  }

  /// The file of a module in Python that comes with the playbook; nil when there is none.
  func pythonModule(_ name: String) -> String? {
    let above = ControllerPath.join(playbookFolder, "..")
    let folders = [playbookFolder, above].flatMap { folder in
      ["library", "plugins/modules"].map { ControllerPath.join(folder, $0) }
    }
    return folders.map { ControllerPath.join($0, name + ".py") }.first { disk.kind($0) == .file }
  }
}
