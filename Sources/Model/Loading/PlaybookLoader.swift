import Diagnostics
import Schema
import YAML

/// Reads playbooks: files to plays, with every mistake that can be seen without knowing the hosts.
package struct PlaybookLoader: Sendable {
  private let modules: ModuleCatalog
  private let disk: ControllerDisk
  private let roleFolders: [String]

  /// - Parameters:
  ///   - modules: what tasks may use.
  ///   - disk: where files are read.
  ///   - roleFolders: where roles are searched besides `roles/` beside the playbook.
  package init(
    modules: ModuleCatalog, disk: ControllerDisk = .system, roleFolders: [String] = []
  ) {
    self.modules = modules
    self.disk = disk
    self.roleFolders = roleFolders
  }

  /// A playbook and everything that it imports.
  ///
  /// What was read is given even after errors, so that further checks find more of them; ask the bag before running it.
  /// - Returns: nil when there is no list of plays at all.
  package func load(path: String, into bag: inout DiagnosticBag) -> Playbook? {
    let folder = ControllerPath.folder(of: path)
    let session = LoadSession(
      modules: modules, disk: disk, playbookFolder: folder, roleFolders: roleFolders)
    defer { bag.add(contentsOf: session.builder.bag.all.inFileOrder()) }
    let file = ControllerPath.normalized(path)
    guard let document = session.document(file, title: "playbook") else { return nil }
    let plays = session.plays(document, PlayContext(file: file, trail: [file]))
    session.reportUnknownModules()
    let playbook = Playbook(
      path: path, folder: folder, plays: plays, foreignModules: session.foreignModules)
    session.builder.bag.add(contentsOf: IdentifierCheck(playbook: playbook).run())
    return document.root?.kind == .sequence ? playbook : nil
  }

  /// The tasks that an inclusion brings, once its file or role is known, and the handlers of its roles.
  ///
  /// `file` is its rendered path, or the name of the role, whose `parts` are rendered too; `firstNumber` the number of
  /// the first task, beyond all that are in use.
  /// - Throws: everything that is wrong with the file.
  package func tasks(
    of include: IncludeTasks, file: String, parts: [String: String] = [:], in playbook: Playbook,
    firstNumber: Int
  ) throws(DiagnosticError) -> Included {
    let session = LoadSession(
      modules: modules, disk: disk, playbookFolder: playbook.folder, roleFolders: roleFolders,
      firstTaskNumber: firstNumber)
    let context = TaskContext(
      keywords: include.inherited, folder: include.folder, folders: include.folders,
      role: include.role, parents: include.parents)
    let tasks: [TaskEntry]
    if let role = include.inclusion {
      let named = RoleInclusion(
        name: TextSource(file, span: role.name.span),
        parts: parts.mapValues { TextSource($0, span: role.name.span) }, allowsDuplicates: true,
        isValidated: role.isValidated)
      tasks = session.tasks(of: named, context, path: include.path) ?? []
    } else {
      tasks = session.tasks(ofFile: file, at: include.file.span, context, path: include.path)
    }
    session.reportUnknownModules()
    let bag = session.builder.bag
    if bag.hasErrors { throw DiagnosticError(bag.errors.inFileOrder()) }
    return Included(tasks: tasks, handlers: session.roleHandlers + session.lateHandlers)
  }
}

extension Playbook {
  /// One more than the greatest number of a task, a block or an inclusion.
  package var nextTaskNumber: Int {
    plays.flatMap { ($0.sections + [$0.handlers]).joined() }
      .reduce(0) { max($0, $1.greatestNumber + 1) }
  }
}

extension Play {
  /// Every task of the play, handlers last.
  package var allTasks: [Task] { (sections + [handlers]).joined().flatMap(\.allTasks) }
}
