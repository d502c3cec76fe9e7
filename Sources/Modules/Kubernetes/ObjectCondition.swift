import Diagnostics
import ModuleKit
import Schema

/// What `wait` waits for.
enum ObjectWait: ParameterType, Hashable {
  case nothing
  /// What is due for the kind; see `ObjectCondition.usual`.
  case usual
  /// A condition in the status of every object of the task, with the status that it must have.
  case condition(type: String, status: String)

  static let typeDescription = "boolean or `condition=TYPE`"

  init(_ argument: Argument) throws(Diagnostic) {
    let text = argument.sourceText ?? ""
    guard text.hasPrefix("condition=") else {
      self = try Bool(argument) ? .usual : .nothing
      return
    }
    let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    guard (2...3).contains(parts.count), parts.dropFirst().allSatisfy({ !$0.isEmpty }) else {
      throw argument.wrong(
        "argument-choice", "must be a boolean or a condition, not \(argument.shown)",
        help: "write `condition=Ready` or `condition=Ready=False`")
    }
    self = .condition(type: parts[1], status: parts.count == 3 ? parts[2] : "True")
  }
}

/// A state that an object comes to by itself, some time after it was applied.
enum ObjectCondition: Hashable {
  /// Deployment, DaemonSet, StatefulSet: every pod is of the newest revision and available.
  case rollout
  case complete
  case active
  case condition(type: String, status: String)

  /// What is due for an object; nil where nothing is.
  init?(_ wait: ObjectWait, _ identity: KubernetesObject.Identity) {
    switch wait {
    case .nothing: return nil
    case .condition(let type, let status): self = .condition(type: type, status: status)
    case .usual:
      switch (identity.group, identity.kind) {
      case ("apps", "Deployment"), ("apps", "DaemonSet"), ("apps", "StatefulSet"): self = .rollout
      case ("batch", "Job"): self = .complete
      case ("", "Namespace"): self = .active
      case ("apiextensions.k8s.io", _): self = .condition(type: "Established", status: "True")
      case ("apiregistration.k8s.io", _): self = .condition(type: "Available", status: "True")
      default: return nil
      }
    }
  }

  /// For people: `rolled out`.
  var name: String {
    switch self {
    case .rollout: "rolled out"
    case .complete: "complete"
    case .active: "active"
    case .condition(let type, "True"): type
    case .condition(let type, let status): "\(type)=\(status)"
    }
  }

  /// What is missing; nil where the object is in that state.
  func lack(_ object: Value) -> String? {
    let status = object["status"]
    switch self {
    case .rollout: return Self.rolloutLack(object)
    case .complete: return conditionLack(status, "Complete", "True")
    case .active:
      let phase = status?["phase"]?.string ?? "none"
      return phase == "Active" ? nil : "phase \(phase)"
    case .condition(let type, let wished): return conditionLack(status, type, wished)
    }
  }

  private func conditionLack(_ status: Value?, _ type: String, _ wished: String) -> String? {
    let all = status?["conditions"]?.list ?? []
    guard let condition = all.first(where: { $0["type"]?.string == type }) else {
      return "no condition \(type) yet"
    }
    let state = condition["status"]?.string ?? "Unknown"
    if state == wished { return nil }
    let reason = condition["reason"]?.string ?? ""
    return reason.isEmpty ? "\(type)=\(state)" : "\(type)=\(state) (\(reason))"
  }

  /// As `kubectl rollout status` has it (staging/src/k8s.io/kubectl/pkg/polymorphichelpers, Kubernetes 1.36).
  private static func rolloutLack(_ object: Value) -> String? {
    let (spec, status) = (object["spec"], object["status"])
    func number(_ key: String) -> Int {
      if case .int(let number)? = status?[key] { number } else { 0 }
    }
    guard case .int(let generation)? = object["metadata"]?["generation"],
      number("observedGeneration") >= generation
    else { return "not observed yet" }
    let kind = object["kind"]?.string
    if kind == "DaemonSet" {
      if spec?["updateStrategy"]?["type"]?.string == "OnDelete" { return nil }
      let wished = number("desiredNumberScheduled")
      return lack("updated", number("updatedNumberScheduled"), wished)
        ?? lack("available", number("numberAvailable"), wished)
    }
    let wished: Int
    if case .int(let replicas)? = spec?["replicas"] { wished = replicas } else { wished = 1 }
    if kind == "StatefulSet" {
      if spec?["updateStrategy"]?["type"]?.string == "OnDelete" { return nil }
      if let lack = lack("ready", number("readyReplicas"), wished) { return lack }
      if case .int(let partition)? = spec?["updateStrategy"]?["rollingUpdate"]?["partition"],
        partition > 0
      {
        return lack("updated", number("updatedReplicas"), wished - partition)
      }
      let isCurrent = status?["currentRevision"] == status?["updateRevision"]
      return isCurrent ? nil : lack("updated", number("updatedReplicas"), wished) ?? nil
    }
    if let lack = lack("updated", number("updatedReplicas"), wished) { return lack }
    let old = number("replicas") - number("updatedReplicas")
    return old > 0 ? "\(old) old ones left" : lack("available", number("availableReplicas"), wished)
  }

  private static func lack(_ what: String, _ count: Int, _ wished: Int) -> String? {
    count >= wished ? nil : "\(count) of \(wished) \(what)"
  }

  /// Waits until an object is in that state, or some seconds are over.
  func step(
    _ identity: KubernetesObject.Identity, _ client: KubernetesClient, timeout: Int,
    footprint: Footprint
  ) -> Step {
    let words = client.words + (identity.namespace.isEmpty ? [] : ["-n", identity.namespace])
    let resource =
      identity.group.isEmpty
      ? "\(identity.kind)/\(identity.name)"
      : "\(identity.kind).\(identity.group)/\(identity.name)"
    let limit = "--timeout=\(timeout)s"
    let script: Script
    switch self {
    case .rollout: script = "\(words: words) rollout status \(resource) \(limit)"
    case .active:
      script =
        "\(words: words) wait \("--for=jsonpath={.status.phase}=Active") \(resource) \(limit)"
    case .condition(let type, let status):
      script = "\(words: words) wait \("--for=condition=\(type)=\(status)") \(resource) \(limit)"
    case .complete:
      script = """
        end=$(($(date +%s) + \(timeout)))
        while :; do
          now=$(\(words: words) get \(resource) \
        -o \("jsonpath={range .status.conditions[?(@.status==\"True\")]}{.type} {.message};{end}")) || exit
          case ";$now" in
            *';Complete '*) exit 0 ;;
            *';Failed '*) printf '%s\\n' "$now" >&2; exit 1 ;;
          esac
          if [ "$(date +%s)" -ge "$end" ]; then
            echo \("the job did not come to its end within \(timeout) seconds") >&2
            exit 1
          fi
          sleep 1
        done
        """
    }
    return Step(
      "wait until \(identity) is \(name)", script, footprint: footprint,
      deadline: .seconds(timeout + 30))
  }
}
