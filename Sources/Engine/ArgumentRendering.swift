import Diagnostics
import Model
import ModuleKit
import Schema
import Template

/// Makes a module of a task's arguments on one host: rendered, files read, typed.
struct ArgumentRendering {
  let task: Task
  let manual: Manual
  let renderer: Renderer
  let files: ControllerFiles
  /// The inventory's name of the host that the task is for; nil for modules that do not want to know.
  let host: String?
  /// Seconds since 1970: the present of the run.
  let now: Int

  /// The arguments; unknown when one of them is.
  func arguments() throws(Diagnostic) -> Resolved<Arguments> {
    var given: [String: Argument] = [:]
    var doubts: [Unknown] = []
    for (name, source) in try sources() {
      let treatment = manual.parameter(named: name)?.treatment ?? .plain
      guard var argument = try argument(source, treatment) else { continue }
      if let unknown = argument.value.deepUnknown, treatment != .conditions,
        treatment != .expression
      {
        doubts.append(unknown)
      }
      if manual.parameter(named: name)?.isSecret == true {
        argument.value = argument.value.concealed
      }
      given[name] = argument
    }
    for parameter in manual.parameters where parameter.treatment == .bundle {
      guard let argument = try bundle(given[parameter.name]), given["src"] == nil else { continue }
      if let unknown = argument.value.deepUnknown { doubts.append(unknown) }
      given[parameter.name] = argument
    }
    if let unknown = Unknown.merged(doubts), !manual.takesAnyParameter { return .unknown(unknown) }
    var arguments = Arguments(module: manual.name, span: task.moduleSpan, given: given)
    arguments.host = host
    arguments.now = now
    return .known(arguments)
  }

  /// `args` given as one template, then what the task and the module defaults give by name.
  private func sources() throws(Diagnostic) -> [(String, ArgumentSource)] {
    var merged: [String: ArgumentSource] = [:]
    if let template = task.argumentsTemplate, let map = try template.value(renderer).dict {
      for (key, value) in map.pairs {
        guard let name = key.string else { continue }
        merged[name] = ArgumentSource(.literal(value, nil), span: template.span, path: name)
      }
    }
    merged.merge(task.effectiveArguments(manual)) { _, own in own }
    return merged.sorted { $0.key < $1.key }
  }

  private func argument(
    _ source: ArgumentSource, _ treatment: ParameterTreatment
  ) throws(Diagnostic) -> Argument? {
    switch treatment {
    case .plain, .conditions, .expression, .bundle: return try source.argument(renderer)
    case .controllerFile, .controllerTree, .controllerArchive:
      return try controllerFile(source, treatment)
    case .kept(let names): return try keptFiles(source, names)
    case .controllerScript: return try controllerScript(source)
    case .templateFile: return try templateFile(source)
    }
  }

  private func controllerFile(
    _ source: ArgumentSource, _ treatment: ParameterTreatment
  ) throws(Diagnostic) -> Argument? {
    guard var argument = try source.argument(renderer) else { return nil }
    if argument.value.deepUnknown != nil { return argument }
    if try readsHostFile() { return argument }
    let path = try located(argument, in: "files")
    argument.content =
      switch treatment {
      case .controllerTree: try files.tree(path)
      case .controllerArchive: try files.archive(path, decrypts: try decrypts())
      default: try files.content(of: path, decrypts: try decrypts())
      }
    return argument
  }

  /// The bundles that a task takes from: those it names, else those of `spile_bundle`; nil where nobody names any.
  private func bundle(_ written: Argument?) throws(Diagnostic) -> Argument? {
    var given = written
    if given == nil { given = try variable("spile_bundle") }
    guard var argument = given, !argument.isNull else { return nil }
    if argument.value.deepUnknown != nil { return argument }
    let keys = try variable("spile_bundle_key")
    if let unknown = keys?.value.deepUnknown {
      argument.value = .unknown(unknown)
      return argument
    }
    var keyPaths: [String]?
    if let keys, !keys.isNull { keyPaths = try found(keys) }
    do throws(Diagnostic) {
      argument.bundle = try files.bundles.offer(try found(argument), keyPaths: keyPaths)
    } catch {
      var diagnostic = error
      diagnostic.span = argument.span ?? task.moduleSpan
      throw diagnostic
    }
    return argument
  }

  /// Where the files lie that an argument lists.
  private func found(_ argument: Argument) throws(Diagnostic) -> [String] {
    var paths: [String] = []
    for name in try [String](argument) {
      guard let path = files.find(name, in: "files") else {
        throw Diagnostic(
          .error, "bundle-unreadable",
          "`\(argument.path)`: there is no `\(name)` on the controller",
          at: argument.span, notes: files.candidates(name, "files").map { "searched \($0)" })
      }
      paths.append(path)
    }
    return paths
  }

  /// A variable of the host as an argument; nil where it is not set.
  private func variable(_ name: String) throws(Diagnostic) -> Argument? {
    do throws(TemplateError) {
      guard let value = try renderer.variables.value(named: name) else { return nil }
      return Argument(try renderer.render(value), span: task.moduleSpan, path: name)
    } catch {
      throw Diagnostic(
        .error, "variable", "`\(name)`: \(error.message)", at: task.moduleSpan, help: error.hint)
    }
  }

  private func keptFiles(_ source: ArgumentSource, _ names: [String]) throws(Diagnostic)
    -> Argument?
  {
    guard var argument = try source.argument(renderer), !argument.isNull else { return nil }
    if argument.value.deepUnknown != nil { return argument }
    argument.content = try files.kept(try [String](argument), names)
    return argument
  }

