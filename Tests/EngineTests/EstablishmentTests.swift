import Glibc
import Model
import Report
import Schema
import Testing
import Vault

@testable import Engine

/// Files that the controller makes once and keeps.
@Suite struct EstablishmentTests {
  private static func keys(_ ids: String...) throws -> VaultKeys {
    VaultKeys(
      try ids.map { try #require(VaultPassword(id: $0, bytes: Array("sesame of \($0)".utf8))) })
  }

  private static let playbook = """
    - hosts: all
      gather_facts: false
      tasks:
      - name: authority
        certificate_authority: {path: DIR/pki/ca, common_name: lab}
      - name: trust
        pki_file: {path: "DIR/{{ inventory_hostname }}.ca", src: DIR/pki/ca/ca.crt}
      - name: leaf
        certificate:
          path: "DIR/{{ inventory_hostname }}.crt"
          key_path: "DIR/{{ inventory_hostname }}.key"
          ca: DIR/pki/ca
          common_name: same on all
    """

  @Test func `of many hosts one makes the authority, and all use it`() async throws {
    let scratch = try Scratch()
    let hosts = (1...8).map { "h\($0)" }
    let vault = try Self.keys("default")
    let run = try await runPlaybook(Self.playbook, hosts: hosts, scratch: scratch, vault: vault)
    let made = hosts.filter { run.outcome("authority", on: $0) == "changed" }
    #expect(made.count == 1)
    #expect(hosts.allSatisfy { run.outcome("leaf", on: $0) == "changed" })
    #expect(Set(hosts.map { scratch.text("\($0).ca") }).count == 1)
    #expect(Set(hosts.map { scratch.text("\($0).key") }).count == 8)
    #expect(scratch.text("pki/ca/ca.key")?.hasPrefix("$ANSIBLE_VAULT;1.1;AES256\n") == true)
    #expect(left(scratch) == ["ca.crt", "ca.key"])
    let again = try await runPlaybook(
      Self.playbook, hosts: hosts, scratch: scratch, vault: try Self.keys("default"))
    for host in hosts {
      #expect(again.outcomes(of: host) == ["authority ok", "trust ok", "leaf ok"])
    }
  }

  @Test func `a plan makes nothing and foresees everything`() async throws {
    let scratch = try Scratch()
    let run = try await runPlaybook(
      Self.playbook, mode: .plan, scratch: scratch, vault: try Self.keys("default"))
    #expect(run.outcomes(of: "a") == ["authority changed", "trust changed", "leaf changed"])
    #expect(!scratch.exists("pki") && !scratch.exists("a.crt"))
  }

  @Test func `a task that is only checked makes nothing, and no task behind it is misled`()
    async throws
  {
    let scratch = try Scratch()
    let plain = Self.playbook.replacing("lab}", with: "lab, encrypt: false}")
    let playbook = plain.replacing(
      "  - name: trust",
      with: """
            check_mode: true
          - name: really
            certificate_authority: {path: DIR/pki/ca, common_name: lab, encrypt: false}
          - name: trust
        """)
    let run = try await runPlaybook(playbook, scratch: scratch)
    #expect(run.outcome("really") == "changed")
    #expect(run.outcome("leaf") == "changed")
    #expect(scratch.text("pki/ca/ca.key")?.contains("PRIVATE KEY") == true)
  }

  @Test func `without a vault password the key is not kept unless the task says so`() async throws {
    for mode in [RunMode.plan, .apply] {
      let scratch = try Scratch()
      let run = try await runPlaybook(Self.playbook, mode: mode, scratch: scratch)
      #expect(run.outcome("authority") == "failed: vault-password-missing")
      #expect(!scratch.exists("pki"))
    }
  }

  @Test func `the vault id of the task decides`() async throws {
    let scratch = try Scratch()
    let playbook = Self.playbook.replacing(
      "common_name: lab}", with: "common_name: lab, vault_id: pki}")
    let run = try await runPlaybook(
      playbook, scratch: scratch, vault: try Self.keys("default", "pki"))
    #expect(run.outcome("leaf") == "changed")
    #expect(scratch.text("pki/ca/ca.key")?.hasPrefix("$ANSIBLE_VAULT;1.2;AES256;pki\n") == true)
    let other = try Scratch()
    let refused = try await runPlaybook(playbook, scratch: other, vault: try Self.keys("default"))
    #expect(refused.outcome("authority") == "failed: vault-password-missing")
  }

  @Test func `a key whose certificate was never written gets one`() async throws {
    let scratch = try Scratch()
    let vault = try Self.keys("default")
    _ = try await runPlaybook(Self.playbook, scratch: scratch, vault: vault)
    let key = scratch.text("pki/ca/ca.key")
    #expect(unlinked(scratch.path + "/pki/ca/ca.crt"))
    let run = try await runPlaybook(
      Self.playbook, scratch: scratch, vault: try Self.keys("default"))
    #expect(run.outcome("authority") == "changed")
    // Key and name are the old ones: what was issued stays good.
    #expect(run.outcome("leaf") == "ok")
    #expect(scratch.text("pki/ca/ca.key") == key)
  }

  @Test(arguments: [true, false])
  func `what a host says of the key is masked`(_ isEncrypted: Bool) async throws {
    let scratch = try Scratch()
    let task =
      Self.playbook.replacing("lab}", with: "lab, encrypt: \(isEncrypted)}") + """

          - {name: copied, pki_file: {path: DIR/copied.key, src: DIR/pki/ca/ca.key}}
          - {name: printed, command: cat DIR/copied.key, register: printed}
          - {name: shown, debug: {var: printed.stdout_lines}}
          - {name: failed, shell: "cat DIR/copied.key >&2; exit 1", ignore_errors: true}
        """
    let run = try await runPlaybook(task, scratch: scratch, vault: try Self.keys("default"))
    #expect(run.outcome("printed") == "changed")
    let said = run.events.compactMap(JSONReport.value).map { JSON.text($0) }.joined()
    let key = try #require(scratch.text("copied.key"))
    let lines = key.split(separator: "\n").filter { !$0.hasPrefix("-----") }
    #expect(lines.count == 3)
    for line in lines where line.count > 16 { #expect(!said.contains(line)) }
  }

  @Test func `an authority that ends within a year says so`() async throws {
    for (days, isSaid) in [(364, true), (400, false)] {
      let scratch = try Scratch()
      let playbook = Self.playbook.replacing(
        "lab}", with: "lab, encrypt: false, valid_days: \(days)}")
      _ = try await runPlaybook(playbook, scratch: scratch)
      let run = try await runPlaybook(playbook, mode: .plan, scratch: scratch)
      let message = run.message(of: "authority")?.string
      #expect((message?.contains("expires on") ?? false) == isSaid)
      #expect(run.outcome("leaf") == "ok")
    }
  }

  @Test func `an authority of another name is left alone and refused`() async throws {
    let scratch = try Scratch()
    _ = try await runPlaybook(Self.playbook, scratch: scratch, vault: try Self.keys("default"))
    let run = try await runPlaybook(
      Self.playbook.replacing("common_name: lab", with: "common_name: other"), scratch: scratch,
      vault: try Self.keys("default"))
    #expect(run.outcome("authority") == "failed: other-authority")
  }

  @Test func `without the authority a leaf says who makes it`() async throws {
    let scratch = try Scratch()
    let playbook = """
      - hosts: all
        gather_facts: false
        tasks:
        - name: leaf
          certificate: {path: DIR/a.crt, key_path: DIR/a.key, ca: DIR/none, common_name: a}
      """
    for mode in [RunMode.plan, .apply] {
      let run = try await runPlaybook(playbook, mode: mode, scratch: scratch)
      #expect(run.outcome("leaf") == "failed: no-authority")
    }
  }

  @Test func `a private key in plain that others may read is refused`() async throws {
    let scratch = try Scratch()
    let playbook = Self.playbook.replacing(
      "common_name: lab}", with: "common_name: lab, encrypt: false}")
    _ = try await runPlaybook(playbook, scratch: scratch)
    #expect(opened(scratch.path + "/pki/ca/ca.key"))
    let run = try await runPlaybook(playbook, scratch: scratch)
    #expect(run.outcome("authority") == "failed: exposed-key")
  }
}

/// Takes a file away.
private func unlinked(_ path: String) -> Bool { unlink(path) == 0 }

/// Lets everybody read a file.
private func opened(_ path: String) -> Bool { chmod(path, 0o644) == 0 }

/// The names in the authority's folder, nothing temporary among them.
private func left(_ scratch: Scratch) -> [String] {
  ControllerDisk.system.names(scratch.path + "/pki/ca")
}
