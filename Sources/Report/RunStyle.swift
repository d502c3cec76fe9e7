/// How much a report shows, and in which colours.
package struct RunStyle: Sendable {
  package var colours: Style
  /// Whether the lines of changed files are shown.
  package var showsDiff: Bool
  /// 0 shows what differs and what failed; 1 also what is in sync; 2 also what was skipped.
  package var verbosity: Int

  package init(
    colours: Style = Style(isColoured: false), showsDiff: Bool = true, verbosity: Int = 0
  ) {
    self.colours = colours
    self.showsDiff = showsDiff
    self.verbosity = verbosity
  }
}
