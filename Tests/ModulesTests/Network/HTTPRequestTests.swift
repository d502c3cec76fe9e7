import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `Requests of a host that has nothing but bash` {
  private func ask(_ request: HTTPRequest, body: String? = nil) -> (
    status: Int32, said: String, out: String, head: String
  ) {
    let host = TestHost()
    defer { host.remove() }
    let script: Script = """
      out=\(host.root)/out head=\(host.root)/head body=
      \(body.map { "body=\(host.root)/body; printf %s \($0) >$body" as Script } ?? "")
      printf '%s' \(request.wish) | body=$body out=$out head=$head bash -c \(HTTPRequest.bash.source)
      """
    let reply = host.run(script)
    func text(_ name: String) -> String { host.run("cat \(host.root + "/" + name)").text }
    return (reply.status, reply.text, text("out"), text("head"))
  }

  @Test(arguments: [
    (
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello", "200",
      "hello"
    ),
    ("HTTP/1.0 404 Not Found\r\ncontent-length: 0\r\n\r\n", "404", ""),
    ("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "204", ""),
  ])
  func `get an answer's status, head and body`(answer: String, status: String, body: String) {
    let listener = Listener(greeting: answer)
    defer { listener.close() }
    let url = "http://127.0.0.1:\(listener.port)/a?b=c#d"
    let reply = ask(HTTPRequest(url: url))
    #expect(reply.status == 0 && reply.said == "\(status) \(url)\n" && reply.out == body)
    #expect(reply.head.hasPrefix("HTTP/1.") && reply.head.hasSuffix("\r\n"))
  }

  @Test func `follow a redirection, but not for ever`() {
    let last = Listener(greeting: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    let url = "http://127.0.0.1:\(last.port)/there"
    let first = Listener(greeting: "HTTP/1.1 302 Found\r\nLocation: \(url)\r\n\r\n")
    let ring = Listener(greeting: "HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
    defer { for listener in [last, first, ring] { listener.close() } }
    let moved = ask(HTTPRequest(url: "http://127.0.0.1:\(first.port)"))
    #expect(moved.said == "200 \(url)\n" && moved.out == "ok")
    var request = HTTPRequest(url: "http://127.0.0.1:\(ring.port)/")
    request.redirections = 3
    #expect(ask(request).said.hasPrefix("301 "))
  }

  @Test(arguments: [
    ("http://127.0.0.1:9/", "127.0.0.1 does not take a connection on port 9"),
    ("https://127.0.0.1/", "needs curl or python3"),
  ])
  func `say why there is no answer`(url: String, complaint: String) {
    let host = TestHost()
    defer { host.remove() }
    let reply = host.run(
      """
      printf '%s' \(HTTPRequest(url: url).wish) | body= out=/dev/null head=/dev/null \
        bash -c \(HTTPRequest.bash.source) 2>&1
      """)
    #expect(reply.status != 0 && reply.text.contains(complaint))
  }

  @Test func `are not for TLS, sockets and proxies`() {
    var request = HTTPRequest(url: "http://x")
    #expect(request.canUseBash && request.bashCondition.source.contains("http_proxy"))
    request.usesProxy = false
    #expect(!request.bashCondition.source.contains("http_proxy"))
    request.socket = HostPath("/run/x")
    #expect(!request.canUseBash && !HTTPRequest(url: "https://x").canUseBash)
  }
}
