/// What a YAML text may cost; every error about a limit names the setting.
package struct Limits: Sendable, Hashable {
  /// `yaml.depth`: how deep nodes may lie in each other, aliases followed.
  package var depth = 256
  /// `yaml.bytes`: size of one file.
  package var bytes = 64 << 20
  /// `yaml.scalar-bytes`: size of one scalar as it is written.
  package var scalarBytes = 16 << 20
  /// `yaml.keys`: keys of one mapping.
  package var keys = 1_000_000
  /// `yaml.alias-nodes`: how many nodes the aliases of one document may stand for.
  package var aliasNodes = 1_000_000
  /// `yaml.alias-ratio`: the same, as a multiple of the nodes that are written (small documents are free of it).
  package var aliasRatio = 10
  /// `yaml.errors`: how many errors of one file are reported.
  package var errors = 20

  package init() {}
}
