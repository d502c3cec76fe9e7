import Diagnostics
import ModuleKit
import Schema

/// What a server answers to a GET of the host, kept nowhere.
///
/// Keys are addresses without credentials; a want is the source that makes the request, which `DownloadQuery` writes.
package struct DownloadFact: Fact {
  package static let kind = "download"

  /// By want.
  package var answers: [String: Answer]

  package init(answers: [String: Answer] = [:]) { self.answers = answers }

  /// The answer to one request.
  package struct Answer: Sendable, Hashable {
    /// nil where it was not wanted, or did not come.
    package var sha256: String?
    /// Up to 1 MiB; nil where it was not wanted, or did not come.
    package var content: String?
    /// Why there is no answer; nil where there is one.
    package var failure: String?
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    var lines: [Script] = []
    for request in requests {
      for want in request.wants.sorted() { lines.append("put \"$(run_text sh \(want))\"") }
    }
    return Script(lines: lines + [":"])
  }

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<DownloadFact>]
  {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<DownloadFact>] = [:]
    for request in requests {
      var fact = DownloadFact()
      for want in request.wants.sorted() {
        guard let record = records.popFirst() else { return readings }
        fact.answers[want] = answer(record)
      }
      readings[request.key.name] = .present(fact)
    }
    return readings
  }

  /// `digest SHA256` or `content`, base64 in lines, then `end STATUS` and what the tool printed.
  private static func answer(_ record: String) -> Answer {
    var answer = Answer()
    let parts = record.split(separator: "\u{1F}", omittingEmptySubsequences: false)
    guard parts.count == 3 else {
      answer.failure = String(record.trimmed)
      return answer
    }
    let said = parts[0].split(separator: "\n").last.map(String.init) ?? ""
    guard parts[1] == "0", said.hasPrefix("2") else {
      answer.failure = parts[1] == "0" ? "the server answered \(said)" : said
      return answer
    }
    let text = parts[2].trimmed
    if text.utf8.count == 64 {
      answer.sha256 = String(text)
    } else {
      answer.content = base64Decoded(text.utf8).map { String(decoding: $0, as: UTF8.self) }
    }
    return answer
  }
}

/// A GET whose answer is wanted: its digest, or the answer itself.
struct DownloadQuery: Sendable {
  /// The key of the fact.
  let key: String
  /// Source for sh, whose answer goes through a pipe and is not kept.
  ///
  /// It prints what the tool says, its status, and the digest or the content as base64, with the byte 31 between them.
  let want: String

  init(_ request: HTTPRequest, wantsContent: Bool) {
    key = HTTPParameters.shown(request.url)
    let sink: Script =
      wantsContent ? "{ head -c 1048576; cat >/dev/null; } | base64" : "sha256sum | cut -c 1-64"
    let script: Script = """
      request() {
      out=/dev/fd/5 head=/dev/null body=
      \(request.script(hasBody: false))
      }
      { { reply=$(request 5>&4 2>&1); printf '%s\\037%s\\037' "$reply" "$?" >&3; } 4>&1 | \(sink) >&3; } 3>&1
      """
    want = script.source
  }

  var request: FactRequest { FactRequest(DownloadFact.self, key, wants: [want]) }
}

/// The digest that a download must have, or the file on the mirror that says it.
struct DownloadChecksum: ParameterType, Hashable {
  /// The tool that makes it, such as `sha256sum`.
  let tool: String
  /// Lower-case hexadecimal digits; empty where a list says it.
  let digest: String
  /// A file of digests, as sha256sum(1) prints them; nil where the digest is given.
  let list: ChecksumList?

  static let typeDescription = "checksum"

  /// Hexadecimal digits of each algorithm.
  private static let lengths = [
    "md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128,
  ]

  init(_ argument: Argument) throws(Diagnostic) {
    let text = argument.sourceText ?? ""
    guard let (algorithm, rest) = text.halves(at: ":"),
      let length = DownloadChecksum.lengths[algorithm.lowercased()]
    else {
      throw argument.wrong(
        "checksum", "must be an algorithm and a digest, not \(argument.shown)",
        help: "for example `sha256:D98291...` or `sha256:https://mirror.example/SHA256SUMS`")
    }
    tool = algorithm.lowercased() + "sum"
    if rest.contains("://") {
      list = ChecksumList(url: String(rest.trimmed), length: length)
      digest = ""
      return
    }
    list = nil
    digest = rest.trimmed.lowercased()
    guard digest.utf8.count == length, digest.allSatisfy(\.isHexDigit) else {
      throw argument.wrong("checksum", "must have \(length) hexadecimal digits")
    }
  }
}

/// A file of digests on the mirror.
struct ChecksumList: Sendable, Hashable {
  let url: String
  /// Hexadecimal digits of a digest.
  let length: Int

  var key: String { HTTPParameters.shown(url) }

  /// Asked for with the login of the download itself.
  func query(like request: HTTPRequest) -> DownloadQuery {
    var own = request
    own.url = url
    return DownloadQuery(own, wantsContent: true)
  }

  func request(like request: HTTPRequest) -> FactRequest { query(like: request).request }

  /// The digest of a file of that name: `DIGEST  NAME` or `DIGEST *./NAME`; a file of one digest alone counts for any.
  func digest(of name: String, in text: String) throws(Obstacle) -> String {
    let rows = text.split(whereSeparator: \.isNewline).map { $0.words }
    func isDigest(_ word: Substring) -> Bool {
      word.utf8.count == length && word.allSatisfy(\.isHexDigit)
    }
    for row in rows where row.count >= 2 && isDigest(row[0]) {
      let file = row[1].drop { $0 == "*" }.split(separator: "/").last.map(String.init)
      if file == name { return row[0].lowercased() }
    }
    // BSD: `SHA256 (NAME) = DIGEST`.
    for row in rows where row.count == 4 && row[1] == "(\(name))" && isDigest(row[3]) {
      return row[3].lowercased()
    }
    if rows.count == 1, let word = rows.first?.first, isDigest(word) { return word.lowercased() }
    throw .refusing(
      "checksum-list", "`\(key)` says nothing about `\(name)`",
      help: "give the digest itself: `checksum: sha256:...`")
  }
}
