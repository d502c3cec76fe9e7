import Diagnostics
import Model
import ModuleKit
import Modules
import Schema
import Testing

/// A tree of roles as clusters are made with: nothing is wrong with it, and each mistake put into it is found where it is.
@Suite struct WholeTreeTests {
  /// A mistake: what stands in a file, and what is put in its place; `§` marks where it is to be found.
  struct Seed: Sendable, CustomTestStringConvertible {
    let id: String
    let file: String
    let old: String
    let new: String
    var testDescription: String { "\(id): \(new)" }

    init(_ id: String, _ file: String, _ old: String, _ new: String) {
      self.id = id
      self.file = file
      self.old = old
      self.new = new
    }
  }

  private static let tree: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(2)
    return "/" + (parts + ["Trees", "cluster"]).joined(separator: "/")
  }()

  /// Findings of a playbook of the tree, in which one file may read otherwise.
  private func find(
    _ playbook: String = "cluster.yml", _ file: String? = nil, _ text: String = "",
    tags: [String] = []
  ) -> [Diagnostic] {
    let other = file.map { "\(Self.tree)/\($0)" }
    let system = ControllerDisk.system
    let disk = ControllerDisk(
      read: { path throws(ControllerDisk.Failure) in
        ControllerPath.normalized(path) == other ? Array(text.utf8) : try system.read(path)
      }, kind: system.kind, names: system.names)
    let registry = Registry.all
    let catalog = ModuleCatalog(names: registry.names) { registry.module(named: $0)?.manual }
    var bag = DiagnosticBag()
    let playbook = PlaybookLoader(modules: catalog, disk: disk)
      .load(path: "\(Self.tree)/\(playbook)", into: &bag)
    let inventory = InventoryLoader(
      disk: disk, playbookFolders: playbook.map { [$0.folder] } ?? []
    ).load(sources: ["\(Self.tree)/inventory/hosts.ini"], into: &bag)
    guard let playbook else { return bag.all }
    var scope = StaticCheck.Scope()
    scope.reportsNotes = true
    scope.tags = tags
    bag.add(
      contentsOf: StaticCheck(
        playbook: playbook, inventory: inventory, modules: catalog, disk: disk, scope: scope
      ).run())
    return bag.all.filter { $0.severity != .note }
  }

  private func shown(_ diagnostic: Diagnostic) -> String {
    "\(diagnostic.span?.location ?? ""): \(diagnostic.id): \(diagnostic.message)"
  }

  @Test(arguments: ["cluster.yml", "reset.yml"])
  func `nothing is wrong with it`(playbook: String) {
    #expect(find(playbook).map(shown) == [])
  }

  static let seeds: [Seed] = [
    // Names, on the way through defaults, templates, facts and loops.
    .init(
      "undefined-name", "roles/node/defaults/main.yml", "ip | default(ansible", "§ipp ~ (ansible"),
    .init(
      "undefined-name", "roles/node/tasks/main.yml", "inventory_hostname }} {{ item.key",
      "inventory_hostname }} {{ §itm.key"),
    .init(
      "undefined-name", "roles/node/templates/store.service.j2", "{{ store_peers }}",
      "{{ §stor_peers }}"),
    .init(
      "undefined-name", "roles/node/templates/kubelet.service.j2", "{{ release }}",
      "{{ §relase }}"),
    .init(
      "undefined-name", "roles/node/templates/kubelet.service.j2", "reserved.items()",
      "§reserve.items()"),
    .init(
      "undefined-name", "roles/control/tasks/main.yml",
      "inventory_hostname == first_control_plane\n  register",
      "inventory_hostname == §first_control\n  register"),
    .init(
      "undefined-name", "roles/control/tasks/main.yml", "not kubeadm_init is changed",
      "not §kubeadm_int is changed"),
    .init(
      "undefined-name", "roles/control/tasks/main.yml", "{{ temp_token.stdout }}",
      "{{ §tmp_token.stdout }}"),
    .init(
      "undefined-name", "roles/network/flat/templates/routes.j2", "in others", "in §other"),
    .init("undefined-name", "roles/node/tasks/late.yml", "kubelet_socket", "§kubelet_sock"),
    .init(
      "undefined-name", "roles/reset/tasks/main.yml", "{{ mounted.stdout_lines }}",
      "{{ §mountd.stdout_lines }}"),
    .init(
      "undefined-name", "roles/bootstrap/tasks/main.yml", "(is_systemd | bool",
      "(§is_sytemd | bool"),
    .init(
      "unknown-group", "playbooks/cluster.yml", "groups['cluster_storage']", "§groups['storage']"),
    .init(
      "unknown-group", "roles/settings/tasks/main.yml", "groups['control_plane'] | first",
      "§groups['control_plain'] | first"),
    .init(
      "unknown-fact", "roles/bootstrap/tasks/main.yml", "ansible_swaptotal_mb | int",
      "§ansible_swaptotl_mb | int"),
    .init("unknown-filter", "roles/network/flat/templates/routes.j2", "| format", "| §formt"),
    // Modules and what they take.
    .init("unknown-module", "roles/node/tasks/main.yml", "  stat:", "  §stats:"),
    .init("unknown-key", "roles/control/tasks/main.yml", "  run_once: true", "  §run_onse: true"),
    .init(
      "unknown-parameter", "roles/node/tasks/main.yml", "    mode: \"0755\"\n  register: got",
      "    §moode: \"0755\"\n  register: got"),
    .init("unknown-parameter", "roles/node/tasks/main.yml", "mode=0755", "§mod=0755"),
    .init("argument-choice", "roles/reset/tasks/main.yml", "state: stopped", "state: §stoped"),
    .init("argument-type", "roles/control/tasks/main.yml", "backup: true", "backup: §sure"),
    .init("decimal-mode", "roles/control/tasks/main.yml", "mode: \"0640\"", "mode: §640"),
    .init("file-mode", "roles/control/tasks/audit.yml", "\"0600\"", "§\"0900\""),
    .init("host-path", "roles/bootstrap/tasks/main.yml", "path: /etc/fstab", "path: §etc/fstab"),
    .init(
      "missing-parameter", "roles/reset/tasks/main.yml", "  service:\n    name: \"{{ item }}\"\n",
      "  §service:\n"),
    // Files.
    .init(
      "file-not-found", "roles/control/tasks/main.yml", "src: join.yaml.j2", "src: §joins.yaml.j2"),
    .init(
      "file-not-found", "roles/node/tasks/main.yml", "import_tasks: late.yml",
      "import_tasks: §lat.yml"),
    .init(
      "file-not-found", "roles/control/tasks/main.yml", "include_tasks: audit.yml",
      "include_tasks: §audits.yml"),
    .init("role-not-found", "playbooks/cluster.yml", "{role: control,", "{role: §controll,"),
    .init("role-not-found", "roles/node/meta/main.yml", "role: common", "role: §comon"),
    // Loops, conditions, templates.
    .init(
      "loop-literal", "roles/node/tasks/main.yml", "loop: \"{{ node_services }}\"\n  notify",
      "loop: §node_services\n  notify"),
    .init(
      "loop-items", "roles/node/tasks/main.yml", "with_dict: \"{{ downloads }}\"",
      "with_dict: §\"{{ node_services }}\""),
    .init(
      "unquoted-template", "roles/reset/tasks/main.yml", "path: \"{{ item }}\"", "path: §{{ item }}"
    ),
    .init(
      "condition-braces", "roles/node/tasks/main.yml", "when: kubelet_socket.stat.exists",
      "when: §\"{{ kubelet_socket.stat.exists }}\""),
    .init(
      "boolean-compared-with-text", "roles/control/tasks/main.yml", "when: audit | bool",
      "when: audit == §'yes'"),
    .init(
      "template-syntax", "roles/control/templates/join.yaml.j2", "{% endfor %}", "{% §endif %}"),
    .init(
      "duplicate-key", "roles/reset/tasks/main.yml", "    enabled: false", "    §state: started"),
    // Handlers, order, hosts.
    .init(
      "unknown-handler", "roles/node/tasks/main.yml", "notify: Node | restart services",
      "notify: §Node | restart service"),
    .init(
      "pattern-matches-nothing", "playbooks/cluster.yml", "hosts: cluster_node\n",
      "hosts: §cluster_nodes\n"),
    .init(
      "run-once-condition", "roles/bootstrap/tasks/main.yml", "    gather_subset: '!all'\n",
      "    gather_subset: '!all'\n  run_once: true\n  when: §inventory_hostname == 'w1'\n"),
    .init(
      "quorum-at-risk", "roles/bootstrap/tasks/main.yml", "- name: Facts",
      "- §service: {name: etcd, state: restarted}\n\n- name: Facts"),
  ]

  @Test(arguments: seeds)
  func `a mistake is found where it is`(seed: Seed) throws {
    let path = "\(Self.tree)/\(seed.file)"
    let bytes = try ControllerDisk.system.read(path)
    let text = String(decoding: bytes, as: UTF8.self)
    let place = try #require(text.firstRange(of: seed.old), "\(seed.old)")
    let marked = text.replacingCharacters(place, seed.new)
    let mark = try #require(marked.firstIndex(of: "§"))
    let before = marked[..<mark]
    let position = Position(
      line: before.count { $0 == "\n" } + 1,
      column: before.unicodeScalars.reversed().prefix { $0 != "\n" }.count + 1)
    let playbook = seed.file.hasPrefix("roles/reset") ? "reset.yml" : "cluster.yml"
    let found = find(playbook, seed.file, marked.replacing("§", with: ""))
    let first = try #require(found.first)
    #expect(found.count == 1, "\(found.map(shown))")
    #expect(first.id == seed.id)
    #expect(first.span?.position == position)
    #expect(first.span?.file.name.hasSuffix(seed.file) == true)
  }

  @Test func `a tag that no task has`() {
    let found = find(tags: ["network", "netwrk"])
    #expect(found.map(\.id) == ["unknown-tag"])
  }
}

extension String {
  fileprivate func replacingCharacters(_ range: Range<Index>, _ text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
