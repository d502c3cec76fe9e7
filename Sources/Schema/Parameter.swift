import Diagnostics

/// A type that an argument can be read as.
package protocol ParameterType: Sendable {
  /// What the manual calls the type: `boolean`, `list of strings`, `file mode`.
  static var typeDescription: String { get }
  /// The words allowed, where the type is a choice.
  static var choices: [String] { get }
  /// Reads the argument; throws a diagnostic at its place.
  init(_ argument: Argument) throws(Diagnostic)
}

extension ParameterType {
  package static var choices: [String] { [] }
}

/// What the engine has to do with an argument before a module sees it.
package enum ParameterTreatment: Sendable, Hashable {
  /// Rendered, then typed.
  case plain
  /// The path of a file or folder on the controller: searched in `files/`, read, given as content.
  case controllerFile
  /// The path of a file or folder on the controller; a folder is given with links, owners and times.
  case controllerTree
  /// The path of an archive on the controller, given as the tree that it holds.
  case controllerArchive
  /// A command line that begins with the path of a file on the controller, found and read as `controllerFile`.
  case controllerScript
  /// The path of a template on the controller: searched in `templates/`, rendered, given as content.
  case templateFile
  /// Something that runs keep on the controller, by its path from the playbook's folder, or a list of them: given as a
  /// tree, in which files that are not there are missing. The names are those of files in a folder; without names the
  /// path is the file. In a dry run a file is there once the run has foreseen it.
  case kept([String])
  /// Paths of bundles on the controller, else those that the variable `spile_bundle` names, unless a `src` is given: their
  /// signatures are compared, and what is in them is given along.
  case bundle
  /// A bare condition, or a list of them: evaluated; the value is a list of {condition, holds} dictionaries.
  case conditions
  /// A bare expression (`debug`'s `var`): evaluated to its value.
  case expression
}

/// What the manual says about one parameter.
package struct ParameterManual: Sendable {
  package let name: String
  package let aliases: [String]
  /// One sentence or two, with units and ranges.
  package let summary: String
  package let type: String
  package let choices: [String]
  package let isRequired: Bool
  /// The default as one would write it; nil where there is none.
  package let fallbackShown: String?
  package let treatment: ParameterTreatment
  /// Names the very thing that the task is about (a path, a key): when it is known, so is what the task touches.
  package let isSubject: Bool
  /// Holds a secret: its value is marked, whatever it came from.
  package let isSecret: Bool
  /// Whether it is a path on the host, or a list of them, which may begin with a home folder.
  package var isHostPath: Bool { type.contains(HostPath.typeDescription) }
  /// Reads the argument and forgets the value: for checks before anything runs, when homes are not known.
  package let check: @Sendable (Argument) -> Diagnostic?
}

/// A typed parameter of a module: the one place where its name, type, default and documentation stand.
package struct Parameter<T: ParameterType>: Sendable {
  package let manual: ParameterManual
  /// The value when none is given; nil for a required parameter.
  package let fallback: T?

  private init(
    _ name: String, _ summary: String, aliases: [String], fallback: T?, shown: String?,
    treatment: ParameterTreatment, isSubject: Bool, isSecret: Bool
  ) {
    self.fallback = fallback
    manual = ParameterManual(
      name: name, aliases: aliases, summary: summary, type: T.typeDescription, choices: T.choices,
      isRequired: fallback == nil, fallbackShown: shown, treatment: treatment, isSubject: isSubject,
      isSecret: isSecret,
      check: { argument in
        do throws(Diagnostic) {
          let isBelowHome = !argument.homes.isEmpty
          let isPath = isBelowHome && T.typeDescription.contains(HostPath.typeDescription)
          _ = try T(isPath ? argument.writingHomes { "/home/\($0)" } : argument)
          return nil
        } catch { return error }
      })
  }

  /// A parameter that must be given.
  package static func required(
    _ name: String, _ summary: String, aliases: [String] = [],
    treatment: ParameterTreatment = .plain,
    isSubject: Bool = false, isSecret: Bool = false
  ) -> Parameter {
    Parameter(
      name, summary, aliases: aliases, fallback: nil, shown: nil, treatment: treatment,
      isSubject: isSubject, isSecret: isSecret)
  }

  /// A parameter with a default; `shown` is the default as one would write it.
  package static func optional(
    _ name: String, _ summary: String, default fallback: T, shown: String? = nil,
    aliases: [String] = [], treatment: ParameterTreatment = .plain, isSubject: Bool = false,
    isSecret: Bool = false
  ) -> Parameter {
    Parameter(
      name, summary, aliases: aliases, fallback: fallback, shown: shown, treatment: treatment,
      isSubject: isSubject, isSecret: isSecret)
  }

  /// A parameter without a default: nil when not given.
  package static func optional<Wrapped: ParameterType>(
    _ name: String, _ summary: String, aliases: [String] = [],
    treatment: ParameterTreatment = .plain, isSubject: Bool = false, isSecret: Bool = false
  ) -> Parameter where T == Wrapped? {
    Parameter(
      name, summary, aliases: aliases, fallback: .some(.none), shown: nil, treatment: treatment,
      isSubject: isSubject, isSecret: isSecret)
  }
}
