/// The key files and agents of a run: each file read once, each passphrase asked for once.
actor KeyStore {
  /// Asks the user for the passphrase of a key file; nil when there is nobody to ask.
  typealias Prompt = @Sendable (_ path: String) async -> String?

  private let threads: BlockingThreads
  private let prompt: Prompt?
  private var files: [String: Result<PrivateKeyFile, KeyFileProblem>] = [:]
  private var unlocked: [String: Task<Result<SigningKey, KeyFileProblem>, Never>] = [:]
  private var agents: [String: Task<[Identity]?, Never>] = [:]

  init(threads: BlockingThreads, prompt: Prompt?) {
    self.threads = threads
    self.prompt = prompt
  }

  /// What lies in a file, still locked.
  func file(_ path: String) async -> Result<PrivateKeyFile, KeyFileProblem> {
    if let known = files[path] { return known }
    let loaded = await threads.run { KeyStore.load(path) }
    files[path] = loaded
    return loaded
  }

  /// The public half of a key file, from the file or the `.pub` beside it.
  func publicKey(_ path: String) async -> PublicKeyBlob? {
    if case .success(let file) = await self.file(path), let blob = file.publicBlob {
      return PublicKeyBlob(blob)
    }
    return await threads.run { KeyStore.loadPublic(path + ".pub") ?? KeyStore.loadPublic(path) }
  }

  /// The key, decrypted with the passphrase given or asked for; the first caller does the work.
  func key(_ path: String, passphrase: String?) async -> Result<SigningKey, KeyFileProblem> {
    if let task = unlocked[path] { return await task.value }
    let task = Task { await self.unlock(path, passphrase) }
    unlocked[path] = task
    let result = await task.value
    if case .failure(.passphraseNeeded) = result { unlocked[path] = nil }
    return result
  }

  /// The keys of the agent at a socket; nil when it does not answer.
  func agentKeys(_ path: String) async -> [Identity]? {
    if let task = agents[path] { return await task.value }
    let agent = Agent(path: path, threads: threads)
    let task = Task { await agent.identities() }
    agents[path] = task
    return await task.value
  }

  private func unlock(
    _ path: String, _ passphrase: String?
  ) async -> Result<SigningKey, KeyFileProblem> {
    let file: PrivateKeyFile
    switch await self.file(path) {
    case .failure(let problem): return .failure(problem)
    case .success(let loaded): file = loaded
    }
    var result = await open(file, passphrase)
    guard file.isEncrypted, passphrase == nil, let prompt else { return result }
    for _ in 0..<3 {
      guard let answer = await prompt(path) else { return result }
      result = await open(file, answer)
      if case .success = result { return result }
    }
    return result
  }

  private func open(
    _ file: PrivateKeyFile, _ passphrase: String?
  ) async -> Result<SigningKey, KeyFileProblem> {
    await threads.run {
      do throws(KeyFileProblem) {
        return .success(try file.unlock(passphrase: passphrase))
      } catch {
        return .failure(error)
      }
    }
  }

  private static func load(_ path: String) -> Result<PrivateKeyFile, KeyFileProblem> {
    do throws(SystemError) {
      let bytes = try Files.read(path)
      do throws(KeyFileProblem) {
        return .success(try PrivateKeyFile(bytes))
      } catch {
        return .failure(error)
      }
    } catch {
      return .failure(.unreadable(error.text))
    }
  }

  private static func loadPublic(_ path: String) -> PublicKeyBlob? {
    guard let bytes = try? Files.read(path) else { return nil }
    let fields = bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
    guard fields.count >= 2, let key = Base64.decode(fields[1]).flatMap(PublicKeyBlob.init),
      key.type.utf8.elementsEqual(fields[0])
    else { return nil }
    return key
  }
}
