import Diagnostics
import Schema
import Synchronization
import Template

/// Files of the controller that tasks send or render: each is read, hashed and compiled once in a run, for all hosts.
package final class ControllerCache: Sendable {
  /// A template file, ready to be rendered.
  struct TemplateFile: Sendable {
    let file: SourceFile
    let compiled: Result<CompiledTemplate, TemplateError>
  }

  private struct Key: Hashable {
    var path: String
    var isDecrypted: Bool
  }

  private let contents = Mutex<[Key: ControllerContent]>([:])
  /// A template may be cut into tokens in more than one way.
  private struct TemplateKey: Hashable {
    var path: String
    var options: TemplateOptions
  }

  private let templates = Mutex<[TemplateKey: TemplateFile]>([:])
  private let foreseen = Mutex<[String: Blob]>([:])
  /// Held by whoever makes files that are made once.
  let establishing = Mutex<Void>(())

  package init() {}

  /// In a dry run, what a file will hold that the run would have made by now; nil where it would not.
  func foreseen(_ path: String) -> Blob? { foreseen.withLock { $0[path] } }

  /// Notes in a dry run what a file will hold.
  func foresee(_ path: String, _ blob: Blob) {
    foreseen.withLock { $0[path] = blob }
  }

  /// Files of the controller may have changed.
  func forget() {
    contents.withLock { $0.removeAll() }
    templates.withLock { $0.removeAll() }
  }

  /// A file, or a folder with all that is in it.
  func content(
    of path: String, decrypted: Bool,
    reading: (String) throws(Diagnostic) -> ControllerContent
  ) throws(Diagnostic) -> ControllerContent {
    let key = Key(path: path, isDecrypted: decrypted)
    if let known = contents.withLock({ $0[key] }) { return known }
    let content = try reading(path)
    contents.withLock { $0[key] = content }
    return content
  }

  /// A template; its syntax error, if it has one, is told whenever it is rendered.
  func template(
    _ path: String, _ options: TemplateOptions,
    reading: (String) throws(Diagnostic) -> SourceFile
  ) throws(Diagnostic) -> TemplateFile {
    let key = TemplateKey(path: path, options: options)
    if let known = templates.withLock({ $0[key] }) { return known }
    let file = try reading(path)
    guard let text = String(validating: file.bytes, as: UTF8.self) else {
      throw Diagnostic(.error, "template-encoding", "template `\(path)` is not UTF-8")
    }
    let compiled = Result<CompiledTemplate, TemplateError> { () throws(TemplateError) in
      try CompiledTemplate.compile(text, syntax: .file, options: options)
    }
    let template = TemplateFile(file: file, compiled: compiled)
    templates.withLock { $0[key] = template }
    return template
  }
}
