import Diagnostics
import ModuleKit
import Schema

/// The parameters that every component has.
struct ComponentParameters {
  let component: KubernetesComponent
  let version: Parameter<KubernetesVersion>
  let program: Parameter<HostPath>
  let flags: Parameter<ValueMap>
  let unitSettings: Parameter<ValueMap>
  let accept: Parameter<[String]>
  let timeout: Parameter<Int>

  init(_ component: KubernetesComponent, timeout seconds: Int = 60) {
    let path = "/usr/local/bin/\(component.rawValue)"
    self.component = component
    version = .required(
      "version",
      "The version of Kubernetes, of which the minor number counts: 1.31 to 1.36. What it does not know is refused."
    )
    program = .optional(
      "program", "Where its program is.", default: HostPath(path) ?? .root, shown: path)
    flags = .optional(
      "flags",
      "Flags by their names without dashes; lists are joined by commas, null leaves one out.",
      default: ValueMap(), shown: "none")
    unitSettings = .optional(
      "unit_settings", "Further settings of its unit: `{MemoryMax: 8G}` (systemd.exec(5)).",
      default: ValueMap(), shown: "none")
    accept = .optional(
      "accept", "Names of advice that is not to be followed, as the refusal tells them.",
      default: [], shown: "none")
    timeout = .optional(
      "timeout", "Seconds that it may take until it is up.", default: seconds,
      shown: String(seconds))
  }

  var manuals: [ParameterManual] {
    [
      version.manual, program.manual, flags.manual, unitSettings.manual, accept.manual,
      timeout.manual,
    ]
  }

  /// Flags as given, checked; none where none are.
  func flags(_ arguments: Arguments, into mistakes: inout Mistakes) throws(Diagnostic)
    -> ComponentFlags
  {
    let none = Argument(.dict(ValueMap()), span: arguments.span, path: "flags")
    return ComponentFlags(
      arguments.argument(flags.manual) ?? none, of: component, try arguments[version],
      accepted: Set(try arguments[accept]), into: &mistakes)
  }

  /// Lines of `[Service]`: the defaults, and what is given in their place or besides.
  func serviceLines(_ arguments: Arguments, defaults: [(String, String)]) throws(Diagnostic)
    -> [String]
  {
    var settings = defaults
    for (name, value) in arguments.argument(unitSettings.manual)?.entries ?? [] {
      let text = KubernetesValue.bool(value).map { $0 ? "yes" : "no" } ?? value.sourceText
      guard let text, !text.contains("\n"), !name.isEmpty,
        name.allSatisfy({ $0.isASCII && $0.isLetter })
      else {
        throw value.wrong("kubernetes-unit", "must be a name of systemd's, and a value of one line")
      }
      if name == "ExecStart" || name == "Type" {
        throw value.wrong("kubernetes-unit", "is what the module decides")
      }
      settings.removeAll { $0.0 == name }
      settings.append((name, text))
    }
    return settings.map { "\($0.0)=\($0.1)" }
  }

  /// The paths among the values of some flags.
  static func paths(_ names: [String], in flags: ComponentFlags) -> [HostPath] {
    names.flatMap { flags[$0] }.compactMap { HostPath($0) }
  }
}
