import Diagnostics
import ModuleKit
import Schema

/// `pip`: packages of Python, for the system or in a virtual environment.
struct PipModule: StateModule {
  private let wished: [PythonRequirement]
  private let requirements: HostPath?
  private let state: State
  private let environment: HostPath?
  /// Words that make an environment, without its folder; nil for the usual ones.
  private let environmentWords: [String]?
  private let environmentOptions: [String]
  private let program: String
  private let words: [String]
  private let breaks: Bool
  private let isEditable: Bool
  private let folder: HostPath?
  private let umask: String?

  init(_ arguments: Arguments) throws(Diagnostic) {
    requirements = try arguments[Self.requirements]
    state = try arguments[Self.state]
    environment = try arguments[Self.environment]
    environmentWords = try Self.words(Self.environmentCommand.manual, arguments)
    var options: [String] = []
    if try arguments[Self.sitePackages] { options.append("--system-site-packages") }
    if let python = try arguments[Self.environmentPython] { options += ["-p", python] }
    environmentOptions = options
    let executable = try arguments[Self.executable]
    program = environment.map { "\($0)/bin/pip" } ?? executable ?? ""
    words = try Self.words(Self.extra.manual, arguments) ?? []
    breaks = try arguments[Self.breaks]
    isEditable = try arguments[Self.editable]
    folder = try arguments[Self.folder]
    umask = try arguments[Self.umask]
    wished = try Self.requirements(arguments)
    if let umask, Int(umask, radix: 8) == nil {
      throw Diagnostic(
        .error, "argument-type", "`\(umask)` is no umask", at: arguments.span(of: Self.umask.manual)
      )
    }
    if state == .absent, requirements == nil, wished.isEmpty {
      throw Diagnostic(
        .error, "missing-parameter", "`state: absent` needs `name`", at: arguments.span)
    }
  }

  private static func words(_ parameter: ParameterManual, _ arguments: Arguments)
    throws(Diagnostic) -> [String]?
  {
    guard let text = arguments.argument(parameter)?.sourceText else { return nil }
    guard let words = shellWords(text) else {
      throw Diagnostic(
        .error, "unbalanced-quotes", "`\(parameter.name)` has a quote that is not closed",
        at: arguments.span(of: parameter))
    }
    return words
  }

  private static func requirements(_ arguments: Arguments) throws(Diagnostic)
    -> [PythonRequirement]
  {
    let given = try joined(arguments[Self.names])
    let version = try arguments[Self.version]
    if version != nil, given.count != 1 {
      throw Diagnostic(
        .error, "exclusive-parameters",
        "`version` is for one package, and there are \(given.count)",
        at: arguments.span(of: Self.version.manual), help: "write `name: [a==1.0, b==2.0]`")
    }
    var found: [PythonRequirement] = []
    for text in given {
      guard !text.hasPrefix("-"), let requirement = PythonRequirement(text, version: version) else {
        throw Diagnostic(
          .error, "pip-requirement", "nobody can tell which package `\(text)` is",
          at: arguments.span(of: Self.names.manual),
          help: "write `NAME`, `NAME==VERSION`, `NAME @ URL`, or the path of a wheel")
      }
      found.append(requirement)
    }
    return found
  }

  /// `a>=1,<2` written as a text was split at its comma: the parts belong together.
  private static func joined(_ parts: [String]) -> [String] {
    parts.reduce(into: []) { names, part in
      if let first = part.first, "<>=!~".contains(first), let last = names.popLast() {
        names.append("\(last),\(part)")
      } else {
        names.append(part)
      }
    }
  }

  // MARK: - Reading and comparing

  private var request: FactRequest {
    let wants: Set<String> =
      state == .latest ? [(["outdated"] + words).joined(separator: "\n")] : []
    return FactRequest(PipFact.self, program, wants: wants)
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [request] + (requirements.map { [ContentFact.request(content: $0)] } ?? [])
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let fact = try facts.fact(PipFact.self, program)
    guard let fact else {
      guard environment != nil else {
        throw .refusing(
          "pip-missing", "the host has no \(program.isEmpty ? "pip" : "`\(program)`")",
          help: "install it first with the module `package`: `python3-pip`")
      }
      if state == .absent { return [] }
      let made = creation()
      let after = try installs(PipFact(versions: [:], outdated: []), facts)
      return [made] + after
    }
    return state == .absent ? removals(fact) : try installs(fact, facts)
  }

