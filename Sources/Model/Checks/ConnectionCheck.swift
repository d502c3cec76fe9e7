import Diagnostics
import Schema

/// What the inventory says about connections and cannot be carried out, or has no effect.
struct ConnectionCheck {
  let inventory: Inventory

  /// Errors and warnings.
  func run() -> [Diagnostic] {
    variables.compactMap { name, variable in
      let place = variable.origin.span
      if ConnectionVariable.arguments.contains(name) { return arguments(name, variable) }
      switch ConnectionVariable.use(of: name) {
      case .refused(let help):
        return Diagnostic(
          .error, "not-supported", "`\(name)` is not supported", at: place, help: help)
      case .used, .ignored: return nil
      case nil:
        guard name.hasPrefix("ansible_ssh_") || name.hasPrefix("ansible_become_") else {
          return nil
        }
        return Diagnostic(
          .warning, "unknown-variable", "`\(name)` means nothing to connections", at: place,
          underline: suggestion(for: name, among: ConnectionVariable.names)
            .map { "did you mean `\($0)`?" })
      }
    }
  }

  /// A note for each variable that is accepted and has no effect.
  func ignored() -> [Diagnostic] {
    variables.compactMap { name, variable in
      guard case .ignored(let reason) = ConnectionVariable.use(of: name) else { return nil }
      return Diagnostic(
        .note, "no-effect", "`\(name)` has no effect: \(reason)", at: variable.origin.span)
    }
  }

  /// Words for ssh are read where they hold no template.
  private func arguments(_ name: String, _ variable: Variable) -> Diagnostic? {
    guard case .text(let text) = variable.value, !text.marks.contains(.template) else { return nil }
    do throws(SSHArguments.Failure) {
      _ = try SSHArguments(text.string)
      return nil
    } catch {
      return Diagnostic(
        .error, "ssh-arguments", "`\(name)`: \(error.message)", at: variable.origin.span,
        help: error.help)
    }
  }

  /// Every variable that the inventory and the files beside it set, by places.
  private var variables: [(name: String, variable: Variable)] {
    var seen: Set<Span> = []
    return (inventory.groups.flatMap(\.layers) + inventory.hosts.flatMap(\.layers))
      .flatMap { layer in layer.variables.sorted { $0.key < $1.key } }
      .filter { $0.key.hasPrefix("ansible_") }
      .filter { _, variable in variable.origin.span.map { seen.insert($0).inserted } ?? true }
      .map { ($0.key, $0.value) }
  }
}
