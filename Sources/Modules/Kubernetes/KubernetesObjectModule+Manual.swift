import Diagnostics
import ModuleKit
import Schema
import YAML

extension KubernetesObjectModule {
  enum State: String, ParameterChoice { case present, absent }

  static let definition = Parameter<Value?>.optional(
    "definition",
    "The objects: a dictionary, a list of dictionaries, or YAML text with several documents.",
    aliases: ["resource_definition"])
  static let source = Parameter<String?>.optional(
    "src",
    "A file of the controller with the objects, or a folder of which every `.yml`, `.yaml` and `.json` is read.",
    treatment: .controllerFile)
  static let state = Parameter<State>.optional(
    "state", "Whether the objects are there.", default: .present, shown: "present")
  static let namespace = Parameter<String>.optional(
    "namespace", "The namespace of objects that name none.", default: "default", shown: "default")
  static let fieldManager = Parameter<String>.optional(
    "field_manager",
    "Under which name the server notes who owns a field. Another name for the same object is another owner.",
    default: "spile", shown: "spile")
  static let forcesConflicts = Parameter<Bool>.optional(
    "force_conflicts", "Takes over fields that another manager owns with another value.",
    default: false, shown: "false")
  static let wait = Parameter<ObjectWait>.optional(
    "wait",
    """
    Goes on when the objects are as they are meant to be: Deployment, DaemonSet and StatefulSet rolled out, Job complete, \
    CustomResourceDefinition established, Namespace active, APIService available; or, as `condition=Ready`, a condition \
    in the status of each of them.
    """, default: .nothing, shown: "false")
  static let timeout = Parameter<Int>.optional(
    "timeout", "Seconds until waiting, or a removal, is given up.", default: 300, shown: "300",
    aliases: ["wait_timeout"])
  static let version = Parameter<String?>.optional(
    "kubernetes_version",
    "The version of the cluster, such as `1.34`: API versions that it does not serve are refused before anything runs."
  )

  static let manual = Manual(
    "kubernetes_object", .state,
    "Objects of the Kubernetes API, by server-side apply.",
    notes: [
      """
      Works by kubectl on the host, a control plane; the controller needs no way to the API server. The server says what \
      it would make of the objects (server-side apply as a dry run): fields that it fills in, or that others own, do not \
      count as differences. A field that was declared before and is not any more is removed, unless somebody else owns it too.
      """,
      """
      Namespaces and CustomResourceDefinitions are applied before everything else, whatever the order. Where they, or the \
      API server itself, are not there yet, a plan shows what will be. `status`, and what the server sets in `metadata`, \
      is not declared; `stringData` of a Secret is written as `data`.
      """,
      "What is in a Secret is never shown; a plan says which keys differ. Objects travel on standard input.",
      """
      API versions that no cluster serves any more, `topologyKeys` of a Service, `targetCPUUtilizationPercentage` in \
      autoscaling/v2, and images of k8s.gcr.io are refused when the playbook is loaded, with what to write instead.
      """,
    ],
    parameters: [
      definition.manual, source.manual, state.manual, namespace.manual, fieldManager.manual,
      forcesConflicts.manual, wait.manual, timeout.manual, version.manual,
    ] + KubernetesClient.manuals,
    exclusive: [["definition", "src"]], oneOf: [["definition", "src"]],
    results: [
      .init(
        "objects",
        "The objects in their order: `name` (kind/namespace/name), `api_version`, `kind`, `namespace`, `uid`, `status`."
      )
    ],
    examples: [
      """
      - name: a namespace with its quota
        kubernetes_object:
          definition:
            - {apiVersion: v1, kind: Namespace, metadata: {name: web}}
            - apiVersion: v1
              kind: ResourceQuota
              metadata: {name: pods, namespace: web}
              spec: {hard: {pods: "50"}}
        run_once: true
      """,
      """
      - name: the cluster's DNS
        kubernetes_object:
          definition: "{{ lookup('template', 'coredns.yml.j2') }}"
          wait: true
          timeout: 120
        run_once: true
      """,
      """
      - name: what was tried out is gone
        kubernetes_object:
          src: trial/
          state: absent
      """,
    ])

