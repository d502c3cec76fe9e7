/// A path that begins with somebody's home folder: `~/x`, `~name/x`, `$HOME/x`.
package struct HomePath: Sendable, Hashable {
  /// Whose; empty for the task's own user.
  package let user: String
  /// What follows: empty, or with a slash at its beginning.
  package let rest: String

  /// nil for every other text.
  package init?(_ text: String) {
    for word in ["$HOME", "${HOME}"] where text.hasPrefix(word) {
      let rest = text.dropFirst(word.count)
      guard rest.isEmpty || rest.hasPrefix("/") else { return nil }
      (user, self.rest) = ("", String(rest))
      return
    }
    guard text.hasPrefix("~") else { return nil }
    let name = text.dropFirst().prefix { $0 != "/" }
    guard name.allSatisfy({ $0.isLetter || $0.isNumber || "_-.".contains($0) }) else { return nil }
    user = String(name)
    rest = String(text.dropFirst(1 + name.count))
  }
}

extension Argument {
  /// Whose home folders its text, or the texts of its list, begin with.
  package var homes: Set<String> {
    if let text = sourceText { return HomePath(text).map { [$0.user] } ?? [] }
    return elements?.reduce(into: []) { $0.formUnion($1.homes) } ?? []
  }

  /// The same with home folders written out.
  ///
  /// `folder`: the home of a user, the empty name being the task's own.
  package func writingHomes(_ folder: (String) -> String) -> Argument {
    guard !homes.isEmpty else { return self }
    var written = self
    written.node = nil
    if let text = sourceText, let path = HomePath(text) {
      let marks = value.deepMarks
      written.value = Value.string(folder(path.user) + path.rest).marked(marks)
    } else if let elements {
      written.value = .list(elements.map { $0.writingHomes(folder).value })
    }
    return written
  }
}

extension Arguments {
  /// Whose home folders the paths on the host among them begin with.
  package func homes(_ manual: Manual) -> Set<String> {
    given.reduce(into: []) { homes, pair in
      let own = pair.value.homes
      if own.isEmpty || manual.parameter(named: pair.key)?.isHostPath != true { return }
      homes.formUnion(own)
    }
  }

  /// The same with home folders written out in paths on the host.
  package func writingHomes(_ manual: Manual, _ folder: (String) -> String) -> Arguments {
    var written = self
    for (name, argument) in given where manual.parameter(named: name)?.isHostPath == true {
      written.given[name] = argument.writingHomes(folder)
    }
    return written
  }
}
