import PatternMatching
import Glibc
import OrderedCollections
import Schema

/// Lookups that read files and run commands on the controller.
extension Lookups {
  static func file(_ call: LookupCall) throws -> [Item] {
    try call.texts().map { path in
      var (text, isSecret) = try call.file(path)
      if try call.option("lstrip").map(call.context.looseBool) ?? false {
        text = PythonText.stripped(text, nil, .left)
      }
      if try call.option("rstrip").map(call.context.looseBool) ?? true {
        text = PythonText.stripped(text, nil, .right)
      }
      return .value(.text(Text(text, marks: isSecret ? .secret : [])))
    }
  }

  static func unvault(_ call: LookupCall) throws -> [Item] {
    try call.texts().map { path in
      let (text, isSecret) = try call.file(path)
      return .value(.text(Text(text, marks: isSecret ? .secret : [])))
    }
  }

  static func fileGlob(_ call: LookupCall) throws -> [Item] {
    try call.texts().flatMap { call.context.renderer.resources.glob($0) }.map(Item.text)
  }

  static func firstFound(_ call: LookupCall) throws -> [Item] {
    var candidates: [String] = []
    var skips = try call.option("skip").map(call.context.isTrue) ?? false
    var files = try names(call.option("files"), call)
    var paths = try names(call.option("paths"), call)
    for term in call.terms {
      guard case .dict(let box) = term else {
        candidates += try names(term, call)
        continue
      }
      files += try names(box.value(for: .string("files"), in: call.context), call)
      paths += try names(box.value(for: .string("paths"), in: call.context), call)
      if let flag = try box.value(for: .string("skip"), in: call.context) {
        skips = try call.context.isTrue(flag)
      }
    }
    candidates += files
    if !paths.isEmpty {
      candidates = paths.flatMap { path in candidates.map { PosixPath.join(path, $0) } }
    }
    let resources = call.context.renderer.resources
    var options: ValueMap = ["skip": .bool(skips)]
    if let paths = call.option("paths") { options["paths"] = try call.context.exported(paths) }
    if let files = call.option("files") { options["files"] = try call.context.exported(files) }
    let terms = try call.terms.map(call.context.exported)
    if let found = try resources.lookup("first_found", terms: terms, options: options)?.list {
      return found.map(Item.init(data:))
    }
    for candidate in candidates where (try? resources.file(candidate)) != nil {
      return [.text(candidate)]
    }
    if skips { return [] }
    throw call.fail("no file was found; there was looked for \(candidates.joined(separator: ", "))")
  }

  private static func names(_ item: Item?, _ call: LookupCall) throws -> [String] {
    guard let item else { return [] }
    if let text = item.string { return PythonText.split(text, separator: ",").map(pythonStrip) }
    return try call.context.elements(of: item).map(call.context.string)
  }

  static func template(_ call: LookupCall) throws -> [Item] {
    let context = call.context
    return try call.texts().map { name in
      guard let found = try context.renderer.resources.template(named: name) else {
        throw call.fail("the template file `\(name)` could not be found")
      }
      if found.isSecret { context.noteSecretTemplate() }
      var options = TemplateOptions.file
      for (key, value) in call.options {
        options.setDelimiter(key, try context.string(value))
      }
      let unit = try Unit.compile(
        found.text, syntax: .file, options: options, name: found.name)
      let scope = Scope(parent: nil)
      if let option = call.option("template_vars"), case .dict(let box) = option {
        for (key, value) in try box.entries(in: context) {
          scope.set(try context.string(.key(key)), value)
        }
      }
      let item = try context.within(unit, scope: scope) {
        try context.runTemplate(unit, scope: scope)
      }
      if item.unknown != nil { return item }
      return item.isNull ? .text("") : item
    }
  }

  // MARK: Commands

  static func pipe(_ call: LookupCall) throws -> [Item] {
    try call.texts().map { command in
      .text(PythonText.stripped(try output(of: command, call), nil, .right))
    }
  }

