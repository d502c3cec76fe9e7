import Diagnostics
import ModuleKit
import Schema

/// `get_url`: a file that the host fetches from the site's mirror.
struct GetURLModule: StateModule {
  private let request: HTTPRequest
  private let destination: DestinationPath
  private let name: String
  private let checksum: DownloadChecksum?
  private let permissions: Permissions
  private let force: Bool
  private let keepsBackup: Bool
  private let folder: HostPath?

  init(_ arguments: Arguments) throws(Diagnostic) {
    request = try HTTPParameters.request(arguments, timeout: try arguments[Self.timeout])
    destination = try arguments[Self.destination]
    checksum = try arguments[Self.checksum]
    permissions = try Permissions(arguments)
    force = try arguments[Self.force]
    keepsBackup = try arguments[CopyModule.backup]
    folder = try arguments[Self.folder]
    let path = request.url.prefix { $0 != "?" && $0 != "#" }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    name = parts.count > 3 ? String(parts.last ?? "") : ""
    if destination.isFolder, name.isEmpty {
      throw Diagnostic(
        .error, "file-name", "`url` names no file, so `dest` has to",
        at: arguments.span(of: Self.destination.manual))
    }
  }

  // MARK: - Reading

  func reads(given facts: FactView) -> [FactRequest] {
    var requests = [FactRequest(FileFact.self, destination.path.string)]
    if let resolved = facts.known(FileFact.self, destination.path.string)?.resolved {
      requests.append(FactRequest(FileFact.self, resolved.string))
    }
    if let list = checksum?.list { requests.append(list.request(like: request)) }
    if isCompared { requests.append(download.request) }
    for path in destination.candidates(name: name.isEmpty ? nil : name) {
      requests += FileWrite.reads(path, permissions, given: facts)
      let wants: Set<String> =
        checksum.map { $0.tool == "sha256sum" ? [] : ["digest:\($0.tool)"] } ?? []
      requests.append(FactRequest(ContentFact.self, path.string, wants: wants))
    }
    return requests
  }

  /// Whether what the mirror has must be looked at to know if something differs.
  private var isCompared: Bool { force && checksum == nil }

  private var download: DownloadQuery { DownloadQuery(request, wantsContent: false) }