  /// Whether `src` names a file of the host (`remote_src`, the older `copy: false`, or `mode: pull`), so that the controller has nothing
  /// to read.
  private func readsHostFile() throws(Diagnostic) -> Bool {
    let given = task.effectiveArguments(manual)
    func flag(_ name: String) throws(Diagnostic) -> Bool? {
      guard let parameter = manual.parameter(named: name) else { return nil }
      guard let argument = try given[name]?.argument(renderer), !argument.isNull else {
        return parameter.fallbackShown == "true"
      }
      if argument.value.deepUnknown != nil { return nil }
      return try Bool(argument)
    }
    if try flag("remote_src") == true { return true }
    if manual.parameter(named: "rsync_opts") != nil,
      try given["mode"]?.argument(renderer)?.sourceText == "pull"
    {
      return true
    }
    return try flag("copy") == false
  }

  private func controllerScript(_ source: ArgumentSource) throws(Diagnostic) -> Argument? {
    guard var argument = try source.argument(renderer) else { return nil }
    if argument.value.deepUnknown != nil { return argument }
    var name = argument
    name.node = nil
    name.value = .string(CommandLine.firstWord(try String(argument)))
    argument.content = try files.content(of: try located(name, in: "files"), decrypts: true)
    return argument
  }

  /// `decrypt`, where the module has it and the task gives it; true otherwise.
  private func decrypts() throws(Diagnostic) -> Bool {
    guard manual.parameter(named: "decrypt") != nil,
      let given = try sources().first(where: { $0.0 == "decrypt" })?.1,
      let argument = try given.argument(renderer), !argument.isNull,
      argument.value.deepUnknown == nil
    else { return true }
    return try Bool(argument)
  }

  private func templateFile(_ source: ArgumentSource) throws(Diagnostic) -> Argument? {
    guard var argument = try source.argument(renderer) else { return nil }
    if argument.value.deepUnknown != nil { return argument }
    let path = try located(argument, in: "templates")
    let template = try files.template(path, try syntax())
    let renderer = try knowing(template, name: try String(argument), path)
    do throws(TemplateError) {
      let value = try renderer.render(try template.compiled.get())
      if case .unknown = value {
        argument.value = value
        return argument
      }
      guard case .text(let rendered) = value else { return argument }
      let blob = Blob(rendered)
      argument.content = .file(
        template.file.isSecret ? Blob(blob.bytes, isSecret: true) : blob, mode: 0o644)
      return argument
    } catch {
      throw diagnostic(for: error, in: template.file, usedAt: source.span)
    }
  }

  /// The renderer of a template file, with what the file may know of itself where it asks for that.
  private func knowing(
    _ template: ControllerCache.TemplateFile, name: String, _ path: String
  ) throws(Diagnostic) -> Renderer {
    guard case .success(let compiled) = template.compiled,
      compiled.references.contains(where: { MagicName.ofTemplateFiles.contains($0.name) })
    else { return renderer }
    let variables = TemplateFileVariables(
      base: renderer.variables, own: try templateNames(name: name, path))
    return Renderer(
      variables: variables, resources: renderer.resources, clock: renderer.clock,
      seed: renderer.seed)
  }

  private func templateNames(name: String, _ path: String) throws(Diagnostic) -> ValueMap {
    var names: ValueMap = [
      "template_path": .string(name),
      "template_fullpath": .string(files.disk.absolute(path)),
      "template_host": .string(controllerName()),
    ]
    names["template_uid"] = owner(ofFile: path).map(Value.string)
    let destination = try sources().first { $0.0 == "dest" }?.1
    names["template_destpath"] = try destination?.argument(renderer)?.value
    return names
  }

  /// How the template is cut into tokens, where the task says so.
  private func syntax() throws(Diagnostic) -> TemplateOptions {
    var options = TemplateOptions.file
    for (name, source) in try sources() where TemplateOptions.ofTasks.contains(name) {
      guard let argument = try source.argument(renderer), !argument.isNull,
        argument.value.deepUnknown == nil
      else { continue }
      switch name {
      case "trim_blocks": options.trimBlocks = try Bool(argument)
      case "lstrip_blocks": options.lstripBlocks = try Bool(argument)
      default: options.setDelimiter(name, try String(argument))
      }
    }
    return options
  }

  private func located(_ argument: Argument, in subfolder: String) throws(Diagnostic) -> String {
    let name = try String(argument)
    if let path = files.find(name, in: subfolder) { return path }
    throw Diagnostic(
      .error, "controller-file", "`\(name)` is not on the controller", at: argument.span,
      notes: files.candidates(name, subfolder).map { "searched \($0)" })
  }

  /// The place in the template file, and where the playbook uses it.
  private func diagnostic(
    for error: TemplateError, in file: SourceFile, usedAt span: Span?
  ) -> Diagnostic {
    let start = error.template == nil ? error.offset ?? file.offset(ofLine: error.line) : 0
    let place = Span(file, start..<min(start + (error.length ?? 1), file.bytes.count))
    return Diagnostic(
      .error, "template-\(error.kind.rawValue)", error.message, at: place,
      labels: span.map { [Diagnostic.Label($0, "used here")] } ?? [], help: error.hint)
  }
}

/// A command line as a user writes it.
private enum CommandLine {
  /// The first word, without its quotes.
  static func firstWord(_ text: String) -> String {
    var word = ""
    var quote: Character?
    for character in text.drop(while: \.isWhitespace) {
      if let open = quote {
        if character == open { quote = nil } else { word.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
      } else if character.isWhitespace {
        break
      } else {
        word.append(character)
      }
    }
    return word
  }
}
