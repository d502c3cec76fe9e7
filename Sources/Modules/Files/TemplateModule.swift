import Diagnostics
import ModuleKit
import Schema

/// `template`: a file made from a template of the controller.
struct TemplateModule: FileStateModule {
  enum NewlineSequence: String, ParameterChoice {
    case lineFeed = "\\n"
    case carriageReturn = "\\r"
    case both = "\\r\\n"

    /// Understands the characters themselves, too: `"\n"` in YAML is a newline.
    init(_ argument: Argument) throws(Diagnostic) {
      switch argument.sourceText {
      case "\n", "\\n": self = .lineFeed
      case "\r", "\\r": self = .carriageReturn
      case "\r\n", "\\r\\n": self = .both
      default:
        throw argument.wrong(
          "argument-choice", "must be one of `\\n`, `\\r`, `\\r\\n`, not \(argument.shown)")
      }
    }
  }

  let copy: CopyModule

  static let source = Parameter<String>.required(
    "src", "The template on the controller, searched in `templates/`.", treatment: .templateFile)
  /// How the template is cut into tokens: read by the engine, which renders it.
  static let syntax: [ParameterManual] =
    [
      ("block_start_string", "What begins a statement.", "{%"),
      ("block_end_string", "What ends a statement.", "%}"),
      ("variable_start_string", "What begins an expression.", "{{"),
      ("variable_end_string", "What ends an expression.", "}}"),
      ("comment_start_string", "What begins a comment.", "{#"),
      ("comment_end_string", "What ends a comment.", "#}"),
    ].map { name, summary, fallback in
      Parameter<String>.optional(name, summary, default: fallback, shown: fallback).manual
    } + [
      Parameter<Bool>.optional(
        "trim_blocks", "Removes the first newline after a statement.", default: true, shown: "true"
      ).manual,
      Parameter<Bool>.optional(
        "lstrip_blocks", "Removes the blanks between the start of a line and a statement.",
        default: false, shown: "false"
      ).manual,
    ]
  static let newlines = Parameter<NewlineSequence>.optional(
    "newline_sequence", "What lines end with.", default: .lineFeed, shown: "\\n")

  static let manual = Manual(
    "template", .state, "A file made from a template.",
    notes: [
      """
      The template is rendered on the controller, with the host's variables. What depends on something only known later \
      is shown as `maybe` in a dry run.
      """,
      """
      A file is written next to the old one, gets mode, owner and SELinux context, is flushed to disk and renamed: \
      nobody ever sees half of it.
      """,
      "A file made with secrets is never shown, and a new one gets the mode 0600 unless one is given.",
    ],
    parameters: [
      source.manual, CopyModule.destination.manual, CopyModule.mode.manual,
      Permissions.owner.manual, Permissions.group.manual, CopyModule.backup.manual,
      CopyModule.force.manual, CopyModule.follow.manual, newlines.manual,
      Validation.parameter.manual, Permissions.unsafeWrites.manual,
    ] + FileMarks.parameters + SecurityContextWish.parameters + syntax,
    results: CopyModule.manual.results,
    examples: [
      """
      - name: the configuration of the container runtime
        template:
          src: containerd/config.toml.j2
          dest: /etc/containerd/config.toml
          mode: "0644"
        notify: restart containerd
      """,
      """
      - name: sudo rules that are checked before they count
        template:
          src: sudoers.j2
          dest: /etc/sudoers.d/deploy
          owner: root
          group: root
          mode: "0440"
          validate: /usr/sbin/visudo -csf %s
      """,
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    guard let argument = arguments.argument(Self.source.manual), let path = argument.sourceText
    else {
      throw Diagnostic(
        .error, "missing-parameter", "module `template` needs the parameter `src`",
        at: arguments.span)
    }
    guard case .file(let blob, let mode) = argument.content else {
      throw Diagnostic(
        .error, "file-not-read", "there is no template `\(path)` on the controller",
        at: argument.span)
    }
    let newlines = try arguments[Self.newlines]
    let name = path.split(separator: "/").last.map(String.init) ?? path
    copy = try CopyModule(
      arguments, source: .file(TemplateModule.ended(blob, newlines), name: name, mode: mode))
  }

  /// The text with other ends of lines.
  private static func ended(_ blob: Blob, _ newlines: NewlineSequence) -> Blob {
    let ending: [UInt8]
    switch newlines {
    case .lineFeed: return blob
    case .carriageReturn: ending = [13]
    case .both: ending = [13, 10]
    }
    return Blob(blob.bytes.flatMap { $0 == 10 ? ending : [$0] }, isSecret: blob.isSecret)
  }

  func markedFile(_ facts: FactView) -> HostPath? { copy.markedFile(facts) }

  func reads(given facts: FactView) -> [FactRequest] { copy.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try copy.changes(from: facts)
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    copy.result(from: facts, replies: replies)
  }
}
