import Diagnostics
import ModuleKit
import Schema

/// `uri`: a request to a web service, made by the host.
struct URIModule: ActionModule {
  enum Redirects: String, ParameterChoice { case all, yes, none, no, safe, urllib2 }
  enum BodyFormat: String, ParameterChoice {
    case raw, json
    case form = "form-urlencoded"
  }

  private let request: HTTPRequest
  private let body: Blob?
  private let hostBody: HostPath?
  private let statuses: [Int]
  private let returnsContent: Bool
  private let destination: DestinationPath?
  /// Of the file that `dest` names.
  private let permissions: Permissions
  private let guards: Guards

  init(_ arguments: Arguments) throws(Diagnostic) {
    var request = try HTTPParameters.request(arguments, timeout: try arguments[Self.timeout])
    request.method = try arguments[Self.method].uppercased()
    request.socket = try arguments[Self.socket]
    request.redirections = try URIModule.redirections(arguments, request.method)
    statuses = try arguments[Self.statuses]
    returnsContent = try arguments[Self.returnsContent]
    destination = try arguments[Self.destination]
    permissions = try Permissions(arguments)
    guards = try Guards(arguments, folder: nil)
    let isRemote = try arguments[Self.isRemote]
    let path = arguments.argument(Self.source.manual)
    hostBody = try (isRemote ? path : nil).map { argument throws(Diagnostic) in
      try HostPath(argument)
    }
    body = try isRemote ? nil : URIModule.body(arguments)
    let format = try arguments[Self.format]
    let type: String? =
      format == .json
      ? "application/json" : format == .form ? "application/x-www-form-urlencoded" : nil
    if let type, body != nil,
      !request.headers.contains(where: { $0.name.lowercased() == "content-type" })
    {
      request.headers.append(HTTPHeader(name: "Content-Type", value: type))
    }
    guard request.method.allSatisfy({ $0.isASCII && $0.isLetter }), !request.method.isEmpty else {
      throw Diagnostic(
        .error, "http-method", "`method` must be one word of letters",
        at: arguments.span(of: Self.method.manual))
    }
    self.request = request
  }

  private static func redirections(
    _ arguments: Arguments, _ method: String
  ) throws(Diagnostic) -> Int {
    switch try arguments[Self.redirects] {
    case .all, .yes, .urllib2: 10
    case .none, .no: 0
    case .safe: method == "GET" || method == "HEAD" ? 10 : 0
    }
  }

  private static func body(_ arguments: Arguments) throws(Diagnostic) -> Blob? {
    if let argument = arguments.argument(Self.source.manual) {
      guard case .file(let blob, _) = argument.content else {
        throw Diagnostic(
          .error, "file-not-read", "`src` is no file of the controller", at: argument.span)
      }
      return blob
    }
    guard let argument = arguments.argument(Self.body.manual) else { return nil }
    switch try arguments[Self.format] {
    case .raw: return try ContentArgument.blob(argument)
    case .json:
      if let text = argument.value.string {
        return Blob(Array(text.utf8), isSecret: argument.isSecret)
      }
      // As Python writes it: some services compare digests of bodies.
      let style = JSONStyle(itemSeparator: ", ", keySeparator: ": ", escapesNonASCII: true)
      return Blob(
        Array(JSON.text(argument.value, style: style).utf8), isSecret: argument.isSecret)
    case .form:
      guard let map = argument.value.dict else { return try ContentArgument.blob(argument) }
      return Blob(Array(form(map).utf8), isSecret: argument.isSecret)
    }
  }

  /// `application/x-www-form-urlencoded`; a list is a name several times.
  private static func form(_ map: ValueMap) -> String {
    func encoded(_ text: String) -> String {
      text.utf8.reduce(into: "") { result, byte in
        let scalar = Unicode.Scalar(byte)
        if scalar.properties.isAlphabetic && byte < 128 || (48...57).contains(byte)
          || "-_.~".unicodeScalars.contains(scalar)
        {
          result.unicodeScalars.append(scalar)
        } else if byte == 32 {
          result += "+"
        } else {
          let digits = String(byte, radix: 16, uppercase: true)
          result += "%" + (digits.count == 1 ? "0" : "") + digits
        }
      }
    }
    func text(_ value: Value) -> String { value.string ?? JSON.text(value) }
    return map.pairs.flatMap { key, value in
      (value.list ?? [value]).map { "\(encoded(text(key)))=\(encoded(text($0)))" }
    }.joined(separator: "&")
  }

  // MARK: - Deciding

  func reads(given facts: FactView) -> [FactRequest] { guards.reads }

