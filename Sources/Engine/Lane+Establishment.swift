import Diagnostics
import Glibc
import Model
import ModuleKit
import Schema
import Synchronization
import Vault

/// How files come about that the controller makes once and keeps.
extension Lane {
  /// Makes what is to be made, or foresees it; what was changed by that.
  func establish(
    _ effects: [ControllerEffect], _ item: ItemWork
  ) throws(TaskFailure) -> [Change] {
    var changes: [Change] = []
    for case .establish(let wished) in effects {
      let result = setup.cache.establishing.withLock { _ in
        Result { () throws(TaskFailure) in try establish(wished, isChecked: item.isChecked) }
      }
      guard try result.get() else { continue }
      setup.forgetController()
      changes.append(wished.change)
    }
    return changes
  }

  /// - Returns: whether somebody had to make it, and it was this task.
  private func establish(_ wished: Establishment, isChecked: Bool) throws(TaskFailure) -> Bool {
    let paths = wished.paths.map { ControllerPath.join(setup.playbook.folder, $0) }
    if paths.contains(where: { setup.cache.foreseen($0) != nil || setup.disk.kind($0) != nil }) {
      return false
    }
    let password = try password(wished)
    let contents: [Blob]
    do throws(Obstacle) {
      contents = try wished.make()
    } catch {
      throw TaskFailure("controller", "\(wished.change.subject) could not be made")
    }
    guard !isChecked || isDry else { return true }
    if isChecked {
      for (path, content) in zip(paths, contents) { setup.cache.foresee(path, content) }
      return true
    }
    for (index, (path, content)) in zip(paths, contents).enumerated() {
      let isMade = try make(try sealed(content, password), at: path)
      if !isMade, index == 0 {
        try awaited(paths)
        return false
      }
    }
    return true
  }

  /// - Returns: whether there was no such file.
  private func make(_ content: Blob, at path: String) throws(TaskFailure) -> Bool {
    do throws(ControllerDisk.Failure) {
      return try FileWriting(.kept, folderMode: 0o755).write(content.bytes, to: path)
    } catch {
      throw TaskFailure("controller-file", "`\(path)` could not be written: \(error.reason)")
    }
  }

  /// The password that secret files are encrypted with; nil where they are not to be.
  private func password(_ wished: Establishment) throws(TaskFailure) -> VaultPassword? {
    guard let id = wished.vaultID else { return nil }
    if let password = setup.disk.vault.password(named: id.isEmpty ? nil : id) { return password }
    let which = id.isEmpty ? "no vault password" : "no vault password with the id `\(id)`"
    throw TaskFailure(
      "vault-password-missing",
      "the private key of `\(wished.change.subject)` is kept encrypted, and \(which) was given",
      help:
        "give one: --vault-password-file FILE, or --vault-id ID@FILE; or state `encrypt: false`, which keeps the key in plain"
    )
  }

  private func sealed(_ content: Blob, _ password: VaultPassword?) throws(TaskFailure) -> Blob {
    guard content.isSecret, let password else { return content }
    guard let envelope = try? Envelope.sealing(content.bytes, with: password) else {
      throw TaskFailure("controller", "a private key could not be encrypted")
    }
    return Blob(Array(envelope.text.utf8))
  }

  /// Another run is just making the same files: it has made the first.
  private func awaited(_ paths: [String]) throws(TaskFailure) {
    for _ in 0..<100 {
      if paths.allSatisfy({ setup.disk.kind($0) != nil }) { return }
      usleep(50_000)
    }
    throw TaskFailure(
      "controller-file", "another run made `\(paths[0])`, and the rest did not follow",
      help: "run again")
  }
}
