import Diagnostics
import ModuleKit
import Schema

/// One request that a host makes, by its curl(1) or python3(1), plain `http` by bash(1), plain downloads by wget(1) too.
struct HTTPRequest: Sendable, Hashable {
  var url: String
  var method = "GET"
  /// Names and values, in the order given.
  var headers: [HTTPHeader] = []
  var user: String?
  var password: String?
  var validates = true
  var usesProxy = true
  var agent = "ansible-httpget"
  /// In seconds.
  var timeout = 10
  var authority: HostPath?
  var certificate: HostPath?
  var key: HostPath?
  var socket: HostPath?
  /// How many redirections are followed.
  var redirections = 10
  var unpacks = true
  /// Whether something in it may be in no argument vector and no output.
  var isSecret = false

  init(url: String) { self.url = url }

  /// For curl(1), option by option (`--config`); see curl's manual page.
  private var configuration: String {
    var lines: [(String, String?)] = [
      ("url", url), ("user-agent", agent), ("max-time", String(max(timeout * 60, 60))),
      ("connect-timeout", String(timeout)), ("speed-limit", "1"), ("speed-time", String(timeout)),
    ]
    if method == "HEAD" { lines.append(("head", nil)) } else { lines.append(("request", method)) }
    for header in headers { lines.append(("header", "\(header.name): \(header.value)")) }
    if let user { lines.append(("user", "\(user):\(password ?? "")")) }
    if !validates { lines.append(("insecure", nil)) }
    if !usesProxy { lines.append(("noproxy", "*")) }
    for (name, path) in [
      ("cacert", authority), ("cert", certificate), ("key", key), ("unix-socket", socket),
    ] {
      if let path { lines.append((name, path.string)) }
    }
    if redirections > 0 {
      lines += [("location", nil), ("max-redirs", String(redirections))]
    }
    if unpacks { lines.append(("compressed", nil)) }
    return lines.map { name, value in
      value.map { "\(name) = \(HTTPRequest.quoted($0))" } ?? name
    }.joined(separator: "\n") + "\n"
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// For the script of python3(1).
  private var description: String {
    var names = ValueMap()
    for header in headers { names[header.name] = .string(header.value) }
    if names["User-Agent"] == nil { names["User-Agent"] = .string(agent) }
    if let user {
      names["Authorization"] = .string(
        "Basic " + base64Encoded(Array("\(user):\(password ?? "")".utf8)))
    }
    let map: ValueMap = [
      "url": .string(url), "method": .string(method), "headers": .dict(names),
      "verify": .bool(validates), "proxy": .bool(usesProxy), "timeout": .int(timeout),
      "ca": authority.map { .string($0.string) } ?? .null,
      "cert": certificate.map { .string($0.string) } ?? .null,
      "key": key.map { .string($0.string) } ?? .null, "redirects": .int(redirections),
    ]
    return JSON.text(.dict(map))
  }

  /// Makes the request: the body of the reply goes to `$out`, its head to `$head`; prints `STATUS URL`.
  ///
  /// `body` is a file with what is sent, for `$body`. Fails with a complaint when no reply comes.
  func script(hasBody: Bool) -> Script {
    let data: Script = hasBody ? "--data-binary \"@$body\"" : ""
    let python: Script =
      socket == nil
      ? """
      elif command -v python3 >/dev/null; then
        printf '%s' \(description) | body=$body out=$out head=$head python3 -I -c \(HTTPRequest.python.source)
      """ : ""
    let bash: Script =
      canUseBash
      ? """
      elif \(bashCondition); then
        printf '%s' \(wish) | body=$body out=$out head=$head \
          timeout \(max(timeout * 60, 60)) bash -c \(HTTPRequest.bash.source)
      """ : ""
    let wget: Script =
      canUseWget && !hasBody
      ? """
      elif command -v wget >/dev/null; then
        (
          \(usesProxy ? "" as Script : "unset http_proxy https_proxy ftp_proxy" as Script)
          wget -q -T \(timeout) \(words: wgetOptions) -O "$out" \(url) && : >"$head" && printf '200 %s\\n' \(url)
        )
      """ : ""
    return """
      if command -v curl >/dev/null; then
        printf '%s' \(configuration) | curl -sS \(data) -K - -o "$out" -D "$head" -w '%{http_code} %{url_effective}\\n'
      \(python)
      \(bash)
      \(wget)
      else
        echo 'the host has none of the tools for this request: curl or python3\(canUseBash ? " or bash" as Script : "" as Script)\(canUseWget ? " or wget" as Script : "" as Script)' >&2
        exit 69
      fi
      """
  }

  /// Arguments of wget(1) can be seen by everybody, and busybox's knows few options.
  private var canUseWget: Bool {
    method == "GET" && !isSecret && user == nil && authority == nil && certificate == nil
      && socket == nil
  }

  private var wgetOptions: [String] {
    headers.map { "--header=\($0.name): \($0.value)" }
      + (validates ? [] : ["--no-check-certificate"])
      + ["-U", agent]
  }

  private static let python: Script = """
    import json, os, ssl, sys, urllib.error, urllib.request
    wish = json.load(sys.stdin)
    context = ssl.create_default_context(cafile=wish["ca"])
    if not wish["verify"]:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if wish["cert"]:
        context.load_cert_chain(wish["cert"], wish["key"])
    class Redirect(urllib.request.HTTPRedirectHandler):
        max_redirections = wish["redirects"]
        def redirect_request(self, *args):
            if not wish["redirects"]:
                return None
            return super().redirect_request(*args)
    handlers = [urllib.request.HTTPSHandler(context=context), Redirect()]
    if not wish["proxy"]:
        handlers.append(urllib.request.ProxyHandler({}))
    data = open(os.environ["body"], "rb").read() if os.environ.get("body") else None
    request = urllib.request.Request(wish["url"], data, wish["headers"], method=wish["method"])
    try:
        reply = urllib.request.build_opener(*handlers).open(request, timeout=wish["timeout"])
    except urllib.error.HTTPError as error:
        reply = error
    except OSError as error:
        sys.exit("python3: %s" % error)
    with open(os.environ["out"], "wb") as out:
        while True:
            piece = reply.read(65536)
            if not piece:
                break
            out.write(piece)
    with open(os.environ["head"], "w") as head:
        head.write("HTTP/1.1 %d %s\\r\\n%s" % (reply.status, reply.reason, reply.headers))
    print(reply.status, reply.url)
    """
}

/// One line of a request's head.
struct HTTPHeader: Sendable, Hashable {
  let name: String
  let value: String
}

/// Headers, as a dictionary; for old playbooks also as `name: value` in one text.
struct HTTPHeaders: ParameterType, Hashable {
  let list: [HTTPHeader]
  static let typeDescription = "dictionary"

  init(_ argument: Argument) throws(Diagnostic) {
    var list: [HTTPHeader] = []
    guard let entries = argument.entries else {
      throw argument.wrong(
        "argument-type", "must be a dictionary of headers, not \(argument.shown)")
    }
    for (name, value) in entries {
      let text = try String(value)
      guard !name.isEmpty, !name.contains(where: { $0 == ":" || $0.isNewline || $0 == " " }),
        !text.contains(where: \.isNewline)
      else { throw value.wrong("http-header", "is no header: names and values are one line each") }
      list.append(HTTPHeader(name: name, value: text))
    }
    self.list = list
  }
}