  private func installs(_ fact: PipFact, _ facts: FactView) throws(Obstacle) -> [Change] {
    let listed =
      try requirements.map { path throws(Obstacle) in try self.listed(path, facts) } ?? []
    let lacking = (wished + listed).filter { requirement in
      guard let version = fact.versions[requirement.name] else { return true }
      return !requirement.accepts(version)
        || state == .latest && fact.outdated?.contains(requirement.name) == true
    }
    guard !lacking.isEmpty else { return [] }
    var arguments = ["install", "--disable-pip-version-check", "--no-input"]
    if state == .latest { arguments.append("--upgrade") }
    if breaks { arguments.append("--break-system-packages") }
    arguments += words
    if let requirements {
      arguments += ["-r", requirements.string]
    } else {
      arguments += lacking.flatMap { (isEditable ? ["-e"] : []) + [$0.text] }
    }
    return lacking.enumerated().map { index, requirement in
      let now = fact.versions[requirement.name]
      return Change(
        requirement.name, "version", now == nil ? .create : .update,
        from: now.map { .text($0) } ?? .absent,
        to: .text(state == .latest ? "latest" : requirement.text),
        steps: index == 0 ? [step("pip install", arguments)] : [])
    }
  }

  private func removals(_ fact: PipFact) -> [Change] {
    let there = wished.filter { fact.versions[$0.name] != nil }
    var after = fact
    for requirement in there { after.versions[requirement.name] = nil }
    let arguments =
      ["uninstall", "-y", "--disable-pip-version-check"]
      + (breaks ? ["--break-system-packages"] : []) + there.map(\.name)
    return there.enumerated().map { index, requirement in
      Change(
        requirement.name, "version", .remove,
        from: fact.versions[requirement.name].map { .text($0) } ?? .absent, to: .absent,
        steps: index == 0 ? [step("pip uninstall", arguments)] : [],
        predicts: index == 0 ? [Prediction(PipFact.self, program, .present(after))] : [])
    }
  }

  /// The plain lines of a file of requirements: without comments, options, conditions.
  private func listed(_ path: HostPath, _ facts: FactView) throws(Obstacle) -> [PythonRequirement] {
    guard let text = try facts.fact(ContentFact.self, path.string)?.content else {
      throw .refusing("file-absent", "there is no file `\(path)` of moderate size")
    }
    return String(decoding: text.bytes, as: UTF8.self).fileLines.compactMap { line in
      let plain = line.firstRange(of: " #").map { line[..<$0.lowerBound] } ?? line[...]
      let words = plain.firstRange(of: " --").map { plain[..<$0.lowerBound] } ?? plain
      let text = words.trimmed
      guard !text.isEmpty, text.first != "#", text.first != "-", !text.contains(";") else {
        return nil
      }
      return PythonRequirement(String(text))
    }
  }

  // MARK: - Changing

  private func creation() -> Change {
    let path = environment?.string ?? ""
    let script: Script =
      environmentWords.map { "\(words: $0 + environmentOptions) \(path)" }
        ?? """
        if command -v virtualenv >/dev/null; then exec virtualenv \(words: environmentOptions) \(path); fi
        exec python3 -m venv \(words: environmentOptions.filter { $0.hasPrefix("--") }) \(path)
        """
    return Change(
      path, "virtualenv", .create, from: .absent, to: .text("made"),
      steps: [
        Step(
          "make the environment \(path)", script,
          footprint: Footprint([.tree(path), .key(request.key)]), deadline: .seconds(1800))
      ])
  }

  private func step(_ label: String, _ arguments: [String]) -> Step {
    let place: Script = folder.map { "cd \($0.string) || exit" } ?? ""
    return Step(
      label,
      """
      \(place)
      umask \(umask ?? "022")
      \(PipFact.choice)
      choose_pip \(program) || { echo 'there is no pip' >&2; exit 127; }
      run_pip \(words: arguments)
      """, footprint: .any, deadline: .seconds(3600))
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    [
      "name": .list(wished.map { .string($0.text) }),
      "virtualenv": environment.map { .string($0.string) } ?? .null,
      "requirements": requirements.map { .string($0.string) } ?? .null,
      "cmd": .string(program.isEmpty ? "pip" : program),
      "state": .string(state.rawValue),
    ]
  }
}
