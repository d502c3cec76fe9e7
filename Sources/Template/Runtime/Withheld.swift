extension TemplateError {
  /// The same failure without words that may quote a secret; what failed is still named.
  var withheld: TemplateError {
    var error = self
    error.message = subject + "it was given a secret, and what is wrong with it is not shown"
    error.name = nil
    error.suggestions = []
    return error
  }

  /// The beginning of the message that names what failed, such as "filter `int`: ".
  private var subject: String {
    let end = "`: "
    guard ["filter `", "test `", "lookup `", "`"].contains(where: message.hasPrefix) else {
      return ""
    }
    let parts = message.split(separator: end, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].contains("'"), parts[0].count < 60 else { return "" }
    return parts[0] + end
  }
}

extension Undefined {
  /// The same without words that may quote a secret, such as the name of an attribute that a secret gave.
  var withheld: Undefined {
    Undefined(
      .hint("what a secret names is undefined, and is not shown"), unit: unit, site: site,
      frames: frames)
  }
}
