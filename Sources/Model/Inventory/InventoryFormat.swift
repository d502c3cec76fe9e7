import Diagnostics
import YAML

/// What a file of an inventory is, told apart as Ansible does: by permission, name and content.
///
/// The order is that of `INVENTORY_ENABLED` (ansible-core 2.19): script, YAML, INI.
enum InventoryFormat {
  /// A program that prints JSON.
  case script
  /// The root of the YAML file; nil for a file without content.
  case yaml(Node?)
  case ini(SourceFile)
  /// None of them; what is wrong.
  case unreadable([Diagnostic])

  /// Reads a file and tells what it is.
  init(_ path: String, _ disk: ControllerDisk) {
    let bytes: [UInt8]
    do {
      bytes = try disk.read(path)
    } catch {
      self = .unreadable([
        Diagnostic(
          .error, error.isMissing ? "file-not-found" : "file-unreadable",
          "the inventory `\(path)` cannot be read: \(error.reason)")
      ])
      return
    }
    let file: SourceFile
    do throws(Diagnostic) {
      file = try disk.sourceFile(path, bytes)
    } catch {
      self = .unreadable([error])
      return
    }
    if InventoryFormat.isProgram(bytes) {
      self = disk.isExecutable(path) ? .script : .unreadable([Self.notExecutable(file)])
      return
    }
    let ending = ControllerPath.ending(of: path)
    switch ending {
    case ".yml", ".yaml", ".json": self = Self.yamlOrINI(file, disk, isYAMLByName: true)
    case "": self = Self.yamlOrINI(file, disk, isYAMLByName: false)
    case ".toml":
      self = .unreadable([
        Diagnostic(
          .error, "not-supported", "inventories in TOML are not supported: `\(path)`",
          help: "convert it: `ansible-inventory -i \(path) --list --yaml --output hosts.yml`")
      ])
    default: self = .ini(file)
    }
  }

  /// A file that the system can start: a script with its interpreter, or an ELF program.
  private static func isProgram(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: Array("#!".utf8)) || bytes.starts(with: [0x7F] + Array("ELF".utf8))
  }

  private static func notExecutable(_ file: SourceFile) -> Diagnostic {
    Diagnostic(
      .error, "not-executable", "this is a program, and nobody may run it",
      at: Span(file, 0..<min(2, file.bytes.count)), help: "`chmod +x \(file.name)`")
  }

  /// YAML where it can be read as a mapping or looks as if it were meant as one, else INI.
  private static func yamlOrINI(
    _ file: SourceFile, _ disk: ControllerDisk, isYAMLByName: Bool
  ) -> InventoryFormat {
    var bag = DiagnosticBag()
    let trees = parseYAML(file, quotedLines: .anywhere, into: &bag)
    let root = trees.first?.root
    if !bag.hasErrors, trees.count <= 1, root?.kind == .mapping || root?.isNull ?? true {
      let faults = root.map { disk.faults(ofEncryptedValuesIn: file, $0) } ?? []
      return faults.isEmpty ? .yaml(root?.isNull == true ? nil : root) : .unreadable(faults)
    }
    let first = firstLine(of: file)
    let isSection = first.hasPrefix("[") && first.hasSuffix("]")
    let isMapping = first == "---" || first.hasSuffix(":")
    if isSection || !isYAMLByName && !isMapping { return .ini(file) }
    if bag.hasErrors { return .unreadable(bag.all) }
    if trees.count > 1 {
      return .unreadable([
        Diagnostic(
          .error, "several-documents",
          "an inventory is one YAML document, and this file has several", at: trees[1].root.span,
          help: "remove the `---` before it, or use several files")
      ])
    }
    return .yaml(root)
  }

  /// The first line that is neither empty nor a comment, without blanks around it.
  private static func firstLine(of file: SourceFile) -> Substring {
    for number in 1...file.lineCount {
      let text = trimmed(file.text(ofLine: number)[...])
      if let first = text.first, first != "#", first != ";" { return text }
    }
    return ""
  }
}