  // MARK: - Comparing

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let path = name.isEmpty ? destination.path : try destination.file(name: name, facts)
    let wished = try wishedDigest(facts)
    guard let file = try facts.fact(FileFact.self, path.string) else {
      let parent = try Parent.known(of: path, facts)
      let attributes = try permissions.new(
        .regular, mode: FileMode(bits: 0o644), in: parent, facts)
      return [change(path, attributes, wished, replacing: nil, nil)]
        + attributes.creation(of: path, wished: permissions)
    }
    guard file.type == .regular || file.type == .link else {
      throw .refusing("not-a-file", "`\(path)` is a \(file.type.rawValue), not a file")
    }
    let content = try facts.fact(ContentFact.self, path.string)
    let attributes =
      file.type == .regular
      ? try permissions.applied(to: file, facts)
      : try permissions.new(.regular, mode: FileMode(bits: 0o644), in: nil, facts)
    if let content, isSame(content, wished) {
      return file.type == .regular ? attributes.changes(of: path, from: file) : []
    }
    return [change(path, attributes, wished, replacing: file, content)]
      + (file.type == .regular
        ? attributes.changes(of: path, from: file, steps: [], predicts: []) : [])
  }

  /// nil where whatever is there is as good.
  private func wishedDigest(_ facts: FactView) throws(Obstacle) -> (tool: String, digest: String)? {
    if let checksum {
      guard let list = checksum.list else { return (checksum.tool, checksum.digest) }
      let answer = try facts.fact(DownloadFact.self, list.key)?.answers[
        list.query(like: request).want]
      guard let text = answer?.content else {
        throw .refusing(
          "checksum-list", "`\(list.url)` could not be fetched: \(answer?.failure ?? "no answer")")
      }
      return (checksum.tool, try list.digest(of: name, in: text))
    }
    guard isCompared else { return nil }
    let answer = try facts.fact(DownloadFact.self, download.key)?.answers[download.want]
    guard let digest = answer?.sha256 else {
      throw .refusing(
        "download",
        "`\(HTTPParameters.shown(request.url))` could not be fetched: \(answer?.failure ?? "no answer")"
      )
    }
    return ("sha256sum", digest)
  }

  private func isSame(_ content: ContentFact, _ wished: (tool: String, digest: String)?) -> Bool {
    guard let wished else { return true }
    if wished.tool == "sha256sum" { return content.sha256 == wished.digest }
    return content.digests[wished.tool] == wished.digest
  }

  private func change(
    _ path: HostPath, _ attributes: Attributes, _ wished: (tool: String, digest: String)?,
    replacing file: FileFact?, _ content: ContentFact?
  ) -> Change {
    let shown = HTTPParameters.shown(request.url)
    let step = Step(
      "fetch \(shown) to \(path)", script(path, attributes, wished),
      footprint: file?.type == .regular ? .path(path.string) : .tree(path.string),
      deadline: .seconds(max(600, request.timeout * 60)), isSecret: request.isSecret)
    let doubt = "what `\(shown)` is"
    var predicts = [
      Prediction(FileFact.self, path.string, Reading<FileFact>.unknown(.init(doubt)))
    ]
    predicts.append(
      Prediction(ContentFact.self, path.string, Reading<ContentFact>.unknown(.init(doubt))))
    let after = wished.map { "\(shown) (\($0.tool.dropLast(3)) \($0.digest))" } ?? shown
    return Change(
      path.string, "content", file == nil ? .create : .update,
      from: content.map { .bytes(count: $0.size, sha256: $0.sha256) } ?? .absent,
      to: .text(after), steps: [step], predicts: predicts)
  }

  /// Fetches next to the file, or into `tmp_dest`, compares, and renames.
  private func script(
    _ path: HostPath, _ attributes: Attributes, _ wished: (tool: String, digest: String)?
  ) -> Script {
    var lines: [Script] = ["new_temp \(path.string) || exit"]
    if let folder {
      lines.append(
        """
        final=$temp
        out=$(mktemp \(folder.appending(".spile.XXXXXX").string)) || exit
        trap 'rm -f -- "$final" "$out" "$head"' EXIT
        """)
    } else {
      lines.append("out=$temp\ntrap 'rm -f -- \"$temp\" \"$head\"' EXIT")
    }
    lines.append(
      """
      head=$(mktemp /tmp/.spile.XXXXXX) && body= || exit
      reply=$(
      \(request.script(hasBody: false))
      ) || exit
      case $reply in
        2??\\ *) ;;
        *) printf 'the server answered %s\\n' "${reply%% *}" >&2; exit 1 ;;
      esac
      """)
    if let wished {
      lines.append(
        """
        sum=$(\(wished.tool) <"$out") || exit
        if [ "${sum%% *}" != \(wished.digest) ]; then
          printf 'what was fetched has the digest %s, and %s was wished\\n' "${sum%% *}" \(wished.digest) >&2
          exit 1
        fi
        """)
    }
    if folder != nil { lines.append("cat -- \"$out\" >\"$final\" && temp=$final || exit") }
    if keepsBackup { lines.append("back_up \(path.string) || exit") }
    lines.append("place \(path.string) \(attributes.modeArgument) \(attributes.ownerArgument)")
    return Script(lines: lines)
  }

  // MARK: - Result

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    let path = (try? destination.file(name: name, facts)) ?? destination.path
    var result: ValueMap = [
      "url": .string(HTTPParameters.shown(request.url)), "dest": .string(path.string),
      "msg": .string(replies.isEmpty ? "file already exists" : "OK"),
    ]
    if let content = facts.known(ContentFact.self, path.string) {
      result["checksum_dest"] = content.digests["sha1sum"].map(Value.string)
    }
    if let file = facts.known(FileFact.self, path.string) { result.add(file) }
    result.addBackup(from: replies)
    return result
  }
}
