import Diagnostics
import ModuleKit
import Schema

/// Where the home of the task's own user is.
package struct HomeFact: Fact {
  package static let kind = "home"

  package var path: String

  /// getent(1) knows the accounts of directory services too; where it is not there, the shell knows its own home.
  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    if command -v getent >/dev/null; then getent passwd "$(id -u)" | cut -d: -f6; else (cd ~ && pwd); fi
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<HomeFact>] {
    let path = String(reply.text.trimmed)
    guard path.hasPrefix("/") else { return ["": .unreadable("the task's user has no home")] }
    return ["": .present(HomeFact(path: path))]
  }
}

/// Paths such as `~/.bashrc`: the host knows where the homes of users are.
enum HomeFolders {
  /// A module that is made when the homes of `users` are known; the empty name is the task's user.
  static func postponed(
    _ type: any Module.Type, _ arguments: Arguments, users: Set<String>
  ) -> PostponedModule {
    PostponedModule(
      reads: { facts in reads(type, arguments, users, facts) },
      module: { facts throws(Diagnostic) in
        var homes: [String: String] = [:]
        for user in users.sorted() {
          guard let home = try home(of: user, facts, arguments) else { return nil }
          homes[user] = home
        }
        return try type.init(arguments.writingHomes(type.manual) { homes[$0] ?? "" })
      })
  }

  /// The homes, and what the module will want if its user is root, who mostly is: then one exchange is enough.
  private static func reads(
    _ type: any Module.Type, _ arguments: Arguments, _ users: Set<String>, _ facts: FactView
  ) -> [FactRequest] {
    var requests = users.sorted().map { user in
      user.isEmpty ? FactRequest(HomeFact.self) : FactRequest(UserFact.self, user)
    }
    if users == [""], requests.contains(where: { !facts.answers($0) }),
      let guess = try? type.init(arguments.writingHomes(type.manual) { _ in "/root" })
    {
      requests += guess.reads(given: facts)
    }
    return requests
  }

  private static func home(
    of user: String, _ facts: FactView, _ arguments: Arguments
  ) throws(Diagnostic) -> String? {
    if user.isEmpty { return facts.known(HomeFact.self).map { $0.path == "/" ? "" : $0.path } }
    switch facts.reading(UserFact.self, user) {
    case .present(let account): return account.home.map { $0 == "/" ? "" : $0 }
    case .absent:
      throw Diagnostic(
        .error, "unknown-user", "there is no user `\(user)` on the host, whose home a path names",
        at: arguments.span, help: "write the path with `/` at its beginning")
    case .unreadable, .timedOut, .unknown: return nil
    }
  }
}

extension Module {
  /// What the module wants to know, whatever its shape.
  fileprivate func reads(given facts: FactView) -> [FactRequest] {
    switch self {
    case let module as any StateModule: module.reads(given: facts)
    case let module as any QueryModule: module.reads(given: facts)
    case let module as any ActionModule: module.reads(given: facts)
    default: []
    }
  }
}
