import Diagnostics
import Schema
import Template

/// The template files of a playbook, each compiled once.
struct TemplateFiles {
  private var known: [String: WrittenTemplate?] = [:]
  private(set) var found: [Diagnostic] = []

  /// A template by its path; nil, and reported, where it cannot be parsed.
  mutating func template(_ path: String, disk: ControllerDisk) -> WrittenTemplate? {
    if let known = known[path] { return known }
    let template = compile(path, disk)
    known[path] = .some(template)
    return template
  }

  private mutating func compile(_ path: String, _ disk: ControllerDisk) -> WrittenTemplate? {
    guard let bytes = try? disk.read(path) else { return nil }
    let file = SourceFile(name: path, bytes: bytes)
    let text = String(decoding: bytes, as: UTF8.self)
    let place = TemplatePlace(file: file)
    do throws(TemplateError) {
      return WrittenTemplate(try CompiledTemplate.compile(text, syntax: .file), at: place)
    } catch {
      found.append(templateDiagnostic(error, in: text, at: place, path: nil))
      return nil
    }
  }
}

/// Files of the controller that tasks name: they must be there, and templates must be right.
extension NameWalk {
  func checkTemplateFiles(of task: Task, _ place: Place) {
    guard let manual = modules.manual(task.module) else { return }
    for parameter in manual.parameters {
      guard parameter.treatment == .templateFile || parameter.treatment == .controllerFile,
        let (_, argument) = task.arguments.first(where: {
          manual.parameter(named: $0.key)?.name == parameter.name
        })
      else { continue }
      let isTemplate = parameter.treatment == .templateFile
      let resources = TaskResources(folders: task.folders, inventory: nil, disk: disk)
      let kind = isTemplate ? "templates" : "files"
      let isOfHost =
        task.arguments["remote_src"] == nil
        && manual.parameter(named: "remote_src")?.fallbackShown == "true"
      for (name, severity) in isOfHost ? [] : paths(argument, task, place) {
        guard let path = resources.find(name, in: kind) else {
          missing(name, argument, resources.places(name, in: kind), severity, place, isTemplate)
          continue
        }
        // A template that is cut into tokens in its own way is looked at when it is rendered.
        guard isTemplate, TemplateOptions.ofTasks.isDisjoint(with: task.arguments.keys),
          let template = templateFiles.template(path, disk: disk)
        else { continue }
        var inside = place
        inside.locals.formUnion(MagicName.ofTemplateFiles)
        check(template, inside, after: place.conditions)
      }
    }
  }

  /// The paths that an argument means for some host, and how sure it is that they are needed.
  private func paths(_ argument: ArgumentSource, _ task: Task, _ place: Place)
    -> [(String, Diagnostic.Severity)]
  {
    if task.arguments["remote_src"] != nil || task.arguments["content"] != nil { return [] }
    var paths: [String: Diagnostic.Severity] = [:]
    var order: [String] = []
    for host in samples {
      guard let passes = passes(of: place, on: host) else { continue }
      for locals in passes.prefix(200) {
        let renderer = renderer(for: host, place, locals: locals)
        let truth = (try? place.conditions.all(renderer)) ?? .unknown(Unknown("a condition"))
        if case .no = truth { continue }
        guard let path = ((try? argument.argument(renderer)) ?? nil)?.sourceText else { continue }
        // A computed path outside of the playbook's folders may be a file that the run makes.
        if path.hasPrefix("/"), argument.source.isComputed { continue }
        let severity: Diagnostic.Severity =
          truth == .yes && !path.hasPrefix("/") ? .error : .warning
        if paths[path] == nil { order.append(path) }
        paths[path] = max(paths[path] ?? .note, severity)
      }
    }
    return order.map { ($0, paths[$0] ?? .warning) }
  }

  private func missing(
    _ name: String, _ argument: ArgumentSource, _ places: [String],
    _ severity: Diagnostic.Severity, _ place: Place, _ isTemplate: Bool
  ) {
    let key = Finding(kind: .name, name: "\(argument.path) \(name)", span: argument.span)
    guard reported[key] == nil, !name.isEmpty else { return }
    let folder = ControllerPath.folder(of: places.first ?? "")
    let near = suggestion(for: ControllerPath.name(of: name), among: disk.names(folder))
    reported[key] = found.count
    found.append(
      Diagnostic(
        severity, "file-not-found",
        "the \(isTemplate ? "template" : "file") `\(name)` does not exist", at: argument.span,
        underline: near.map { "did you mean `\($0)`?" },
        help: "looked for " + places.prefix(4).map { "`\($0)`" }.joined(separator: ", "),
        path: place.path))
  }
}