  // MARK: - Reading the objects

  /// All objects of the arguments in the order in which they are made; throws what is wrong with the first wrong one.
  static func objects(_ arguments: Arguments) throws(Diagnostic) -> [KubernetesObject] {
    let namespace = try arguments[namespace]
    let minor = try minor(arguments)
    var objects: [KubernetesObject] = []
    func add(_ value: Value, isConcealed: Bool, _ argument: Argument) throws(Diagnostic) {
      if value == .null { return }
      if value["kind"]?.string == "List", let items = value["items"]?.list {
        for item in items { try add(item, isConcealed: isConcealed, argument) }
        return
      }
      let object = try KubernetesObject(
        value, namespace: namespace, isConcealed: isConcealed, argument)
      if let (id, message, help) = ObjectRules.objection(to: object, minor: minor) {
        throw Diagnostic(.error, id, message, at: argument.span, help: help.isEmpty ? nil : help)
      }
      if objects.contains(where: { $0.identity == object.identity }) {
        throw argument.wrong("object-twice", "holds `\(object.identity)` twice")
      }
      objects.append(object)
    }
    if let argument = arguments.argument(definition.manual) {
      for element in argument.elements ?? [argument] {
        if let text = element.value.string {
          let isSecret = element.value.deepMarks.contains(.secret)
          for value in try documents(text, argument) {
            try add(value, isConcealed: isSecret, argument)
          }
        } else {
          try add(element.value, isConcealed: false, element)
        }
      }
    }
    if let argument = arguments.argument(source.manual) {
      for blob in try files(argument) {
        for value in try documents(String(decoding: blob.bytes, as: UTF8.self), argument) {
          try add(value, isConcealed: blob.isSecret, argument)
        }
      }
    }
    let ranked = objects.enumerated().sorted { left, right in
      let ranks = (
        KubernetesKinds.rank(left.element.identity.kind),
        KubernetesKinds.rank(right.element.identity.kind)
      )
      return ranks.0 == ranks.1 ? left.offset < right.offset : ranks.0 < ranks.1
    }
    return ranked.map(\.element)
  }

  private static func minor(_ arguments: Arguments) throws(Diagnostic) -> Int? {
    guard let text = try arguments[version] else { return nil }
    let parts = (text.hasPrefix("v") ? text.dropFirst() : text[...]).split(separator: ".")
    guard parts.count >= 2, parts[0] == "1", let minor = Int(parts[1]) else {
      throw Diagnostic(
        .error, "argument-choice",
        "`kubernetes_version` is a version such as `1.34`, not `\(text)`",
        at: arguments.span(of: version.manual), help: "put it in quotes: 1.30 is the number 1.3")
    }
    return minor
  }

  private static func files(_ argument: Argument) throws(Diagnostic) -> [Blob] {
    switch argument.content {
    case .file(let blob, _): return [blob]
    case .tree(let entries):
      let names = [".yml", ".yaml", ".json"]
      return entries.filter { entry in names.contains { entry.path.hasSuffix($0) } }
        .sorted { $0.path < $1.path }.compactMap(\.blob)
    case nil:
      throw argument.wrong("file-not-read", "names nothing on the controller")
    }
  }

  private static func documents(
    _ text: String, _ argument: Argument
  ) throws(Diagnostic) -> [Value] {
    var bag = DiagnosticBag()
    let trees = parseYAML(SourceFile(name: argument.path, text: text), into: &bag)
    if let error = bag.errors.first {
      throw argument.wrong("object-yaml", "is no YAML: \(error.message)")
    }
    let values = trees.map { Value($0.root, trusted: false) }
    return values
  }
}
