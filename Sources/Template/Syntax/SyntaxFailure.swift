/// What lexer and parser throw: a message at a place of the text being read.
struct SyntaxFailure: Error {
  var kind = TemplateError.Kind.syntax
  var message: String
  var site: Site
  var hint: String?
  var name: String?
  var suggestions: [String] = []

  init(_ message: String, at site: Site, hint: String? = nil) {
    self.message = message
    self.site = site
    self.hint = hint
  }
}
