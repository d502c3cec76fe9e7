import Diagnostics
import Schema
import Template

extension HostsSource {
  /// The pattern; a computed one is rendered over the extra variables alone, as in Ansible.
  package func pattern(extraVariables: [String: Variable]) throws(Diagnostic) -> Resolved<
    HostPattern
  > {
    switch self {
    case .pattern(let pattern): return .known(pattern)
    case .template(let written):
      var map = ValueMap()
      for (name, variable) in extraVariables { map[name] = variable.value }
      let argument: Argument
      do throws(Diagnostic) {
        guard let rendered = try written.argument(Renderer(variables: map)) else {
          throw Diagnostic(
            .error, "omitted-keyword", "`hosts` cannot be omitted", at: written.span)
        }
        argument = rendered
      } catch {
        var error = error
        if error.id == "undefined-name" {
          error.help = "`hosts` can use extra variables only: give it with `-e`"
        }
        throw error
      }
      if let unknown = argument.value.deepUnknown { return .unknown(unknown) }
      let parts = (argument.elements ?? [argument]).compactMap(\.sourceText)
      return .known(try HostPattern(parts.joined(separator: ","), at: written.span))
    }
  }
}

extension BatchSize {
  /// How many hosts of a play that has so many; at least one.
  ///
  /// - Throws: where a computed size is no number of hosts and no percentage.
  package func count(of total: Int, extraVariables: [String: Variable]) throws(Diagnostic) -> Int {
    switch self {
    case .count(let count): return count
    case .percent(let percent): return max(1, Int(Double(total) * percent / 100))
    case .template(let written):
      var map = ValueMap()
      for (name, variable) in extraVariables { map[name] = variable.value }
      let text = try written.argument(Renderer(variables: map))?.sourceText ?? ""
      guard let size = BatchSize(text) else {
        throw Diagnostic(
          .error, "keyword-type",
          "`serial` must be a number of hosts or a percentage, not `\(text)`", at: written.span)
      }
      return try size.count(of: total, extraVariables: extraVariables)
    }
  }
}