  static func pipeLines(_ call: LookupCall) throws -> [Item] {
    try call.texts().flatMap { PythonText.lines(try output(of: $0, call)).map(Item.text) }
  }

  /// The standard output of a shell command.
  private static func output(of command: String, _ call: LookupCall) throws -> String {
    guard let stream = popen(command, "r") else { throw call.fail("no shell can be started") }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&buffer, 1, buffer.count, stream)
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= 1 << 26 else {
        pclose(stream)
        throw call.fail("the command writes more than 64 MiB")
      }
    }
    let status = pclose(stream)
    guard status == 0 else {
      throw call.fail("the command `\(command)` returned \(status >> 8 & 255)")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: Structured files

  static func ini(_ call: LookupCall) throws -> [Item] {
    try call.texts().flatMap { text -> [Item] in
      let (key, options) = try call.termWithOptions(text)
      let file = try call.file(options["file"] ?? "ansible.ini").text
      let wanted = options["section"] ?? "global"
      let isProperties = options["type"] == "properties"
      let isRegex = try call.option("re").map(call.context.looseBool) ?? false
      let keepsCase = try call.option("case_sensitive").map(call.context.looseBool) ?? false
      func name(_ text: String) -> String { keepsCase ? text : text.lowercased() }
      var section = isProperties ? wanted : ""
      var found: [(key: String, value: String)] = []
      var hasSection = isProperties
      for line in PythonText.lines(file) {
        let trimmed = pythonStrip(line)
        if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
        if trimmed.hasPrefix("["), trimmed.hasSuffix("]") {
          section = String(trimmed.dropFirst().dropLast())
          hasSection = hasSection || section == wanted
        } else if section == wanted,
          let separator = trimmed.firstIndex(where: { $0 == "=" || $0 == ":" })
        {
          found.append(
            (
              name(pythonStrip(String(trimmed[..<separator]))),
              pythonStrip(String(trimmed[trimmed.index(after: separator)...]))
            ))
        }
      }
      guard hasSection else { throw call.fail("the file has no section `\(wanted)`") }
      if isRegex {
        let regex = try Regex.cached(key)
        return try found.filter { try regex.match(in: $0.key) != nil }.map { .text($0.value) }
      }
      if let match = found.last(where: { $0.key == name(key) }) { return [.text(match.value)] }
      return [.text(options["default"] ?? "")]
    }
  }

  static func csv(_ call: LookupCall) throws -> [Item] {
    try call.texts().flatMap { text -> [Item] in
      let (key, options) = try call.termWithOptions(text)
      let file = try call.file(options["file"] ?? "ansible.csv").text
      let delimiter = options["delimiter"] ?? "TAB"
      let separator: Character =
        ["TAB", "\\t"].contains(delimiter) ? "\t" : delimiter.first ?? ","
      let column = Int(options["col"] ?? "1") ?? 1
      let keyColumn = Int(options["keycol"] ?? "0") ?? 0
      for row in rows(file, separator) where row.indices.contains(keyColumn) {
        if row[keyColumn] == key {
          guard row.indices.contains(column) else { throw call.fail("no column \(column)") }
          return [.text(row[column])]
        }
      }
      return options["default"].map { [.text($0)] } ?? []
    }
  }

  /// The fields of each line, double quotes taken off.
  private static func rows(_ text: String, _ separator: Character) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field = ""
    var isQuoted = false
    for character in text {
      switch character {
      case "\"": isQuoted.toggle()
      case separator where !isQuoted:
        row.append(field)
        field = ""
      case "\n" where !isQuoted, "\r\n" where !isQuoted:
        rows.append(row + [field])
        row = []
        field = ""
      default: field.append(character)
      }
    }
    if !field.isEmpty || !row.isEmpty { rows.append(row + [field]) }
    return rows
  }
}
