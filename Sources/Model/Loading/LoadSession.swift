import Diagnostics
import Schema
import YAML

/// One loading of a playbook: what was found wrong, which files were read, how many plays and tasks there are so far.
final class LoadSession {
  let modules: ModuleCatalog
  let disk: ControllerDisk
  var builder = SourceBuilder()
  /// The folder of the playbook that was asked for.
  let playbookFolder: String
  /// Where roles are searched besides.
  let roleFolders: [String]
  private var documents: [String: Document?] = [:]
  /// Variables of roles by file: a role is often used many times.
  var roleVariables: [String: [String: Variable]] = [:]
  /// The roles that ran in the play being read, with their parameters.
  var usedRoles: Set<String> = []
  /// The files of handlers that the play being read has taken in.
  var usedHandlers: Set<String> = []
  /// The handlers of the roles of the play being read.
  var roleHandlers: [TaskEntry] = []
  /// The handlers of roles that the play being read includes.
  var lateHandlers: [TaskEntry] = []
  /// How many included roles are being read, one inside of the other.
  var inclusionDepth = 0
  /// Modules that do not exist, by name.
  var unknownModules: [String: UnknownModule] = [:]
  /// Modules of others that were met, by name, with what is to be said of each.
  var foreignModules: [String: Diagnostic] = [:]
  private var taskCount: Int
  private var playCount = 0

  init(
    modules: ModuleCatalog, disk: ControllerDisk, playbookFolder: String, roleFolders: [String],
    firstTaskNumber: Int = 0
  ) {
    self.roleFolders = roleFolders + [ControllerPath.join(playbookFolder, "../roles")]
    self.modules = modules
    self.disk = disk
    self.playbookFolder = playbookFolder
    taskCount = firstTaskNumber
  }

  func nextTaskNumber() -> Int {
    defer { taskCount += 1 }
    return taskCount
  }

  func nextPlayNumber() -> Int {
    defer { playCount += 1 }
    return playCount
  }

  /// Notes something wrong.
  func report(
    _ id: String, _ message: String, at span: Span?, severity: Diagnostic.Severity = .error,
    underline: String? = nil, labels: [Diagnostic.Label] = [], help: String? = nil,
    path: String? = nil
  ) {
    builder.bag.add(
      Diagnostic(
        severity, id, message, at: span, underline: underline, labels: labels, help: help,
        path: path))
  }

  /// The one document of a YAML file; nil, and reported, when it cannot be read.
  ///
  /// `title` is what the file is, such as `playbook`; `span` where it was asked for, nil for the command line.
  func document(_ path: String, title: String, at span: Span? = nil) -> Document? {
    if let known = documents[path] { return known }
    let document = disk.document(path, title: title, at: span, into: &builder.bag)
    documents[path] = .some(document)
    return document
  }
}

/// A YAML file that holds one document.
struct Document {
  let file: SourceFile
  /// nil for a file without content.
  let root: Node?
}

extension ControllerDisk {
  /// The one document of a YAML file; nil, and reported, when it cannot be read.
  func document(
    _ path: String, title: String, at span: Span?, into bag: inout DiagnosticBag
  ) -> Document? {
    let bytes: [UInt8]
    do {
      bytes = try read(path)
    } catch {
      bag.add(
        Diagnostic(
          .error, error.isMissing ? "file-not-found" : "file-unreadable",
          "the \(title) `\(path)` cannot be read: \(error.reason)", at: span,
          help: span == nil ? nil : "paths are relative to the file that names them"))
      return nil
    }
    let file: SourceFile
    do throws(Diagnostic) {
      file = try sourceFile(path, bytes, at: span)
    } catch {
      bag.add(error)
      return nil
    }
    let errors = bag.errors.count
    let trees = parseYAML(file, quotedLines: .anywhere, into: &bag)
    for tree in trees {
      bag.add(contentsOf: faults(ofEncryptedValuesIn: file, tree.root))
    }
    guard bag.errors.count == errors else { return nil }
    if trees.count > 1 {
      bag.add(
        Diagnostic(
          .error, "several-documents", "a \(title) is one YAML document, and this file has several",
          at: trees[1].root.span, help: "remove the `---` before it, or use several files"))
      return nil
    }
    bag.add(contentsOf: lintYAML(trees).filter { !$0.isFileMode })
    let root = trees.first?.root
    return Document(file: file, root: root?.isNull == true ? nil : root)
  }
}

extension Diagnostic {
  /// Whether it is about `mode: 0644`, which every reader takes for the same mode.
  fileprivate var isFileMode: Bool {
    guard id == "lint-octal", let span else { return false }
    let line = span.file.text(ofLine: span.position.line)
    return line.contains("mode:") || line.contains("mode=") || line.contains("umask:")
  }
}

extension Node {
  /// Whether nothing is written here: an empty file, a key without a value, `null`.
  var isNull: Bool { kind == .scalar && resolved(.ansible) == .null }
}
