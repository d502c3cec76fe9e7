import Diagnostics
import Schema
import Template

/// The keywords that plays, blocks and tasks have in common.
///
/// On a task they are those in force: its own, and what it inherits from the blocks, imports and the play around it.
package struct Keywords: Sendable {
  /// Those of the blocks around come first; a play has none.
  package var when: [CompiledCondition] = []
  /// Own tags and all inherited ones, without duplicates.
  package var tags: [String] = []
  /// Tags that hold templates, own and inherited.
  package var computedTags: [TextSource] = []
  package var become = Become()
  /// Dictionaries from the outermost to the innermost; later ones win.
  package var environment: [ArgumentSource] = []
  package var connection: TextSource?
  package var remoteUser: TextSource?
  package var port: Setting<Int>?
  /// Seconds.
  package var timeout: Setting<Int>?
  package var ignoreErrors: Setting<Bool>?
  package var ignoreUnreachable: Setting<Bool>?
  package var anyErrorsFatal: Setting<Bool>?
  package var noLog: Setting<Bool>?
  package var checkMode: Setting<Bool>?
  package var diff: Setting<Bool>?
  package var runOnce: Setting<Bool>?
  package var throttle: Setting<Int>?
  package var delegateTo: TextSource?
  package var delegateFacts: Setting<Bool>?
  /// Arguments that modules get where a task does not give them, by module name; inner ones replace outer ones.
  package var moduleDefaults: [String: [String: ArgumentSource]] = [:]
  /// The variables in force, with those around.
  package var scope: VariableScope?

  package init() {}
}

/// Who runs the steps.
package struct Become: Sendable {
  package var isEnabled: Setting<Bool>?
  package var user: TextSource?
  package var method: TextSource?
  package var flags: TextSource?
  package var executable: TextSource?

  package init() {}
}

extension Keywords {
  /// These keywords with what they inherit from those around.
  package func inheriting(_ outer: Keywords) -> Keywords {
    var result = self
    result.when = outer.when + when
    result.tags = outer.tags + tags.filter { !outer.tags.contains($0) }
    result.computedTags = outer.computedTags + computedTags
    result.become = become.inheriting(outer.become)
    result.environment = outer.environment + environment
    result.connection = connection ?? outer.connection
    result.remoteUser = remoteUser ?? outer.remoteUser
    result.port = port ?? outer.port
    result.timeout = timeout ?? outer.timeout
    result.ignoreErrors = ignoreErrors ?? outer.ignoreErrors
    result.ignoreUnreachable = ignoreUnreachable ?? outer.ignoreUnreachable
    result.anyErrorsFatal = anyErrorsFatal ?? outer.anyErrorsFatal
    result.noLog = noLog ?? outer.noLog
    result.checkMode = checkMode ?? outer.checkMode
    result.diff = diff ?? outer.diff
    result.runOnce = runOnce ?? outer.runOnce
    result.throttle = throttle ?? outer.throttle
    result.delegateTo = delegateTo ?? outer.delegateTo
    result.delegateFacts = delegateFacts ?? outer.delegateFacts
    result.moduleDefaults = outer.moduleDefaults.merging(moduleDefaults) { _, inner in inner }
    result.scope = scope ?? outer.scope
    return result
  }
}

extension Become {
  fileprivate func inheriting(_ outer: Become) -> Become {
    var result = self
    result.isEnabled = isEnabled ?? outer.isEnabled
    result.user = user ?? outer.user
    result.method = method ?? outer.method
    result.flags = flags ?? outer.flags
    result.executable = executable ?? outer.executable
    return result
  }
}
