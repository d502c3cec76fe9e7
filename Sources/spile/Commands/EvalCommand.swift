import ArgumentParser
import Diagnostics
import Model
import Report
import Schema
import Template

/// `spile eval`: the value of an expression.
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Show the value of an expression.",
    discussion: "What stands between {{ and }} in a playbook; a text with {{ is a template.")

  @ArgumentParser.Argument(help: "The expression: `groups['etcd'] | length`.") var expression:
    String
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @Option(help: ArgumentHelp("The host whose variables are used.", valueName: "name"))
  var host: String?
  @Option(help: "text for people, json for machines.") var output = OutputOptions.Form.text

  func run() throws {
    let context = try HostContext(inventory, variables, needsInventory: false)
    let renderer = context.renderer(for: try context.host(named: host), folders: ["."])
    let value: Value
    do throws(TemplateError) {
      let isTemplate = expression.contains("{{") || expression.contains("{%")
      let compiled =
        isTemplate
        ? try CompiledTemplate.compile(expression, syntax: .value)
        : try CompiledTemplate.compile(expression: expression)
      value = try renderer.render(compiled)
    } catch {
      let file = SourceFile(name: "<expression>", text: expression)
      try Complaints.fail(error.diagnostic(in: file))
    }
    switch output {
    case .json: StandardStream.output.line(JSON.text(JSONReport.masked(value), style: .indented))
    case .text: StandardStream.output.line(ValueText.lines(value).joined(separator: "\n"))
    }
  }
}

/// `spile render`: a template file, rendered.
struct RenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render", abstract: "Render a template file to standard output.")

  @ArgumentParser.Argument(help: "The template.", completion: .file()) var template: String
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @Option(help: ArgumentHelp("The host whose variables are used.", valueName: "name"))
  var host: String?
  @Flag(help: "Print a text that holds secrets.") var showSecrets = false

  func run() throws {
    let context = try HostContext(inventory, variables, needsInventory: false)
    let folder = ControllerPath.folder(of: template)
    let renderer = context.renderer(for: try context.host(named: host), folders: [folder])
    let bytes: [UInt8]
    do throws(ControllerDisk.Failure) {
      bytes = try ControllerDisk.system.read(template)
    } catch {
      try Complaints.fail(
        Diagnostic(
          .error, "file-not-found", "the template `\(template)` cannot be read: \(error.reason)"))
    }
    let file: SourceFile
    do throws(Diagnostic) {
      file = try context.disk.sourceFile(template, bytes)
    } catch {
      try Complaints.fail(error)
    }
    let value: Value
    do throws(TemplateError) {
      let text = String(decoding: file.bytes, as: UTF8.self)
      value = try renderer.render(try CompiledTemplate.compile(text, syntax: .file))
    } catch {
      try Complaints.fail(error.diagnostic(in: file))
    }
    if file.isSecret || value.deepMarks.contains(.secret), !showSecrets {
      try Complaints.fail(
        Diagnostic(
          .error, "secret", "the text holds a secret", help: "--show-secrets prints it anyway"))
    }
    StandardStream.output.write(value.string ?? "")
  }
}
