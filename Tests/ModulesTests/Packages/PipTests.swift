import Glibc
import ModuleKit
import Schema
import Testing

@testable import Modules

/// Packages of Python: what is installed against what is wished.
@Suite struct PipTests {
  @Test(arguments: [
    ("1.0", "1.0.0", 0), ("1.0", "1.0.post1", -1), ("1.0.dev1", "1.0a1", -1),
    ("1.0a1", "1.0b1", -1),
    ("1.0rc1", "1.0", -1), ("1.10", "1.9", 1), ("1!0.1", "9", 1), ("v2.0-alpha.1", "2.0a1", 0),
    ("1.0+local", "1.0", 0), ("1.0.post1.dev2", "1.0.post1", -1),
  ])
  func `versions compare`(_ left: String, _ right: String, _ order: Int) throws {
    let left = try #require(PythonVersion(left))
    let right = try #require(PythonVersion(right))
    #expect((left < right ? -1 : left > right ? 1 : 0) == order)
  }

  @Test(arguments: [
    ("six", "six", "1.0", true), ("Ruamel_Yaml>=0.18,<1", "ruamel-yaml", "0.18.6", true),
    ("a==1.4.*", "a", "1.4.9", true), ("a==1.4.*", "a", "1.5", false),
    ("a~=1.4.2", "a", "1.4.9", true), ("a~=1.4.2", "a", "1.5.0", false),
    ("a[x,y]!=2", "a", "2.0", false), ("a (>=2)", "a", "1", false),
    ("a===1.0", "a", "1.0.0", false),
    ("/srv/Six_Pack-1.16.0-py2.py3-none-any.whl", "six-pack", "1.16.0", true),
    ("/srv/six-1.16.0-py2.py3-none-any.whl", "six", "1.15", false),
    ("a @ https://host/a.tgz", "a", "9", true), ("git+https://host/a#egg=A_b", "a-b", "1", true),
  ])
  func `requirements accept versions`(
    _ text: String, _ name: String, _ version: String, _ isRight: Bool
  ) throws {
    let requirement = try #require(PythonRequirement(text))
    #expect(requirement.name == name)
    #expect(requirement.accepts(version) == isRight)
  }

  private func view(
    _ wish: PipModule, _ listing: String?, later: String = "", file: String? = nil
  ) -> FactView {
    var view = FactView()
    for request in wish.reads(given: FactView()) where request.key.kind == PipFact.kind {
      let name = request.key.name
      let text =
        listing.map { "\(name)\0listed\0\($0)\0\(later)\0" } ?? "\(name)\0absent\0\0\0"
      view[request.key] = PipFact.parse(
        ProbeReply(status: 0, output: Array(text.utf8)), for: [request])[name]
        .map { Observation($0, wants: request.wants) }
    }
    if let file {
      view[FactKey(ContentFact.self, "/r.txt")] = Observation(
        .present(ContentFact(Blob(Array(file.utf8)))), wants: [FactRequest.everything])
    }
    return view
  }

  @Test(arguments: [
    ("{name: six}", "six==1.16.0\n", nil), ("{name: Six}", "six==1.16.0\n", nil),
    ("{name: [six, netaddr]}", "six==1.16.0\n", "install netaddr"),
    ("{name: 'six>=1,<1.10'}", "six==1.16.0\n", "install 'six>=1,<1.10'"),
    ("{name: six, version: 1.15.0}", "six==1.16.0\n", "install 'six==1.15.0'"),
    ("{name: six, state: absent}", "six==1.16.0\n", "uninstall -y six"),
    ("{name: six, state: absent}", "pip==1\n", nil),
    (
      "{name: a, extra_args: --no-index --find-links /w}", "pip==1\n",
      "install --no-index --find-links /w a"
    ),
    ("{name: a, break_system_packages: true}", "", "install --break-system-packages a"),
  ])
  func `what pip is asked to do`(_ yaml: String, _ listing: String, _ call: String?) throws {
    let wish = try module(PipModule.self, yaml)
    let changes = try wish.changes(from: view(wish, listing))
    let source = changes.flatMap(\.steps).first?.script.source
    let options = " --disable-pip-version-check"
    let line = source?.split(separator: "\n").last.map { String($0) }?
      .replacing(options, with: "").replacing(" --no-input", with: "")
    #expect(line == call.map { "run_pip \($0)" })
  }

  @Test func `later versions and files of requirements`() throws {
    let latest = try module(PipModule.self, "{name: [a, b], state: latest}")
    let listing = "a==1\nb==2\n"
    let changes = try latest.changes(
      from: view(latest, listing, later: "[{\"name\": \"B\", \"latest_version\": \"3\"}]"))
    #expect(changes.map(\.subject) == ["b"])
    let listed = try module(PipModule.self, "{requirements: /r.txt}")
    let file = "# c\na>=1 # d\n-r more.txt\nb==3 --hash=sha256:1\nc; python_version < '3'\n"
    #expect(try listed.changes(from: view(listed, listing, file: file)).map(\.subject) == ["b"])
  }

  @Test func `without pip there is none, except in an environment`() throws {
    let wish = try module(PipModule.self, "{name: six}")
    let view = view(wish, nil)
    #expect(obstacleID { () throws(Obstacle) in try wish.changes(from: view) } == "pip-missing")
    let inside = try module(PipModule.self, "{name: six, virtualenv: /v}")
    #expect(
      try inside.changes(from: self.view(inside, nil)).map(\.attribute)
        == ["virtualenv", "version"])
    #expect(try mistakeID { _ = try module(PipModule.self, "{name: ../x}") } == "pip-requirement")
  }

  private static let hasPython =
    access("/usr/bin/python3", X_OK) == 0 || access("/root/.pyenv/shims/python3", X_OK) == 0

  @Test(.enabled(if: hasPython)) func `a wheel in an environment, without the network`() throws {
    let host = TestHost()
    defer { host.remove() }
    let made = host.run(
      """
      PATH=$PATH:/root/.pyenv/shims
      python3 -c 'import venv, ensurepip' && mkdir \(host.root)/w && cd \(host.root)/w && python3 - <<'END'
      import zipfile
      with zipfile.ZipFile("tiny-1.2-py3-none-any.whl", "w") as wheel:
          wheel.writestr("tiny.py", "x = 1")
          wheel.writestr("tiny-1.2.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.2\\n")
          wheel.writestr("tiny-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
          wheel.writestr("tiny-1.2.dist-info/RECORD", "")
      END
      """)
    guard made.status == 0 else { return }
    let wish = try module(
      PipModule.self,
      """
      {name: 'tiny>=1', virtualenv: '\(host.root)/v', virtualenv_command: 'env PATH=/usr/bin:/bin:/root/.pyenv/shims python3 -m venv',
       extra_args: '--no-index --find-links \(host.root)/w'}
      """)
    let first = try host.converge(wish)
    #expect(first.attributes == ["virtualenv", "version"])
    #expect(host.run("\(host.root)/v/bin/python -c 'import tiny; print(tiny.x)'").text == "1\n")
    let gone = try module(
      PipModule.self, "{name: tiny, virtualenv: '\(host.root)/v', state: absent}")
    #expect(try host.converge(gone).attributes == ["version"])
  }
}