  private var isHarmless: Bool {
    ["GET", "HEAD", "OPTIONS"].contains(request.method) && destination == nil
  }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    if let reason = try guards.reason(facts) {
      return .skip(reason: reason, result: ["msg": .string(reason), "status": .int(0)])
    }
    let shown = HTTPParameters.shown(request.url)
    let step = Step(
      "\(request.method) \(shown)", script, input: body,
      footprint: footprint,
      deadline: .seconds(request.timeout * 60 + 30), accepts: nil,
      isSecret: request.isSecret || body?.isSecret ?? false)
    let change = Change(
      shown, "request", from: .absent, to: .text(request.method), steps: [step])
    return .run(ActionPlan(change, isOpaque: !isHarmless, isHarmless: isHarmless))
  }

  /// Another service's state may show in whatever is known of the host; a reply that is kept, at its place.
  private var footprint: Footprint {
    if isHarmless { return .nothing }
    guard let destination, request.method == "GET" else { return .any }
    return .tree(destination.path.string)
  }

  /// As chown(1) takes it; empty where nothing is wished.
  private var owner: String {
    let group = permissions.group.map { ":" + $0.argument } ?? ""
    return (permissions.owner?.argument ?? "") + group
  }

  /// Prints status and address, head, and body as base64, with the byte 31 between them.
  private var script: Script {
    let body: Script
    if let hostBody {
      body = "body=\(hostBody.string)"
    } else {
      body = self.body == nil ? "body=" : "body=$folder/body && cat >\"$body\" || exit"
    }
    let keep: Script =
      destination.map { destination -> Script in
        """
        case $reply in
          2??\\ *)
            place=\(destination.path.string)
            if [ -d "$place" ]; then name=${reply##*/}; place=$place/${name%%\\?*}; fi
            mode=0644 owner= before=new
            if [ -f "$place" ]; then
              before=$(stat -c '%a %u:%g' -- "$place") || exit
              mode=0${before% *} owner=${before#* }
            fi
            if [ "$before" = new ] || ! cmp -s -- "$out" "$place"; then
              new_temp "$place" && trap 'rm -rf -- "$folder" "$temp"' EXIT || exit
              cat -- "$out" >"$temp" && place "$place" "$mode" "$owner" || exit
              changed=1
            fi
            set_attributes "$place" \(permissions.mode?.text ?? "") \(owner) || exit
            [ "$before" = new ] || [ "$(stat -c '%a %u:%g' -- "$place")" = "$before" ] || changed=1 ;;
        esac
        """
      } ?? ""
    return """
      folder=$(mktemp -d /tmp/.spile.XXXXXX) || exit
      trap 'rm -rf -- "$folder"' EXIT
      trap 'exit 143' HUP INT TERM
      out=$folder/out head=$folder/head changed=0 place=
      : >"$out"; : >"$head"
      \(body)
      reply=$(
      \(request.script(hasBody: self.body != nil || hostBody != nil))
      ) || exit
      \(keep)
      printf '%s\\037%s %s\\037' "$reply" "$changed" "$place"
      cat -- "$head"
      printf '\\037%s\\037' "$(wc -c <"$out")"
      head -c 2900000 "$out" | base64
      """
  }

  // MARK: - Result

  func result(from replies: [StepReply]) -> ActionResult {
    guard let reply = replies.last, reply.status == 0 else {
      let said = replies.last?.errorText.trimmed ?? ""
      let text = said.isEmpty ? "the request could not be made" : String(said)
      return ActionResult(
        [
          "status": .int(-1), "url": .string(HTTPParameters.shown(request.url)),
          "msg": .string(text),
        ],
        changed: false, failure: text)
    }
    let parts = reply.text.split(
      separator: "\u{1F}", maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count == 5, let (code, address) = parts[0].halves(at: " "), let status = Int(code)
    else { return ActionResult([:], changed: false, failure: "the reply cannot be understood") }
    let size = Int(parts[3].trimmed) ?? 0
    let url = HTTPParameters.shown(String(address.trimmed))
    var result: ValueMap = [
      "status": .int(status), "url": .string(url),
      "redirected": .bool(url != HTTPParameters.shown(request.url)),
      "msg": .string("OK (\(size) bytes)"),
    ]
    let head = ReplyHead(String(parts[2]))
    for (name, value) in head.values where result[name] == nil { result[name] = value }
    let isWanted = statuses.contains(status)
    let bytes = base64Decoded(parts[4].trimmed.utf8) ?? []
    let content = String(decoding: bytes, as: UTF8.self)
    if head.isJSON, let value = try? JSON.parse(content) { result["json"] = value }
    if returnsContent || !isWanted { result["content"] = .string(content) }
    let changed = parts[1].hasPrefix("1")
    if let (_, path) = parts[1].halves(at: " "), !path.isEmpty {
      result["path"] = .string(String(path))
    }
    guard isWanted else {
      let text =
        "status \(status), and \(statuses.map(String.init).joined(separator: ", ")) was wished"
      result["msg"] = .string(text)
      return ActionResult(result, changed: changed, failure: text)
    }
    if returnsContent, size > 2_900_000 {
      return ActionResult(
        result, changed: changed,
        failure: "the reply has \(size) bytes, and at most 2900000 come back: use `dest`")
    }
    return ActionResult(result, changed: changed)
  }
}

/// The head of a reply; of several, after redirections, the last.
private struct ReplyHead {
  private(set) var values = ValueMap()

  init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("HTTP/") {
        values = ValueMap()
      } else if let (name, value) = line.halves(at: ":") {
        let key = name.lowercased().replacing("-", with: "_")
        let former = values[key]?.string.map { $0 + ", " } ?? ""
        values[key] = .string(former + value.trimmed)
      }
    }
  }

  var isJSON: Bool {
    let type = (values["content_type"]?.string ?? "").prefix { $0 != ";" }.trimmed.lowercased()
    return type == "application/json" || type == "text/json" || type.hasSuffix("+json")
  }
}
