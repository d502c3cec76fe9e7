import Diagnostics
import ModuleKit
import Modules
import Schema
import Testing

@Suite struct GroupTests {
  @Test(arguments: [
    ("{name: lab, gid: 2600}", ["group"]), ("{name: moved, gid: 2601}", ["gid"]),
    ("{name: lab, system: true}", ["group"]), ("{name: moved, state: absent}", ["group"]),
    ("{name: lab, gid_min: 3000, gid_max: 3005}", ["group"]),
    ("{name: moved, state: absent, force: true}", ["group"]),
    ("{name: moved}", []), ("{name: nobody-has-it, state: absent}", []),
  ])
  func `groups converge`(_ yaml: String, _ attributes: [String]) throws {
    try onIsolatedHost { host in
      host.run("groupadd -g 2700 moved")
      let done = try host.converge(module(GroupModule.self, yaml))
      #expect(done.attributes == attributes)
    }
  }

  @Test(arguments: ["1st", "-x", "a b", "", "a:b", "ä"])
  func `no name of an account`(_ name: String) {
    #expect(throws: (any Error).self) { try module(GroupModule.self, "{name: \"\(name)\"}") }
  }
}

@Suite struct UserTests {
  private func prepare(_ host: TestHost) {
    host.run(
      """
      groupadd -g 2500 lab-team; groupadd extra
      useradd -m -s /bin/bash -G extra old
      usermod -p '$6$aa$storedcanary' old
      """)
  }

  @Test(arguments: [
    (
      "{name: new, uid: 2501, group: lab-team, shell: /bin/bash, comment: Someone new, home: /srv/deep/new}",
      ["user"]
    ),
    ("{name: new, system: true, create_home: false, shell: /usr/sbin/nologin}", ["user"]),
    (
      "{name: new, groups: [lab-team, extra], password: $6$x$y, password_lock: true}",
      ["user", "password"]
    ),
    ("{name: new, expires: 1893456000, password_expire_max: 90}", ["user"]),
    (
      "{name: old, shell: /usr/sbin/nologin, groups: [lab-team], append: true}",
      ["groups", "shell"]
    ),
    ("{name: old, groups: [lab-team]}", ["groups"]),
    ("{name: old, groups: []}", ["groups"]),
    ("{name: old, groups: extra}", []),
    ("{name: old, uid: 2777, group: lab-team, comment: Old hand}", ["uid", "group", "comment"]),
    ("{name: old, home: /srv/old, move_home: true}", ["home"]),
    ("{name: old, home: /srv/old}", ["home", "home folder"]),
    ("{name: old, password: $6$aa$storedcanary}", []),
    ("{name: old, password: $6$cc$dd}", ["password"]),
    ("{name: old, password: $6$cc$dd, update_password: on_create}", []),
    ("{name: old, password: '*'}", ["password"]),
    ("{name: old, password_lock: true}", ["password lock"]),
    ("{name: old, password_expire_account_disable: 10}", ["password age, inactivity"]),
    ("{name: old, password_expire_account_disable: -1}", []),
    (
      "{name: new, password_expire_account_disable: 10, umask: '077', uid_min: 3000, uid_max: 3010}",
      ["user"]
    ),
    (
      "{name: old, password_expire_max: 90, password_expire_warn: 14, expires: 1893456000}",
      ["expires", "password age, maximum", "password age, warning"]
    ),
    ("{name: old, state: absent, remove: true}", ["user"]),
    ("{name: nobody-here, state: absent}", []),
  ])
  func `accounts converge`(_ yaml: String, _ attributes: [String]) throws {
    try onIsolatedHost { host in
      prepare(host)
      let done = try host.converge(module(UserModule.self, yaml))
      #expect(done.attributes == attributes)
    }
  }

  @Test(
    arguments: [
      ("{name: old, groups: [lab-team], append: true}", ["append": true, "move_home": false]),
      ("{name: new, system: true, create_home: false}", ["system": true, "create_home": false]),
      ("{name: old, state: absent, remove: true}", ["remove": true, "force": false]),
    ] as [(String, [String: Bool])])
  func `an account that was there, is new or is gone tells what was asked for`(
    _ yaml: String, _ expected: [String: Bool]
  ) throws {
    try onIsolatedHost { host in
      prepare(host)
      let result = try host.apply(module(UserModule.self, yaml)).result
      for key in ["append", "move_home", "system", "create_home", "remove", "force"] {
        #expect(result[key] == expected[key].map(Value.bool), "\(key)")
      }
    }
  }

  @Test func `a new account gets a number within bounds, a home with its umask, and a key`() throws
  {
    try onIsolatedHost { host in
      prepare(host)
      let task = try module(
        UserModule.self,
        "{name: new, uid_min: 3000, uid_max: 3010, umask: '077', generate_ssh_key: true, ssh_key_type: ed25519}"
      )
      let done = try host.converge(task)
      #expect(done.attributes == ["user", "ssh key"])
      #expect(done.result["ssh_key_file"] == .string("/home/new/.ssh/id_ed25519"))
      #expect(
        host.run(
          "stat -c '%a %U' /home/new /home/new/.ssh /home/new/.ssh/id_ed25519 /home/new/.ssh/id_ed25519.pub; id -u new"
        ).text == "700 new\n700 new\n600 new\n644 new\n3000\n")
    }
  }

  @Test func `a password is in no script, no label and no shown value`() throws {
    try onIsolatedHost { host in
      prepare(host)
      let state = try module(
        UserModule.self, "{name: old, password: $6$salt$canary}", secrets: ["password"])
      let view = host.view(for: state.reads)
      let changes = try state.changes(from: view)
      #expect(changes.map(\.after) == [.secret])
      #expect(
        changes.flatMap(\.steps).allSatisfy { $0.isSecret && !$0.script.source.contains("canary") })
      #expect(!"\(view)".contains("storedcanary"))
    }
  }

  @Test func `a group that is missing is named`() throws {
    try onIsolatedHost { host in
      let state = try module(UserModule.self, "{name: new, groups: [nowhere]}")
      let view = host.view(for: state.reads)
      let obstacle = #expect(throws: Obstacle.self) { try state.changes(from: view) }
      guard case .refused(let diagnostic) = obstacle else {
        Issue.record("\(String(describing: obstacle))")
        return
      }
      #expect(diagnostic.message == "user new needs the group nowhere, which does not exist")
    }
  }

  @Test(arguments: [
    "{name: x, password: plain}", "{name: x, comment: 'a:b'}", "{name: x, uid: -1}",
  ])
  func `arguments that cannot be are refused`(_ yaml: String) {
    #expect(throws: Diagnostic.self) { try module(UserModule.self, yaml) }
  }
}
