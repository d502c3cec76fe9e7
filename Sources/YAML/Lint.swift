import Diagnostics

/// Doubtful places in documents that are correct YAML.
package func lintYAML(_ trees: [Tree]) -> [Diagnostic] { [] }
